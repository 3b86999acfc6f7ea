"""Bars and modules as numbers, for the label. Code 128 after ISO/IEC 15417, code set B with C for runs of digits."""

import re

# Widths of bar, space, bar, space, bar, space of each symbol value 0 to 105, and of the stop sign.
PATTERNS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
]
STOP = "2331112"
START_B, CODE_C, CODE_B = 104, 99, 100


def code128(text: str) -> list[int]:
    """Return the widths of bars and spaces in modules, a bar first. Raises ValueError for a sign outside ASCII."""
    if not text or any(not 32 <= ord(each) < 127 for each in text):
        raise ValueError("Code 128 B holds printable ASCII only.")
    values = [START_B]
    for part in re.findall(r"(?:\d\d){2,}|.", text):
        if len(part) > 1:
            values += [CODE_C, *(int(part[n : n + 2]) for n in range(0, len(part), 2)), CODE_B]
        else:
            values.append(ord(part) - 32)
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return [int(width) for value in [*values, check] for width in PATTERNS[value]] + [int(width) for width in STOP]


def qr(text: str) -> list[str]:
    """Return the rows of a QR code, each a text of 0 and 1, with its quiet zone."""
    import segno

    code = segno.make(text, error="m", micro=False)
    return ["".join("1" if module else "0" for module in row) for row in code.matrix_iter(border=4)]

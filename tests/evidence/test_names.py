"""Names of files as people and attackers give them."""

import pytest

from evidence import names


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("IMG_0001.jpg", "IMG_0001.jpg"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\Maria\foto rota.jpg", "foto rota.jpg"),
        ("a\u200bb\u202egpj.exe", "abgpj.exe"),
        ("nul\x00byte.png", "nulbyte.png"),
        ("two\r\nlines.png", "two lines.png"),
        ("صورة المصباح.jpg", "صورة المصباح.jpg"),
        ("e\u0301te\u0301.png", "été.png"),
        ("\ud800lone.png", "lone.png"),
        (" . ", "photo"),
        ("", "photo"),
        (None, "photo"),
    ],
)
def test_a_name_is_recognised_and_does_nothing(given, kept):
    assert names.clean(given) == kept


def test_long_names_keep_their_end():
    kept = names.clean("x" * 300 + ".heic")
    assert len(kept) == 120 and kept.endswith("….heic")

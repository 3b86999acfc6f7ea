"""Sets one paper in a process of its own: `python -I sandbox.py ROOT TIMESTAMP`, where ROOT holds `main.typ`.

Run by its path, isolated and with an empty environment: it imports nothing of the application and knows no secret.
Typst reads below ROOT only; the process may write nowhere but to its standard output and has bounded memory and time.

Answers one line of JSON: {"warnings": [text]} and the PDF after it, or {"problem": text}.
"""

import importlib.util
import json
import os
import resource
import signal
import sys

MEMORY = 3 << 30
CPU_SECONDS = 60
SECONDS = 90
FONTS = ("manimgx_fonts", "manimgx_fonts_cjk")


def confine() -> None:
    """Take the process's rights to memory, time and files away; they cannot be had back."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    signal.alarm(SECONDS)


def font_folders() -> list[str]:
    """Return where the fonts of the wheels lie; fonts of the machine are never used."""
    found = [importlib.util.find_spec(name) for name in FONTS]
    return [os.path.dirname(spec.origin) for spec in found if spec and spec.origin]


def main() -> None:
    """Set ROOT/main.typ and write the answer."""
    root, timestamp = sys.argv[1], int(sys.argv[2])
    confine()
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=font_folders())
    nowhere = os.path.join(root, "packages")
    compiler = typst.Compiler(
        os.path.join(root, "main.typ"), root=root, font_paths=fonts, ignore_system_fonts=True, package_path=nowhere,
        package_cache_path=nowhere,
    )  # fmt: skip
    out = sys.stdout.buffer
    try:
        pdf, warnings = compiler.compile_with_warnings(format="pdf", timestamp=timestamp)
    except typst.TypstError as error:
        out.write(json.dumps({"problem": str(error)[:2000]}).encode() + b"\n")
        return
    out.write(json.dumps({"warnings": [str(each.message) for each in warnings][:50]}).encode() + b"\n")
    out.write(pdf)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()

"""Opens one PDF strictly (qpdf, without recovery) and draws its first page (PDFium). Runs inside the sandbox."""

import array  # noqa: F401 - used by PDFium's binding; a child can open no file more
import fractions  # noqa: F401
from typing import Any, BinaryIO

import pikepdf
import pypdfium2
from PIL import Image

from . import MOST_PAGES, Problem, copies

END = b"%%EOF"
# Readers look for the end in the last 1,024 bytes (ISO 32000-1 annex H, note 18).
TAIL = 1024
# What qpdf remarks of pages without resources, which many generators write for empty pages.
HARMLESS = "Resources is missing"


def answer(mode: str, kind: str, source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Return the facts of a document (mode "check") or the copies of its first page ("render")."""
    pages = judge(source)
    image = first_page(source)
    if mode == "check":
        return {"width": image.width, "height": image.height, "pages": pages}, b""
    return copies.made(image)


def judge(source: BinaryIO) -> int:
    """Return the number of pages. Raises Problem for protected, damaged and long files."""
    source.seek(max(0, source.seek(0, 2) - TAIL))
    if END not in source.read():
        raise Problem("damaged", "no end")
    source.seek(0)
    try:
        pdf = pikepdf.open(source, attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise Problem("locked", error) from error
    with pdf:
        require_few(pdf.Root.Pages)
        pages = len(pdf.pages)
        if pages == 0:
            raise Problem("damaged", "no pages")
        for page in pdf.pages:
            if "/Contents" in page.obj:
                page.contents_coalesce()
        for warning in pdf.get_warnings():
            if HARMLESS not in warning:
                raise Problem("damaged", warning)
    return pages


def require_few(root: pikepdf.Object) -> None:
    """Raise Problem for more than MOST_PAGES pages, before qpdf makes a list of a tree that may be endless."""
    nodes, seen, pages = [root], 0, 0
    while nodes:
        node = nodes.pop()
        seen += 1
        kids = node.get("/Kids")
        if kids is None:
            pages += 1
        elif len(kids) > MOST_PAGES:
            raise Problem("pages", len(kids))
        else:
            nodes += list(kids)
        if pages > MOST_PAGES:
            raise Problem("pages", pages)
        if seen > 10 * MOST_PAGES:
            raise Problem("damaged", "page tree")


def first_page(source: BinaryIO) -> Image.Image:
    """Return page 1 as RGB on white, as large as the display copy; links, scripts and forms are not run."""
    source.seek(0)
    document = pypdfium2.PdfDocument(source.read())
    page = document[0]
    scale = copies.LONGEST / max(*page.get_size(), 1)
    return page.render(scale=scale, draw_annots=True, may_draw_forms=False).to_pil().convert("RGB")

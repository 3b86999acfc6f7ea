"""Why a file is not accepted and what can be done instead, in words for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .sandbox import MOST_PAGES, MOST_PIXELS, MOST_VIDEO_SECONDS

MEND = gettext_lazy("Send photos as JPEG, PNG, WebP or HEIC, videos as MP4, MOV or WebM, documents as PDF.")
# By the word of `evidence.sandbox.Problem`. Each says what to do.
PROBLEMS: dict[str, str | Promise] = {
    "empty": gettext_lazy("The file is empty. Please choose it again."),
    "pixels": gettext_lazy(
        "The photo has more than %(megapixels)d megapixels. Choose a smaller picture size in the camera, or crop it."
    ),
    "moves": gettext_lazy(
        "This is a moving picture. Send a photo of one moment, such as a screenshot of it, or a video as MP4."
    ),
    "damaged": gettext_lazy("The file is damaged or was not sent completely. Please take or export it again."),
    "heavy": gettext_lazy(
        "The file takes too much time or memory to open. Please save a photo again as an ordinary JPEG, a video as MP4"
        " in 1080p, a document as a new PDF."
    ),
    "sound": gettext_lazy("This is a sound recording without a picture. Write what can be heard, or send a video."),
    "codec": gettext_lazy(
        "The video was recorded in a way that cannot be played here. Please export it as MP4 (H.264), for example with"
        " “Most compatible” in the camera's settings."
    ),
    "sides": gettext_lazy("The video is larger than 4K. Record or export it in 4K or 1080p."),
    "long": gettext_lazy("The video is longer than %(minutes)d minutes. Cut out the part that shows it."),
    "pages": gettext_lazy("The document has more than %(pages)d pages. Send only the pages that matter."),
    "locked": gettext_lazy(
        "The PDF is protected by a password. Open it and print it into a new PDF, or send photos of its pages."
    ),
}
# By the word of `evidence.headers`, for what is no picture's format by a name that people know.
KINDS: dict[str, str | Promise] = {
    "": gettext_lazy("This is not a photo, video or PDF."),
    "ZIP": gettext_lazy("This is an archive or an office document, not a photo, video or PDF."),
    "sound": gettext_lazy("This is a sound recording, not a photo, video or PDF."),
    "playlist": gettext_lazy("This is a list of addresses of a video, not the video itself."),
    "web page": gettext_lazy("This is a web page, not a photo, video or PDF."),
    "SVG": gettext_lazy("This is an SVG drawing, not a photo, video or PDF."),
    "text": gettext_lazy("This is a text document, not a photo, video or PDF."),
    "HEIC sequence": gettext_lazy("This is a moving HEIC picture, not a photo of one moment."),
    "program": gettext_lazy("This is a program, not a photo, video or PDF."),
}


def problem(word: str) -> str:
    """Return the sentences for one of the PROBLEMS."""
    return str(PROBLEMS[word]) % {
        "megapixels": MOST_PIXELS // 1_000_000,
        "minutes": MOST_VIDEO_SECONDS // 60,
        "pages": MOST_PAGES,
    }


def stranger(kind: str) -> str:
    """Return the sentences for a file of another format."""
    what = KINDS[kind] if kind in KINDS else _("Files of the format %(format)s cannot be used.") % {"format": kind}
    return f"{what} {MEND}"


def too_large(kind: str, size: int, limit: int) -> str:
    """Return the sentences for a file of too many bytes (of 1,048,576 a megabyte)."""
    megabytes = limit // 1024 // 1024
    numbers = {"size": max(round(size / 1024 / 1024), megabytes + 1), "limit": megabytes}
    if kind == "video":
        text = _("The video has %(size)d MB; at most %(limit)d MB are possible. Cut out the part that shows it.")
    elif kind == "document":
        text = _("The document has %(size)d MB; at most %(limit)d MB are possible. Send only the pages that matter.")
    else:
        text = _(
            "The photo has %(size)d MB; at most %(limit)d MB are possible. Choose a smaller picture size in the camera."
        )
    return text % numbers

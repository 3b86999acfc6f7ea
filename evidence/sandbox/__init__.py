"""Where hostile files are opened: a warm, isolated server (`server`) forks a confined child for each file.

The application talks to it by `client`. The decoders are `photo`, `video` and `document`. Nothing here imports Django
or anything else of the application.
"""

from dataclasses import dataclass

MEMORY = 1 << 30
MOST_PIXELS = 50_000_000
MOST_SIDE = 65_535
MOST_VIDEO_SIDES = (4096, 2304)
MOST_VIDEO_SECONDS = 15 * 60
MOST_PAGES = 200


@dataclass(frozen=True)
class Limit:
    """Processor and wall-clock seconds that one file may take."""

    cpu: float
    wall: int


# By the decoder's module, for a check; copies may take twice as much, since nobody waits for them. The wall clock is
# for a machine with much to do: what costs too much meets the first limit. Photos decode in two threads.
LIMITS = {"photo": Limit(5.0, 30), "video": Limit(1.7, 30), "document": Limit(1.7, 30)}
# Reading alone takes a second for so many bytes of a large video, which a worker checks.
BYTES_A_SECOND = 300_000_000


class Problem(Exception):
    """Why a file is refused: one of the words that `evidence.media` puts into sentences."""

    def __init__(self, word: str, detail: object = ""):
        super().__init__(word, detail)
        self.word, self.detail = word, f"{type(detail).__name__}: {detail}" if detail else ""

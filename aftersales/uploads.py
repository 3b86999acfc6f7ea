"""Uploads on their way to this machine's disk: one that is full loses the file, not what was typed beside it."""

import contextlib
import errno
from typing import Any

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

FULL = {errno.ENOSPC, errno.EDQUOT}


def lost(request: HttpRequest) -> list[str]:
    """Return the names of the files of a request that the disk had no room for."""
    request.FILES  # noqa: B018  (reading them is what loses them)
    return list(getattr(request, "files_lost", []))


class DiskHandler(TemporaryFileUploadHandler):
    """Django's handler, which otherwise answers 500 and keeps the half file until somebody collects the garbage."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._lose(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece."""
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._lose(error)

    def file_complete(self, file_size: int) -> Any:
        """Return the file; None where its last bytes found no room."""
        try:
            return super().file_complete(file_size)
        except OSError as error:
            with contextlib.suppress(SkipFile):
                self._lose(error)
            return None

    def _lose(self, error: OSError) -> None:
        if error.errno not in FULL:
            raise error
        with contextlib.suppress(OSError, AttributeError):
            self.file.close()
        request: Any = self.request
        request.files_lost = [*getattr(request, "files_lost", []), self.file_name or ""]
        raise SkipFile from error

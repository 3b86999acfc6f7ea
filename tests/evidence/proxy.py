"""A small TCP proxy before the object store that can be slow, stop, hang up or be full while requests come."""

import copy
import os
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

PIECE = 64 * 1024
NO_ROOM = (507, "InsufficientStorage")
NO_BUCKET = (404, "NoSuchBucket")


@dataclass
class Hindrance:
    """What is in the way; the defaults let everything through. Bytes are counted for each connection."""

    delay: float = 0.0  # seconds before the first byte of an answer; longer than a test: it hangs
    drip: float = 0.0  # seconds between the single bytes of an answer
    drip_after: int = 0  # bytes of an answer that pass at full speed before
    cut_answer: int | None = None  # the line breaks after so many bytes of the answers
    cut_request: int | None = None  # the same of what is sent
    full: int | None = None  # after so many bytes sent the store refuses, without reading to the end …
    refusal: tuple[int, str] = NO_ROOM  # … with this status and code


class Proxy:
    """Listens on loopback and passes on to `target` ("http://host:port") what `hindrance` lets through."""

    def __init__(self, target: str) -> None:
        found = urlsplit(target)
        self.target = (found.hostname, found.port)
        self.hindrance = Hindrance()
        self.port = 0
        self.over = threading.Event()
        self.listening: socket.socket | None = None
        self.lines: list[socket.socket] = []
        self.resume()

    @property
    def url(self) -> str:
        """Where the store seems to be."""
        return f"http://127.0.0.1:{self.port}"

    def hinder(self, **how: Any) -> None:
        """Put this in the way from now on, and nothing else; open connections end, so that it holds at once."""
        self.hindrance = Hindrance(**how)
        self.drop()

    def stop(self) -> None:
        """Refuse connections and end the open ones, as a store that was stopped."""
        listening, self.listening = self.listening, None
        if listening:
            # Closing alone leaves the thread in accept(), and the port open.
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()
        self.drop()

    def resume(self) -> None:
        """Listen again, at the same address."""
        self.listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._serve, args=(self.listening,), daemon=True).start()

    def drop(self) -> None:
        """Break every open connection."""
        lines, self.lines = self.lines, []
        for line in lines:
            _break(line)

    def close(self) -> None:
        """Stop for good."""
        self.over.set()
        self.stop()

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.target)
            except OSError:
                near.close()
                continue
            self.lines += [near, far]
            for pump in (self._send, self._answer):
                threading.Thread(target=self._quietly, args=(pump, near, far), daemon=True).start()

    def _quietly(self, pump: Any, near: socket.socket, far: socket.socket) -> None:
        try:
            pump(self.hindrance, near, far)
        except OSError:
            pass
        finally:
            _break(near)
            _break(far)

    def _send(self, how: Hindrance, near: socket.socket, far: socket.socket) -> None:
        sent = 0
        while piece := near.recv(PIECE):
            sent += len(piece)
            if how.full is not None and sent > how.full:
                near.sendall(_refused(*how.refusal))
                near.shutdown(socket.SHUT_WR)
                while near.recv(PIECE):
                    pass
                return
            if how.cut_request is not None and sent > how.cut_request:
                far.sendall(piece[: len(piece) - (sent - how.cut_request)])
                return
            far.sendall(piece)

    def _answer(self, how: Hindrance, near: socket.socket, far: socket.socket) -> None:
        passed = 0
        while piece := far.recv(PIECE):
            if how.delay and passed == 0 and self.over.wait(how.delay):
                return
            if how.cut_answer is not None and passed + len(piece) > how.cut_answer:
                near.sendall(piece[: how.cut_answer - passed])
                return
            quick = max(0, how.drip_after - passed) if how.drip else len(piece)
            near.sendall(piece[:quick])
            for byte in piece[quick:]:
                if self.over.wait(how.drip):
                    return
                near.sendall(bytes([byte]))
            passed += len(piece)


def _refused(status: int, code: str) -> bytes:
    body = b"<Error><Code>%s</Code><Message>No.</Message></Error>" % code.encode()
    head = b"HTTP/1.1 %d No\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    return head + body


def _break(line: socket.socket) -> None:
    """Reset the connection: nobody must take what came for the whole."""
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    line.close()


@pytest.fixture
def hindered_store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The object store behind a proxy, for this process and for workers that the test starts."""
    proxy = Proxy(os.environ["S3_ENDPOINT_URL"])
    changed = copy.deepcopy(settings.STORAGES)
    for each in changed.values():
        if "endpoint_url" in each.get("OPTIONS", {}):
            each["OPTIONS"]["endpoint_url"] = proxy.url
    settings.STORAGES = changed
    monkeypatch.setenv("S3_ENDPOINT_URL", proxy.url)
    yield proxy
    proxy.close()

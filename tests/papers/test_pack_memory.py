"""A ticket with large files is packed in bounded memory: nothing is ever read whole."""

import hashlib
import os
import tracemalloc

import pytest
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import storage
from evidence.models import Evidence
from papers import store
from tests.papers.conftest import ask, make_case
from tests.papers.packing import WELL, run

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MB = 1024 * 1024
FILES, SIZE = 3, 100 * MB
MOST = 64 * MB


def large(case, tmp_path, number: int) -> None:
    path, total, block = tmp_path / "large", hashlib.sha256(), os.urandom(MB)
    with path.open("wb") as file:
        for n in range(SIZE // MB):
            piece = bytes([number, n]) + block[2:]
            file.write(piece)
            total.update(piece)
    sha256 = total.hexdigest()
    key = storage.original_key(case.organization.pk, sha256)
    store.put_file(key, path, storage.ORIGINAL_TYPE, lambda: None)
    with tenant(case.organization):
        Evidence.objects.create(
            ticket=case.ticket, place="other", name="clip.mp4", kind="video", media_type="video/mp4", size=SIZE,
            sha256=sha256, width=8, height=8, original_key=key, uploader_kind="customer", stored_at=timezone.now(),
        )  # fmt: skip


def test_a_ticket_of_300_megabytes_is_packed_in_bounded_memory(luma, bob, tmp_path, record_property):
    case = make_case(luma, bob, "LUMA")
    ask(case, "evidence_pack")
    for number in range(FILES):
        large(case, tmp_path, number)
    tracemalloc.start()
    paper = ask(case, "evidence_pack")
    _now, used = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert paper.state == "ready" and paper.size > FILES * SIZE
    record_property("megabytes", used // MB)
    assert used < MOST, f"{used / MB:.0f} MB were held"
    with (tmp_path / "pack.zip").open("wb") as file:
        for piece in storage.chunks(paper.key):
            file.write(piece)
    assert run(tmp_path / "pack.zip") == (0, WELL)

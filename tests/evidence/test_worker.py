"""The whole way with a real worker: sent by a browser, prepared from the queue, shown."""

import time

import pytest

from tests.evidence.conftest import begin, rows, visit
from tests.evidence.pictures import photo, upload


@pytest.mark.slow
def test_a_sent_photo_is_shown_soon(worker, case):
    client = visit(case)
    draft = begin(case, client)
    sent = {"photo": upload(photo("HEIF", size=(1200, 900)), "a.heic"), "place": "whole"}
    address = client.post(f"/luma/filing/{draft.key}/photos/add/", sent, HTTP_ACCEPT="application/json").json()["thumb"]
    end = time.monotonic() + 60
    while rows(case)[0].state == "pending" and time.monotonic() < end:
        time.sleep(0.2)
    response = client.get(address)
    assert response.status_code == 200 and response["Content-Type"] == "image/jpeg"

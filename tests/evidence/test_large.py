"""Large videos straight to the store: in parts, with signed lengths, and nothing counts before it was checked."""

import datetime as dt
import json
import urllib.error
import urllib.request

import pytest
from django.urls import reverse
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import arrivals, storage, tasks
from evidence.models import Arrival
from tests.evidence.conftest import begin, rows, stored, visit
from tests.evidence.pictures import video

pytestmark = pytest.mark.django_db


@pytest.fixture
def film() -> bytes:
    """A video with enough behind it that it needs two parts; a box named `free` is ignored by every player."""
    data = video("mp4")
    return data + (arrivals.PART_SIZE + 8).to_bytes(4, "big") + b"free" + bytes(arrivals.PART_SIZE)


@pytest.fixture
def client(case):
    return visit(case)


def start(client, case, size: int, **more):
    address = reverse("portal:ticket_large_begin", args=[case.organization.slug, case.ticket.number])
    about = {"name": "unboxing.mp4", "size": size, "type": "video/mp4", "place": "whole"} | more
    return client.post(address, json.dumps(about), content_type="application/json")


def put(part: dict, body: bytes) -> int:
    request = urllib.request.Request(part["url"], data=body, method="PUT")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def send(answer: dict, data: bytes, only=None) -> None:
    for part in answer["parts"]:
        at = (part["number"] - 1) * answer["part_size"]
        if only is None or part["number"] in only:
            assert put(part, data[at : at + part["size"]]) == 200


def one(case) -> Arrival:
    with tenant(case.organization):
        return Arrival.objects.get()


def test_a_video_arrives_in_parts_resumes_and_counts_only_when_checked(case, client, film):
    answer = start(client, case, len(film)).json()
    assert [part["number"] for part in answer["parts"]] == [1, 2]
    send(answer, film, only={1})
    # The tab was closed; asked again, only what is missing is wanted.
    again = client.get(answer["done"]).json()
    assert again["arrived"] == [1] and [part["number"] for part in again["parts"]] == [2]
    assert client.post(answer["done"], "{}", content_type="application/json").status_code == 409
    assert start(client, case, len(film)).json()["key"] == answer["key"]
    send(answer | again, film)
    done = client.post(answer["done"], "{}", content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (202, "arrived") and rows(case) == []
    tasks.arrive(case.organization.pk, one(case).pk)
    (kept,) = rows(case)
    assert (kept.kind, kept.media_type, kept.size, kept.name) == ("video", "video/mp4", len(film), "unboxing.mp4")
    tasks.process(case.organization.pk, kept.pk)
    assert stored(kept.original_key) == film and rows(case)[0].state == "ready"
    assert client.get(answer["done"]).json()["id"] == kept.pk
    assert list(storage.listed(f"{case.organization.pk}/incoming/")) == []
    tasks.arrive(case.organization.pk, one(case).pk)
    assert len(rows(case)) == 1


def test_a_part_of_another_length_is_refused_by_the_store_or_does_not_count(case, client, film):
    answer = start(client, case, len(film)).json()
    put(answer["parts"][0], film[:100])
    assert client.get(answer["done"]).json()["arrived"] == []


def test_what_arrives_and_is_no_video_is_refused_with_words_and_goes(case, client):
    data = b"MZ" + bytes(1000)
    answer = start(client, case, len(data)).json()
    send(answer, data)
    client.post(answer["done"], "{}", content_type="application/json")
    tasks.arrive(case.organization.pk, one(case).pk)
    refused = client.get(answer["done"])
    assert refused.status_code == 422 and "program" in refused.json()["error"]
    assert rows(case) == [] and list(storage.listed(f"{case.organization.pk}/incoming/")) == []


@pytest.mark.parametrize(
    "about",
    [
        {"size": 0},
        {"size": 501 * 1024 * 1024},
        {"size": "9"},
        {"type": "image/jpeg"},
        {"type": "text/html"},
        {"size": -1},
    ],
)
def test_what_could_never_be_kept_is_refused_at_once(case, client, about):
    answer = start(client, case, **({"size": 1000} | about))
    assert answer.status_code == 422 and answer.json()["error"]


def test_a_stranger_and_another_organization_find_nothing(case, copycase, client, film):
    answer = start(client, case, len(film)).json()
    other = visit(copycase)
    assert other.get(answer["done"]).status_code == 404
    assert other.get(answer["done"].replace("/luma/", f"/{copycase.organization.slug}/")).status_code == 404
    draft = begin(case, client)
    address = reverse("portal:large", args=[case.organization.slug, draft.key, answer["key"]])
    assert client.get(address).status_code == 404


def test_a_draft_that_was_sent_meanwhile_gives_its_ticket(case, client, film):
    from tickets import actions as tickets
    from tickets.models import FilingDraft

    draft = begin(case, client)
    address = reverse("portal:large_begin", args=[case.organization.slug, draft.key])
    about = {"name": "a.mp4", "size": len(film), "type": "video/mp4", "place": "whole"}
    answer = client.post(address, json.dumps(about), content_type="application/json").json()
    send(answer, film)
    with tenant(case.organization):
        ticket, _made = tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
    assert client.post(answer["done"], "{}", content_type="application/json").status_code == 202
    tasks.arrive(case.organization.pk, one(case).pk)
    assert [kept.ticket_id for kept in rows(case)] == [ticket.pk]


def test_what_never_arrives_whole_is_cleared_away(case, client, film):
    answer = start(client, case, len(film)).json()
    send(answer, film, only={1})
    assert arrivals.clear(case.organization, older_than=timezone.now() - dt.timedelta(hours=24)) == 0
    assert arrivals.clear(case.organization, older_than=timezone.now()) == 1
    assert client.get(answer["done"]).status_code == 404
    assert put(answer["parts"][1], film[arrivals.PART_SIZE :]) == 404

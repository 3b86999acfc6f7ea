"""The custody log in words: what was asked for on the ticket, and what brought a file where no person did."""

import html

import pytest

from aftersales.tenants.models import ApiKey
from aftersales.tenants.scope import tenant
from evidence import history
from tests.evidence.conftest import add
from tickets import actions as tickets
from tickets.actions import By
from tickets.workflow import Actor

pytestmark = pytest.mark.django_db


def read(client, kept) -> str:
    answer = client.get(f"/luma/desk/evidence/{kept.pk}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_what_was_asked_for_stands_beside_the_log_of_a_piece(case, copycase, bob, client):
    client.force_login(bob)
    kept, other = add(case, ticket=case.ticket), add(case, inspection=case.inspection)
    assert "Asked for on this ticket" not in read(client, kept)
    with tenant(case.organization):
        by = By.member(bob, bob.memberships.get(organization=case.organization))
        tickets.ask_for_proofs(case.ticket, by=by, proofs=["label_photo", "proof_of_origin"])
        tickets.accept(type(case.ticket).objects.get(pk=case.ticket.pk), by=by)
        entries = history.asked(case.ticket)
        assert [(entry.event.number, entry.who) for entry in entries] == [(2, "Bob Operator"), (1, "Bob Operator")]
    with tenant(copycase.organization):
        assert history.asked(copycase.ticket) == []
    page = read(client, kept)
    assert "Asked for on this ticket" in page
    assert f"{case.supplier.name}: " in page and "Customer: Photo of the shipping label" in page
    assert "Asked for on this ticket" not in read(client, other)


def test_a_key_and_a_command_are_named_where_no_person_sent_it(case, bob, client):
    client.force_login(bob)
    with tenant(case.organization):
        key = ApiKey.objects.create(name="Scanner 7", digest="0" * 64)
    by_key = add(case, inspection=case.inspection, by=By(Actor.OPERATOR, "API: Scanner 7", key=key))
    by_command = add(case, inspection=case.inspection, by=By(Actor.OPERATOR, "x", command="intake_evidence"))
    for kept, words in ((by_key, "API key “Scanner 7”"), (by_command, "command “intake_evidence”")):
        page = read(client, kept)
        assert words in page
        with tenant(case.organization):
            assert [entry.who for entry in history.log(kept)[0]] == [words]

"""What decides a case: asked of the right side, read, answered; and what people read in the record."""

import pytest
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import make_partner, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.desk_cast import again, lamp, url
from tickets import actions
from tickets.actions import Refused, TooLate
from tickets.models import EvidenceRequest, Message, Notification, PartnerRequest, TicketEvent
from tickets.proofs import ASKED_OF, Proof

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    lamp(cast.harbor, "Harbor")
    found = lamp(cast.luma, "Luma")
    with tenant(cast.luma):
        carrier = make_partner("carrier", "Swift Parcel")
        carrier.email = "desk@swift.example"
        carrier.save()
        to_stage(found, "responsibility", member(cast.bob, cast.luma))
    cast.ticket = again(found)
    return cast


@pytest.fixture
def ticket(own):
    return own.ticket


def ask(ticket, bob, *proofs: str, text: str = ""):
    with tenant(ticket.organization):
        by = member(bob, ticket.organization)
        return actions.ask_for_proofs(again(ticket), by=by, proofs=proofs, text=text)


def picture(ticket, place: str, *, by: str = "customer", kind: str = "photo", partner=None) -> None:
    """Add a photo as the evidence app does, and tell the ticket."""
    Evidence.objects.create(
        ticket=ticket, place=place, kind=kind, name="a.jpg", media_type="image/jpeg", size=1,
        sha256=f"{timezone.now()}", width=1, height=1, original_key="k", state="ready", uploader_kind=by,
        partner=partner,
    )  # fmt: skip
    who = actions.By.partner_contact(partner) if partner else actions.By.customer(ticket.customer)
    actions.evidence_arrived(again(ticket), by=who)


def test_each_proof_has_somebody_who_can_bring_it():
    assert set(ASKED_OF) == set(Proof)


def test_the_customer_is_asked_in_a_message_and_our_clock_rests(ticket, luma, bob):
    rows = ask(ticket, bob, "outer_box_photo", "unboxing_video")
    with tenant(luma):
        message = Message.objects.get(asks_for__len__gt=0)
        assert {row.proof for row in rows} == {"outer_box_photo", "unboxing_video"}
        assert all(row.party == "customer" and row.message == message for row in rows)
        assert message.audience == "public" and message.asks_for == ["outer_box_photo", "unboxing_video"]
        assert again(ticket).waiting_for == "customer" and again(ticket).due_at is None
        assert Notification.objects.filter(kind="evidence_asked").count() == 1
        event = TicketEvent.objects.get(verb="evidence_asked")
        assert event.data == {"proofs": ["outer_box_photo", "unboxing_video"], "again": []}


def test_one_click_asks_each_side_for_its_own(ticket, luma, bob):
    rows = ask(ticket, bob, "outer_box_photo", "carrier_trace", "chat_record")
    with tenant(luma):
        assert {(row.proof, row.party) for row in rows} == {
            ("outer_box_photo", "customer"),
            ("carrier_trace", "carrier"),
        }
        request = PartnerRequest.objects.get()
        assert (request.party, request.percent, request.partner.name) == ("carrier", 0, "Swift Parcel")
        assert Message.objects.filter(audience="partner", partner=request.partner).count() == 1
        assert Message.objects.filter(audience="public", asks_for__contains=["carrier_trace"]).count() == 0


def test_a_partner_with_an_open_question_is_asked_in_its_thread(ticket, luma, bob):
    with tenant(luma):
        carrier = again(ticket).order.shipments.get().carrier
        by = member(bob, luma)
        asked = actions.ask_partner(
            again(ticket), by=by, partner=carrier, party="carrier", percent=70, text="Please say"
        )
    (row,) = ask(ticket, bob, "delivery_proof")
    with tenant(luma):
        assert row.request_id == asked.pk and PartnerRequest.objects.count() == 1
        assert Notification.objects.filter(kind="partner_message").count() == 1


def test_what_only_we_can_bring_is_asked_of_nobody(ticket, luma, bob):
    with pytest.raises(Refused) as refused:
        ask(ticket, bob, "chat_record", "packing_photo")
    assert refused.value.field == "proofs"
    with tenant(luma):
        assert not EvidenceRequest.objects.exists()
    for wrong in ((), ("nonsense",)):
        with pytest.raises(Refused):
            ask(ticket, bob, *wrong)


@pytest.mark.parametrize("stage", ["planning", "executing"])
def test_later_nobody_is_asked(ticket, luma, bob, stage):
    with tenant(luma):
        by = member(bob, luma)
        actions.confirm_responsibility(
            again(ticket), by=by, shares=[actions.Share("agent", 100)], basis="x", override="goodwill"
        )
    with pytest.raises(TooLate):
        ask(ticket, bob, "outer_box_photo")


def test_read_then_answered_by_the_photo_at_its_place(ticket, luma, bob):
    ask(ticket, bob, "outer_box_photo", "label_photo")
    with tenant(luma):
        customer = actions.By.customer(ticket.customer)
        assert actions.proofs_read(again(ticket), by=customer) == 2
        assert actions.proofs_read(again(ticket), by=customer) == 0
        assert TicketEvent.objects.filter(verb="proofs_read").count() == 1
        picture(again(ticket), "box")
        box, label = EvidenceRequest.objects.order_by("pk")
        assert box.answered_at and box.read_at and not label.answered_at
        assert again(ticket).waiting_for == ""


def test_a_photo_from_before_is_no_answer(ticket, luma, bob):
    with tenant(luma):
        picture(again(ticket), "box")
    ask(ticket, bob, "outer_box_photo")
    with tenant(luma):
        picture(again(ticket), "padding")
        assert EvidenceRequest.objects.get().answered_at is None


def test_words_of_the_customer_answer_how_it_was_used(ticket, luma, bob):
    ask(ticket, bob, "statement_of_use", "fault_video")
    with tenant(luma):
        customer = actions.By.customer(ticket.customer)
        actions.write_message(again(ticket), by=customer, audience="public", text="I lit it once.")
        assert {r.proof for r in EvidenceRequest.objects.exclude(answered_at=None)} == {"statement_of_use"}


def test_a_partners_photo_ends_a_question_that_asked_for_nothing_else(ticket, luma, bob):
    ask(ticket, bob, "carrier_trace")
    with tenant(luma):
        request = PartnerRequest.objects.select_related("partner").get()
        assert again(ticket).waiting_for == "partner"
        actions.proofs_read(again(ticket), by=actions.By.partner_contact(request.partner))
        picture(again(ticket), "other", by="partner", partner=request.partner)
        request.refresh_from_db()
        assert request.answer == "evidence" and EvidenceRequest.objects.get().answered_at
        assert again(ticket).waiting_for == ""
        assert not request.clocks.filter(stopped_at=None).exists()


def test_entering_it_ourselves_answers_it(ticket, luma, bob, client):
    ask(ticket, bob, "carrier_trace")
    with tenant(luma):
        parcel = ticket.order.shipments.get().pk
    client.force_login(bob)
    data = {"row": parcel, "trace_result": "Lost in the hub"}
    assert client.post(url(ticket, "facts/carrier_trace"), data).status_code == 302
    with tenant(luma):
        assert EvidenceRequest.objects.get().answered_at and PartnerRequest.objects.get().answer == "evidence"


def test_asked_again_keeps_both_and_one_answer_settles_them(ticket, luma, bob):
    ask(ticket, bob, "outer_box_photo")
    ask(ticket, bob, "outer_box_photo")
    with tenant(luma):
        assert TicketEvent.objects.filter(verb="evidence_asked").latest("pk").data["again"] == ["outer_box_photo"]
        picture(again(ticket), "box")
        assert EvidenceRequest.objects.count() == 2
        assert not EvidenceRequest.objects.filter(answered_at=None).exists()


def test_an_operator_ticks_what_came_otherwise_with_a_word(ticket, luma, harbor, bob, client):
    (row,) = ask(ticket, bob, "unboxing_video")
    client.force_login(bob)
    at = url(ticket, f"proofs/{row.pk}/tick")
    assert client.post(at, {"text": ""}).status_code == 422
    assert client.post(at, {"text": "Sent by chat, the box opens crushed"}).status_code == 302
    assert client.post(at, {"text": "again"}).status_code == 409
    assert client.post(url(ticket, "proofs/999999/tick"), {"text": "x"}).status_code == 404
    with tenant(luma):
        event = TicketEvent.objects.get(verb="proof_answered")
        assert event.reason == "Sent by chat, the box opens crushed" and EvidenceRequest.objects.get().answered_at
    page = client.get(url(ticket)).content.decode()
    assert "Sent by chat" in page


def test_the_workbench_asks_in_one_click_and_shows_how_far_it_is(ticket, luma, bob, client):
    client.force_login(bob)
    assert client.post(url(ticket, "ask"), {"proofs": ["outer_box_photo"]}).status_code == 302
    page = client.get(url(ticket)).content.decode()
    assert "Photos of the outer box, all sides" in page and "not read yet" in page and "Ask again" in page
    answer = client.post(url(ticket, "ask"), {"proofs": []})
    assert answer.status_code == 422 and "Choose at least one thing to ask for." in answer.content.decode()
    answer = client.post(url(ticket, "ask"), {"proofs": ["chat_record"]})
    assert answer.status_code == 422 and "Nobody else can bring this" in answer.content.decode()


@pytest.mark.parametrize(
    ("proofs", "said"),
    [
        (["outer_box_photo"], "Asked the customer."),
        (["carrier_trace"], "Asked Swift Parcel."),
        (["outer_box_photo", "carrier_trace"], "Asked the customer and Swift Parcel."),
    ],
)
def test_whom_we_asked_is_one_sentence(ticket, bob, client, proofs, said):
    client.force_login(bob)
    page = client.get(url(ticket)).content.decode()
    assert "Ask Customer" not in page and "Ask the customer" in page
    answer = client.post(url(ticket, "ask"), {"proofs": proofs, "from": "facts"}, follow=True)
    assert answer.redirect_chain[-1][0] == url(ticket, "facts") and said in answer.content.decode()


def test_findings_replace_each_other_and_close_with_the_ticket(ticket, luma, bob, mona):
    with tenant(luma):
        actions.record_finding(again(ticket), by=member(bob, luma), about="packing", value=True, note="Thin")
        finding = actions.record_finding(again(ticket), by=member(mona, luma), about="packing", value=None)
        assert finding.value is None and finding.by == mona and ticket.findings.count() == 1
        with pytest.raises(Refused):
            actions.record_finding(again(ticket), by=actions.By.customer(ticket.customer), about="packing", value=True)
        actions.reject(again(ticket), by=member(bob, luma), reason="No", clause="1")
        with pytest.raises(TooLate):
            actions.record_finding(again(ticket), by=member(bob, luma), about="packing", value=True)

"""Complaints of the last weeks that tell a whole story, lived by the ordinary actions on the days they happened."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import translation

from aftersales.orders.models import CustomsEvent, DeclarationLine, TrackingEvent
from aftersales.tenants.models import Membership
from tickets import actions
from tickets.actions import By, Found, Share
from tickets.actions.base import partner_for
from tickets.models import Notification, Return, Ticket
from tickets.policy import default_plan

from .clockwork import Clock, set_back
from .organizations import Site
from .photos import Stored, own_copy, picture
from .sold import Sold

DAY = dt.timedelta(days=1)
Code = TrackingEvent.Code
# scene: the picture of the product, days since the order was placed at least and at most, and whether it arrived.
CAST: dict[str, tuple[str, int, int, bool]] = {
    "defective": ("speaker", 28, 60, True), "wrong": ("plug", 22, 60, True), "lost": ("lamp", 30, 45, False),
    "customs": ("fabric", 14, 24, False), "crushed": ("chair", 17, 26, True), "disputed": ("blender", 24, 60, True),
    "declined": ("blender", 24, 60, True), "cancelled": ("fabric", 24, 60, True), "mediation": ("lamp", 20, 60, True),
    "received": ("speaker", 24, 60, True), "sent": ("blender", 20, 60, True), "moving": ("blender", 20, 60, True),
    "authorised": ("blender", 20, 60, True), "looked": ("speaker", 20, 60, True),
}  # fmt: skip
# The second organization shows that each has its own; it need not tell everything twice.
SHORT = {"harbor": ("defective", "customs", "crushed", "mediation", "sent")}


def cast(site: Site, sold: list[Sold], now: dt.datetime) -> None:
    """Choose an order for each scene, one nobody complained of, and cut short the ways of those that never came."""
    for scene in SHORT.get(site.organization.slug, CAST):
        kind, least, most, arrived = CAST[scene]
        chosen = next(
            (
                s
                for s in reversed(sold)
                if not s.problem and not s.scene and s.product.picture == kind and s.order.delivered_at
                and least <= (now - s.order.placed_at).days <= most
                and (now - s.order.delivered_at).days >= (6 if arrived else 1)
            ),
            None,
        )  # fmt: skip
        if chosen is None:
            continue
        chosen.scene = scene
        if not arrived:
            _never_came(chosen, now)
        if scene == "crushed":
            chosen.order.shipping_insurance, chosen.order.insured_amount = "Parcel cover", chosen.line.unit_price


def _never_came(s: Sold, now: dt.datetime) -> None:
    parcel = s.shipment
    s.order.delivered_at = parcel.delivered_at = parcel.delivery_weight_g = None
    parcel.signed = parcel.delivery_place = parcel.delivery_photo = parcel.delivery_note = ""
    keep = (Code.PICKED_UP, Code.DEPARTED) if s.scene == "lost" else (Code.PICKED_UP, Code.DEPARTED, Code.ARRIVED)
    s.events = [event for event in s.events if event.code in keep]
    if s.scene == "lost":
        return
    held = min(s.events[-1].at + DAY, now - 5 * DAY)
    organization = s.order.organization
    s.events.append(
        TrackingEvent(organization=organization, shipment=parcel, code=Code.CUSTOMS_HOLD, at=held, place=s.order.city)
    )
    s.rows.setdefault(CustomsEvent, []).append(
        CustomsEvent(organization=organization, shipment=parcel, event="hold", side="import", at=held, days=5)
    )
    for line in s.rows.get(DeclarationLine, []):
        line.description, line.hs_code, line.declaration.complete = "home goods", "", False


class Play:
    """One organization's scenes."""

    def __init__(self, site: Site, now: dt.datetime, stored: dict[Any, Stored], clock: Clock) -> None:
        self.site, self.now, self.stored, self.clock = site, now, stored, clock
        rows = {m.user_id: m for m in Membership.objects.filter(organization=site.organization).select_related("user")}
        self.ana = By.member(site.people["operator"], rows[site.people["operator"].pk])
        self.marta = By.member(site.people["manager"], rows[site.people["manager"].pk])

    # ── pieces that several scenes have ────────────────────────────────────────────────────────────────────────────
    def file(self, s: Sold, days: float, problem: str, text: str, wish: str, *shown: tuple[str, str, str]) -> Ticket:
        """File a complaint so many days ago with pictures (drawing, place, what it shows), and take it on."""
        at = self.clock.ago(days)
        if s.order.delivered_at:
            at = self.clock.moment = max(at, s.order.delivered_at + dt.timedelta(hours=5))
        ticket = actions.file_directly(
            s.order, s.line, by=By.customer(s.order.customer), channel="portal", problem=problem, text=text, wish=wish,
            language="en", filing_seconds=84,
        )  # fmt: skip
        self.send(ticket, *shown)
        self.clock.on(0.1)
        actions.take(ticket, by=self.ana)
        return actions.accept(ticket, by=self.ana)

    def send(self, ticket: Ticket, *shown: tuple[str, str, str]) -> None:
        """Let the customer add pictures."""
        if not shown:
            return
        for kind, place, words in shown:
            photo = own_copy(self.site, self.stored[kind, place, 0, False], f"{ticket.number} {place} {words}")
            at = self.clock.moment
            picture(self.site, photo, place, at, "customer", ticket=ticket, shows=words).save()
        actions.evidence_arrived(ticket, by=By.customer(ticket.customer), count=len(shown))

    def partner(self, ticket: Ticket, party: str, answer: str, text: str, **more: Any) -> None:
        """Ask the partner of a party for all of it, let it look, and answer unless `answer` is empty."""
        found = partner_for(ticket, party)
        assert found is not None
        request = actions.ask_partner(
            ticket, by=self.ana, partner=found, party=party, percent=100, text=ticket.recommendation().basis
        )
        self.clock.on(0.4)
        link = request.links.first()
        if link is not None:
            actions.mark_seen(request, link)
        if answer:
            self.clock.on(0.3)
            actions.answer_request(request, by=By.partner_contact(found), answer=answer, text=text, **more)

    def decide(self, ticket: Ticket, *shares: tuple[str, int], basis: str = "", override: str = "evidence") -> None:
        """Confirm the recommendation, or other shares with a basis."""
        ticket.refresh_from_db()
        found = ticket.recommendation()
        owed = shares or [(share.party, share.percent) for share in found.shares.all()] or [("agent", 100)]
        actions.confirm_responsibility(
            ticket, by=self.ana, shares=[Share(*each) for each in owed], basis=basis or found.basis, override=override
        )

    def propose(self, ticket: Ticket, text: str, *, agree: bool = True) -> Any:
        """Propose what the policy proposes; the customer agrees half a day later."""
        self.clock.on(0.1)
        ticket.refresh_from_db()
        proposal = default_plan(ticket)
        plan = actions.propose_plan(
            ticket, by=self.ana, text=text, currency=ticket.order.currency, actions=list(proposal.actions)
        )
        if "manager" in plan.missing_agreements():
            plan = actions.approve_plan(plan, by=self.marta)
        for partner in plan.unagreed_partners():
            plan = actions.accept_plan(plan, by=By.partner_contact(partner))
        if agree:
            self.clock.on(0.5)
            plan = actions.accept_plan(plan, by=By.customer(ticket.customer))
        ticket.refresh_from_db()
        return plan

    def send_back(self, ticket: Ticket, plan: Any, to: str) -> Return:
        """Authorise the plan's return and take it as far as `to`."""
        action = plan.actions.filter(kind="return").first()
        assert ticket.line is not None
        returned = actions.authorise_return(ticket, by=self.ana, lines=[(ticket.line, 1)], action=action,
                                            instructions="Pack it in its box, with the sheet inside.")  # fmt: skip
        if to == "authorised":
            return returned
        if to == "cancelled":
            self.clock.on(1)
            return actions.cancel_return(returned, by=self.ana, reason="Please keep it; the way back is not worth it.")
        self.clock.on(1.5)
        actions.mark_sent(returned, by=By.customer(ticket.customer), carrier="DHL", tracking=f"RT{returned.pk:08d}")
        if to == "sent":
            return returned
        self.clock.on(1)
        actions.mark_moving(returned, by=self.ana)
        if to == "moving":
            return returned
        self.clock.on(2)
        line = returned.lines.get()
        returned = actions.receive_return(returned, by=self.ana, received={line.pk: 1})
        if to == "received":
            return returned
        self.clock.on(0.4)
        bad = to in ("disputed", "declined")
        photo = self.stored["blender" if bad else "speaker", "whole", 0, not bad]
        picture(self.site, photo, "whole", self.clock.moment, "operator", ticket=ticket, returned=returned,
                shows="deep scratches, the jar is missing" if bad else "complete and clean").save()  # fmt: skip
        found = Found(line, "used" if bad else "as_expected", "Deep scratches, the jar is missing" if bad else "")
        returned = actions.inspect_return(returned, by=self.ana, found=[found])
        if to == "declined":
            self.clock.on(0.2)
            words = (
                "It came back used and without its jar, so we cannot pay it back. We send it to you again on request."
            )
            returned = actions.decide_return(returned, by=self.marta, release=False, text=words)
        return returned

    def finish(self, ticket: Ticket, plan: Any, proof: str) -> None:
        """Carry out what is left of the plan."""
        for action in plan.actions.filter(done_at=None).order_by("id"):
            if not action.is_claim:
                actions.record_execution(action, by=self.ana, proof=proof)
        ticket.refresh_from_db()


def tidy(now: dt.datetime, since: int) -> None:
    """Leave the outbox of earlier days as the relay and its readers would have."""
    rows = Notification.objects.filter(pk__gt=since, created_at__lt=now - DAY)
    for row in rows:
        row.sent_at = row.created_at if row.channel == "mail" else None
        row.read_at = row.created_at if row.channel == "in_app" else None
        row.next_at = None
    Notification.objects.bulk_update(rows, ["sent_at", "read_at", "next_at"], batch_size=200)


def play(
    site: Site, sold: list[Sold], now: dt.datetime, stored: dict[Any, Stored], scripts: dict[str, Callable[..., None]]
) -> None:
    """Live every scene that has an order, inside the organization."""
    since = Notification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with set_back(now) as clock, translation.override(site.organization.language):
        stage = Play(site, now, stored, clock)
        for s in sold:
            if s.scene:
                scripts[s.scene](stage, s)
    tidy(now, since)

"""One organization with an object behind every address, each text of which carries a mark that nobody can guess."""

import datetime as dt
import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat
from django.test import Client
from django.utils import timezone

from aftersales.orders.importing.templates import TEMPLATES
from aftersales.orders.models import Import, Inspection, Intake, IntakeFile, Product
from aftersales.tenants import actions as people
from aftersales.tenants import invitations
from aftersales.tenants.models import Calendar, Membership, Organization, RulesVersion, Team, User
from aftersales.tenants.scope import tenant
from aftersales.tenants.walls import tenant_models
from analytics.models import Measure, MonthlyReport
from evidence.models import Arrival, Evidence
from papers import actions as papers
from papers import links as pack_links
from papers.models import Paper
from tests.evidence.pictures import photo
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tests.tickets.rulebook_cast import EVERY, publish, rule
from tickets import actions, links
from tickets.access import VISITS
from tickets.models import EvidenceRequest, FilingDraft, Notification, PartnerRequest, PlanAction, RuleSet

ABSENT = {
    "str": "AS-2026-999999",
    "path": "NO-999999",
    "int": str(2**40),
    "uuid": str(uuid.UUID(int=7)),
    "slug": "nothing",
}
# Converters of kwargs that name no object: a copy's size, a template's name.
NO_OBJECT = {
    ("", "size"): "thumb", ("templates", "name"): next(iter(TEMPLATES)),
    ("facts", "sheet"): "packing", ("problems", "code"): "defective", ("groups", "code"): "quality",
}  # fmt: skip
PART = re.compile(r"(?:([\w-]+)/)?<(?:(\w+):)?(\w+)>")
# What the database lets nobody change afterwards; it is written with the mark.
APPEND_ONLY = {"AuditEvent", "Custody", "LedgerEntry", "RuleSet", "Seal", "TicketEvent"}
# What the program reads rather than people: marking it would break the row, not find a leak.
FOR_MACHINES = {
    "digest", "display_key", "display_sha256", "fingerprint", "incoming_key", "key", "kind", "media_type", "number",
    "opener", "original_key", "place", "rule", "sha256", "thumb_key", "thumb_sha256", "time_zone", "token_hash",
    "upload_id", "version_id",
}  # fmt: skip
SHORTEST = 32


@dataclass
class World:
    """An organization, its mark, and the objects that its addresses name."""

    organization: Organization
    mark: str
    objects: dict[tuple[str, str], Any]
    tokens: dict[str, str] = field(default_factory=dict)

    def parts(self, route: str) -> list[tuple[str, str, str]]:
        """Return (the word before, converter, name) of each kwarg of a route, without the organization."""
        return [(b, c, n) for b, c, n in PART.findall(route) if n != "org"]

    def kwargs(self, route: str) -> dict[str, str]:
        """Return values for the route's kwargs, each of an object of this organization."""
        values = {"org": self.organization.slug} if "<slug:org>" in route else {}
        for before, _converter, name in self.parts(route):
            found = self.objects.get((before, name), NO_OBJECT.get((before, name)))
            if found is None:
                pytest.fail(
                    f"{route}: no object for <{name}> after “{before}/”; add one to `objects` in tests/world.py."
                )
            values[name] = str(found)
        return values

    def customer(self) -> Client:
        """Return the browser of the customer, who opened the order's link."""
        client = Client(raise_request_exception=False)
        client.get(f"/{self.organization.slug}/c/{self.tokens['customer']}/")
        session = client.session
        visit = session[VISITS][str(self.organization.pk)]
        with tenant(self.organization):
            FilingDraft.objects.filter(key=self.objects["filing", "key"]).update(opener=visit["opener"])
        return client

    def partner(self) -> Client:
        """Return the browser of the partner, who opened its link."""
        client = Client(raise_request_exception=False)
        for token in ("partner", "inbox"):
            client.get(f"/{self.organization.slug}/p/{self.tokens[token]}/")
        return client


def make_world(organization: Organization, admin: User, *, before: int = 0) -> World:
    """Return the world of an organization whose admin is given; `before` tickets are filed before its own."""
    mark = "canary" + secrets.token_hex(5)
    with tenant(organization):
        for _n in range(before):
            make_ticket()
        objects, tokens = _tickets(organization, admin, mark)
        objects |= _people(organization, admin, mark)
        objects |= _reports(admin, objects["partners", "pk"])
        objects |= _rulebook(organization, admin, mark)
        _mark(organization, mark)
    return World(organization, mark, objects, tokens)


def _tickets(organization: Organization, admin: User, mark: str) -> tuple[dict, dict]:
    by = member(admin, organization)
    supplier = make_partner(name="Oakline Works", email="oakline@supplier.example")
    order = make_order(number=f"{organization.slug.upper()}-1")
    line = make_line(order, supplier=supplier, sku=mark)
    parcel = make_shipment(order, events={"picked_up": timezone.now() - dt.timedelta(days=5)})
    inspection = Inspection.objects.create(line=line, level="basic", result="pass", at=timezone.now())
    ticket = to_stage(make_ticket(order, line=line, text=mark), "responsibility", by)
    request = actions.ask_partner(ticket, by=by, partner=supplier, party="supplier", percent=100, text=mark)
    actions.write_message(ticket, by=by, audience="internal", text=mark)
    to_stage_from(ticket, by, mark)
    returned = actions.authorise_return(ticket, by=by, lines=[(line, 1)], address=mark)
    claim = actions.open_claim(ticket, by=by)
    draft = actions.start_filing(order, line, opener="world", language="en")
    actions.save_draft(draft, problem="broken_inside", text=mark)
    picture = photo(mark=mark.encode())
    shown = hashlib.sha256(picture).hexdigest()
    key = default_storage.save(f"world/{secrets.token_hex(8)}", ContentFile(picture))
    paper = papers.ask_for(ticket, by=by, kind="return_label", returned=returned)
    Paper.objects.filter(pk=paper.pk).update(state="ready", key=key, name="label.pdf", media_type="application/pdf")
    evidence = Evidence.objects.create(
        ticket=ticket, place="whole", name=f"{mark}.jpg", media_type="image/jpeg", size=len(picture), sha256="0" * 64,
        width=8, height=8, original_key=key, display_key=key, thumb_key=key, state="ready", uploader_kind="customer",
        display_sha256=shown, thumb_sha256=shown, stored_at=timezone.now(),
    )  # fmt: skip
    Evidence.objects.create(
        product=Product.objects.create(sku=mark, name=mark), name=f"{mark}.jpg", media_type="image/jpeg",
        size=len(picture), sha256="1" * 64, width=8, height=8, original_key=key, display_key=key, thumb_key=key,
        state="ready", uploader_kind="operator", display_sha256=shown, thumb_sha256=shown, stored_at=timezone.now(),
    )  # fmt: skip
    arrival = Arrival.objects.create(
        draft=draft, ticket=ticket, request=request, name=mark, size=1, media_type="video/mp4", incoming_key=key,
        upload_id="gone", uploader_kind="customer",
    )  # fmt: skip
    pack = Paper.objects.create(
        ticket=ticket, kind="evidence_pack", state="ready", key=key, name="pack.zip", media_type="application/zip",
        size=len(picture), pieces=[evidence.pk], ready_at=timezone.now(), asked_by=admin,
    )  # fmt: skip
    handed = pack_links.issue(pack, by=by, receiver=mark)
    asked = EvidenceRequest.objects.create(ticket=ticket, party="customer", proof="label_photo")
    mail = Notification.objects.filter(channel="mail").order_by("-pk").first()
    batch = Import.objects.create(format="csv", state="failed", created_by=admin, failure=mark)
    intake = Intake.objects.create(name=f"{mark}.zip", size=1, state="done", created_by=admin, failure=mark)
    IntakeFile.objects.create(batch=intake, position=0, name=mark, outcome="refused", reason=mark)
    tokens = {
        "customer": links.token_of(links.issue(kind="order", order=order, email=mark + "@x.example")),
        "partner": links.token_of(links.for_partner(ticket, supplier, PartnerRequest.objects.get(pk=request.pk))),
        "inbox": links.token_of(links.for_inbox(supplier)),
    }
    number = ticket.number
    return {
        ("tickets", "number"): number, ("orders", "number"): order.number, ("file", "number"): order.number,
        ("done", "pk"): PlanAction.objects.get(plan__ticket=ticket).pk, ("inspections", "pk"): inspection.pk,
        ("large", "arrival"): arrival.key, ("photos", "pk"): evidence.pk, ("evidence", "pk"): evidence.pk,
        ("pictures", "pk"): evidence.pk,
        ("shipments", "pk"): parcel.pk,
        ("proofs", "pk"): asked.pk, ("filing", "key"): draft.key, ("imports", "key"): batch.key,
        ("bulk", "key"): intake.key, ("lines", "pk"): line.pk,
        ("mail", "pk"): mail.pk, ("partners", "pk"): supplier.pk, ("c", "token"): tokens["customer"],
        ("p", "token"): tokens["partner"],
        ("claims", "pk"): claim.pk, ("papers", "token"): paper.token, ("evidence-packs", "token"): pack.token,
        ("pack-links", "pk"): handed.pk, ("packs", "token"): pack_links.token_of(handed),
        ("returns", "pk"): returned.pk, ("returns", "rma"): returned.number,
    }, tokens  # fmt: skip


def to_stage_from(ticket: Any, by: Any, mark: str) -> None:
    """Take a ticket with a question to the partner on to a plan that is being carried out."""
    actions.confirm_responsibility(ticket, by=by, shares=[actions.Share("agent", 100)], basis=mark, override="goodwill")
    due = timezone.now().date() + dt.timedelta(days=7)
    planned = [actions.Planned("partial_refund", due, Decimal(10), [actions.Pays("agent", 100)])]
    plan = actions.propose_plan(ticket, by=by, text=mark, currency="EUR", actions=planned)
    actions.accept_plan(plan, by=actions.By.customer(ticket.customer))


def _people(organization: Organization, admin: User, mark: str) -> dict:
    by = Membership.objects.select_related("user", "organization").get(organization=organization, user=admin)
    invitation = people.invite(organization, by=by, email=f"{mark}@guest.example", role="operator")
    people.create_team(organization, by=by, name=mark, users=[admin])
    key, _token = people.create_api_key(organization, by=by, name=mark)
    for name in (mark, f"{mark} 2"):
        people.create_calendar(organization, by=by, name=name, time_zone="UTC", week={0: [(dt.time(9), dt.time(18))]})
    texts = {"terms": mark, "compensation": mark, "prohibited": mark}
    # The other organization has fewer versions, so that this one's number is foreign there.
    for _n in range(1 if organization.slug == "luma" else 3):
        current = RulesVersion.objects.order_by("-version").first()
        based_on = current.version if current else 0
        people.publish_rules(organization, by=by, based_on=based_on, **texts | {"terms": f"{mark} {based_on}"})
    return {
        ("api-keys", "pk"): key.pk,
        ("members", "pk"): by.pk, ("invitations", "pk"): invitation.pk, ("teams", "pk"): Team.objects.get().pk,
        ("calendar", "pk"): Calendar.objects.get(is_default=False).pk,
        ("rules", "version"): RulesVersion.objects.order_by("-version").first().version,
        ("invitations", "token"): invitations.token_of(invitation),
    }  # fmt: skip


def _reports(admin: User, supplier: int) -> dict:
    report = MonthlyReport.objects.create(month=dt.date(2026, 2, 1), complete=True)
    report.rows.create(dimension="total", orders=10, complained=1, filed=1, rejected=0)
    measure = Measure.objects.create(
        name="Thicker padding", owner=admin, started_on=dt.date(2026, 3, 1), target=3, supplier_id=supplier
    )
    return {("reports", "pk"): report.pk, ("measures", "pk"): measure.pk}


def _rulebook(organization: Organization, admin: User, mark: str) -> dict:
    """Publish rules with a code of the organization's own and begin a draft; harbor has versions more."""
    own = rule(f"{organization.slug}-1", EVERY, basis={"en": mark}, source=mark)
    for version in range(1, 2 if organization.slug == "luma" else 4):
        published = publish([own, rule("Z", EVERY)], version=version, note=mark, created_by=admin)
    RuleSet.objects.create(version=published.version + 1, rules=published.rules, note=mark)
    return {("rules", "code"): own["code"], ("versions", "version"): published.version}


def _mark(organization: Organization, mark: str) -> None:
    """Write the mark into every text of the organization that people read."""
    organization.name = mark
    organization.save(update_fields=["name"])
    User.objects.filter(memberships__organization=organization).update(name=mark)
    for model in tenant_models():
        if model.__name__ in APPEND_ONLY:
            continue
        texts = {}
        for each in model._meta.concrete_fields:
            is_text = isinstance(each, models.CharField | models.TextField) and not each.choices
            if not is_text or each.name in FOR_MACHINES or (each.max_length or SHORTEST) < SHORTEST:
                continue
            tail = "@x.example" if isinstance(each, models.EmailField) else ""
            texts[each.name] = Concat(
                Value(f"{mark}-"), Cast(F("pk"), models.TextField()), Value(tail), output_field=models.TextField()
            )
        if texts:
            model.objects.update(**texts)

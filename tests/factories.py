"""Small builders of rows. Each works inside the entered organization; names can be marked to find leaks."""

import datetime as dt
import itertools
from decimal import Decimal

from aftersales.orders.models import Customer, Order, OrderLine, Partner, Shipment, TrackingEvent

serial = itertools.count(1)
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def make_partner(kind: str = "supplier", name: str = "Foshan Oakline", **fields) -> Partner:
    fields.setdefault("reference", name)
    partner, _ = Partner.objects.get_or_create(
        kind=kind, reference=fields.pop("reference"), defaults={"name": name, **fields}
    )
    return partner


def make_order(*, number: str | None = None, email: str = "maria@customer.example", placed_at=NOON, **fields) -> Order:
    n = next(serial)
    customer, _ = Customer.objects.get_or_create(
        reference=email, defaults={"name": "María González", "email": email, "language": "en"}
    )
    order = Order.objects.create(
        number=number or f"LH-{n:06d}",
        customer=customer,
        placed_at=placed_at,
        currency="EUR",
        total=Decimal("39.90"),
        country=fields.pop("country", "MX"),
        region=fields.pop("region", "Jalisco"),
        **fields,
    )
    return order


def make_line(order: Order, *, supplier: Partner | None = None, **fields) -> OrderLine:
    fields.setdefault("product", "Ceramic table lamp, sage")
    fields.setdefault("category", "Lamps")
    fields.setdefault("unit_price", Decimal("39.90"))
    fields.setdefault("position", order.lines.count() + 1)
    return OrderLine.objects.create(order=order, supplier=supplier, **fields)


def make_shipment(order: Order, *, events: dict[str, dt.datetime] | None = None, **fields) -> Shipment:
    fields.setdefault("reference", f"S{next(serial)}")
    fields.setdefault("carrier", make_partner("carrier", "Swift Parcel"))
    shipment = Shipment.objects.create(order=order, **fields)
    for code, at in (events or {}).items():
        TrackingEvent.objects.create(shipment=shipment, code=code, at=at)
    return shipment


def make_ticket(order: Order | None = None, *, problem: str = "broken_inside", text: str = "It came broken.", **fields):
    """File a ticket as an operator on the phone would; fields: channel, by, line, filed_at …"""
    from tickets import actions

    order = order or make_order()
    line = fields.pop("line", None) or order.lines.first() or make_line(order, supplier=make_partner())
    by = fields.pop("by", actions.By.customer(order.customer))
    return actions.file_directly(
        order, line, by=by, channel=fields.pop("channel", "portal"), problem=problem, text=text, **fields
    )


def member(user, organization):
    """Return the member acting."""
    from tickets import actions

    return actions.By.member(user, user.memberships.get(organization=organization))


def to_stage(ticket, stage: str, by, *, amount: str = "10", payer: str = "agent"):
    """Take a reported ticket along the main path up to `stage`, by the ordinary actions."""
    from tickets import actions
    from tickets.models import Ticket

    def again():
        return Ticket.objects.get(pk=ticket.pk)

    if stage == "reported":
        return again()
    actions.accept(again(), by=by)
    if stage == "responsibility":
        return again()
    shares = [actions.Share(s.party, s.percent) for s in again().recommendation().shares.all()]
    actions.confirm_responsibility(again(), by=by, shares=shares, basis="As recommended.")
    if stage == "planning":
        return again()
    due = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=7)
    planned = [actions.Planned("partial_refund", due, Decimal(amount), [actions.Pays(payer, 100)])]
    plan = actions.propose_plan(again(), by=by, text="We pay a part back.", currency="EUR", actions=planned)
    if stage == "proposed":
        return again()
    actions.accept_plan(plan, by=actions.By.customer(ticket.customer))
    if stage == "executing":
        return again()
    for action in again().current_plan().actions.all():
        actions.record_execution(action, by=by, proof="PAY-1")
    actions.close(again(), by=by, outcome="partly_refunded", root_cause="packing", text="It is paid.")
    if stage == "closed":
        return again()
    actions.rate(again(), by=actions.By.customer(ticket.customer), rating=5)
    return again()

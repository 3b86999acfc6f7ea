"""Fourteen months of orders with their trace. What will be complained of is decided here, so that the trace fits it."""

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from aftersales.orders.models import Customer, Inspection, Order, OrderLine, Shipment, TrackingEvent

from . import scenes, story, trace
from .bulk import Progress, insert, row
from .organizations import Site
from .sold import Sold

Code = TrackingEvent.Code
DAY = dt.timedelta(days=1)


def make_orders(site: Site, rng: random.Random, now: dt.datetime, count: int, progress: Progress) -> list[Sold]:
    """Write about `count` orders of the site and return them, oldest first."""
    sold = list(_tell(site, rng, now, count))
    for month in range(story.MONTHS):
        _choose_complaints([s for s in sold if s.month == month], month, rng)
    further: dict[type, list] = {model: [] for model in trace.MODELS}
    for s in sold:
        s.recorded = trace.is_recorded(s, rng, now)
        _ship(s, site, rng, now)
        trace.fill_parcel(s, rng)
        trace.add_rows(s, rng, now)
    scenes.cast(site, sold, now)
    for s in sold:
        for model, rows in s.rows.items():
            further[model].extend(rows)
    _keep_one_for_you(sold, site, now)
    customers = list({s.order.customer.reference: s.order.customer for s in sold}.values())
    tables: list[list[Any]] = [
        customers,
        [s.order for s in sold],
        [s.line for s in sold],
        [s.shipment for s in sold],
        [s.inspection for s in sold if s.inspection],
        [event for s in sold for event in s.events],
        *further.values(),
    ]
    for rows in tables:
        insert(rows, progress)
    return sold


def _keep_one_for_you(sold: list[Sold], site: Site, now: dt.datetime) -> None:
    """Give a lamp that arrived lately, and that nobody complained of, to the customer that the README names."""
    fitting = [
        s for s in sold if s.order.delivered_at and not s.problem and not s.scene and s.product.picture == "lamp"
    ]
    s = max(fitting, key=lambda s: s.order.delivered_at or now)
    s.order.number, s.shipment.reference = story.YOUR_ORDER, f"P-{story.YOUR_ORDER[3:]}"
    s.order.customer = Customer(
        organization=site.organization, reference=story.YOUR_EMAIL, name="María González", email=story.YOUR_EMAIL,
        language="en",
    )  # fmt: skip


def _tell(site: Site, rng: random.Random, now: dt.datetime, count: int) -> Iterator[Sold]:
    """Yield the orders in the order of their time: a little more each month, most by day."""
    start = (now - DAY * 30 * story.MONTHS).replace(hour=0, minute=0)
    span = (now - DAY / 4 - start) / dt.timedelta(minutes=1)
    moments = sorted(start + dt.timedelta(minutes=span * rng.random() ** 0.85) for _n in range(count))
    serial = 204000 - count
    customers: dict[str, Customer] = {}
    for n, placed in enumerate(moments):
        market = rng.choices(story.MARKETS, weights=[m.weight for m in story.MARKETS])[0]
        product = rng.choices(story.PRODUCTS, weights=[5, 2, 2, 5, 4, 3, 2, 4, 2, 2, 1, 1])[0]
        customer = _customer(site, market, rng, customers, count)
        yield _order(site, rng, f"LH-{serial + n}", placed=placed, market=market, product=product, customer=customer)


def _customer(site: Site, market: story.Market, rng: random.Random, known: dict[str, Customer], count: int) -> Customer:
    name = rng.choice(market.names)
    email = f"{market.country.lower()}{market.names.index(name)}.{rng.randrange(max(4, count // 45))}@customer.example"
    if email not in known:
        known[email] = Customer(
            organization=site.organization, reference=email, name=name, email=email, language=market.language
        )
    return known[email]


def _order(
    site: Site, rng: random.Random, number: str, *, placed: dt.datetime, market: story.Market, product: story.Product,
    customer: Customer,
) -> Sold:  # fmt: skip
    quantity = 2 if rng.random() < 0.1 else 1
    freight = Decimal(rng.randrange(490, 1590)) / 100
    insured = rng.random() < 0.2
    order = row(
        Order, organization=site.organization, number=number, source="csv", customer=customer, placed_at=placed,
        paid_at=placed + dt.timedelta(minutes=rng.randrange(1, 30)), promised_on=(placed + DAY * 18).date(),
        currency=site.organization.currency, total=product.price * quantity + freight, freight=freight,
        country=market.country, region=rng.choice(market.regions), rules_version=site.rules,
        rules_accepted_at=placed, shipping_insurance="Parcel cover" if insured else "",
        insured_amount=product.price * quantity if insured else None,
    )  # fmt: skip
    trace.fill_order(order, rng)
    line = row(
        OrderLine, organization=site.organization, order=order, position=1, product=product.name, sku=product.sku,
        batch=f"B{placed:%y%m}-{rng.randrange(1, 3):02d}", specification=f"{product.name}; {product.weight} g",
        category=product.category, supplier=site.partners[product.supplier], quantity=quantity,
        unit_price=product.price,
        hs_code=product.hs, declared_value=product.price, weight_g=product.weight * quantity,
    )  # fmt: skip
    carrier = rng.choices(list(story.CARRIERS), weights=list(story.CARRIERS.values()))[0]
    shipment = row(
        Shipment, organization=site.organization, order=order, reference=f"P-{number[3:]}",
        carrier=site.partners[carrier], warehouse=site.partners[rng.choice(story.WAREHOUSES)],
        route=f"SZX–{market.country}",
    )  # fmt: skip
    month = min(story.MONTHS - 1, int((placed - site.organization.created_at) / (DAY * 30)))
    return Sold(order, line, product, market, shipment, max(0, month))


def rate_of(month: int) -> float:
    """Return the part of a month's orders that is complained of: 12 % in the first, 4.8 % in the last but one."""
    progress = min(1.0, month / (story.MONTHS - 2))
    return story.FIRST_RATE * (story.LAST_RATE / story.FIRST_RATE) ** progress


def _choose_complaints(sold: list[Sold], month: int, rng: random.Random) -> None:
    """Mark as many orders as the month's rate says, the likelier ones first, with the problem that fits them."""
    measured = month >= story.PADDING_MONTH
    weights = []
    for s in sold:
        before, after = story.SUPPLIERS[s.product.supplier][3:]
        crushed = (
            1.5
            if s.shipment.carrier and s.shipment.carrier.name == "Swift Parcel" and month < story.CARRIER_MONTH
            else 1
        )
        weights.append(rng.random() ** (1 / ((after if measured else before) * crushed)))
    # Weighted sampling without replacement (Efraimidis and Spirakis 2006).
    chosen = sorted(range(len(sold)), key=weights.__getitem__, reverse=True)[: round(rate_of(month) * len(sold))]
    for index in chosen:
        sold[index].problem = _problem(sold[index], month, rng)


def _problem(s: Sold, month: int, rng: random.Random) -> str:
    weights = dict(story.PROBLEMS)
    swift = s.shipment.carrier is not None and s.shipment.carrier.name == "Swift Parcel"
    weights["broken_inside"] = int(weights["broken_inside"] * (2 if s.product.supplier == "Foshan Oakline" else 0.5))
    weights["crushed"] *= 3 if swift else 1
    weights["lost"] *= 2 if swift else 1
    weights["wrong_item"] *= 2 if s.product.picture == "plug" else 0
    weights["defective"] = weights["defective"] * 2 if s.product.category in ("Electronics", "Kitchen", "Lamps") else 0
    if s.product.category in ("Textiles", "Office", "Storage"):
        weights["broken_inside"] = weights["missing_part"] = 0
    weights["counterfeit"] *= 4 if s.product.category == "Textiles" else 1
    for problem, since, left in (
        ("broken_inside", story.PADDING_MONTH, 0.4),
        ("wrong_item", story.PLUG_MONTH, 0.3),
        ("crushed", story.CARRIER_MONTH, 0.25),
    ):
        if month >= since:
            weights[problem] = round(weights[problem] * left)
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _ship(s: Sold, site: Site, rng: random.Random, now: dt.datetime) -> None:
    """Tell the parcel's way as far as it has come, in line with the problem."""
    placed, shipment, weight = s.order.placed_at, s.shipment, s.line.weight_g or 0
    packed = placed + DAY * rng.uniform(2, 4)
    transit = rng.uniform(19, 26) if s.problem == "delayed" else rng.uniform(7, 13)
    delivered = packed + DAY * transit
    shipment.estimated_weight_g = weight + 200
    shipment.volume_cm3 = weight * 4
    shipment.estimated_freight, shipment.charged_freight = s.order.freight, s.order.freight
    # Most broken lamps come from the days before the measure; afterwards somebody forgets now and then.
    thin = s.product.supplier == "Foshan Oakline" and (
        s.month < story.PADDING_MONTH or (s.problem == "broken_inside" and rng.random() < 0.4)
    )
    if s.recorded and placed + DAY * 1.5 < now and rng.random() < 0.75:
        s.inspection = Inspection(
            organization=site.organization, line=s.line, level=rng.choice(["basic", "basic", "detailed"]),
            result="fail" if s.problem and rng.random() < 0.06 else "pass", checked="count, colour, surface",
            at=placed + DAY * 1.5, by="Shenzhen line 2",
        )  # fmt: skip
    steps: list[tuple[str, dt.datetime, str]] = []
    if packed < now:
        shipment.packed_at, shipment.tracking_number = packed, f"SW{s.order.number[3:]}7CN"
        shipment.packing_note = "one layer of bubble wrap" if thin else "three layers of bubble wrap, double carton"
        steps = [(Code.PICKED_UP, packed + DAY / 2, "Shenzhen"), (Code.DEPARTED, packed + DAY * 1.5, "Hong Kong")]
        if s.problem == "lost":
            delivered = now + DAY
        else:
            steps.append((Code.ARRIVED, packed + DAY * transit * 0.6, s.order.region))
            if s.problem == "unexpected_duty":
                steps.append((Code.CUSTOMS_HOLD, packed + DAY * transit * 0.7, s.order.region))
            if s.problem == "crushed" and rng.random() < 0.7:
                steps.append((Code.EXCEPTION_DAMAGE, packed + DAY * transit * 0.8, s.order.region))
            steps.append((Code.DELIVERED, delivered, s.order.region))
    if steps and steps[0][1] < now:
        shipment.shipped_at = steps[0][1]
    s.events = [
        row(TrackingEvent, organization=site.organization, shipment=shipment, code=code, at=at, place=place)
        for code, at, place in steps
        if at < now and s.recorded
    ]
    if delivered < now and packed < now:
        s.order.delivered_at = shipment.delivered_at = delivered
        shipment.signed = "clean" if rng.random() < 0.8 else "left at the door"
    elif s.problem not in ("lost", "delayed"):
        s.problem = ""

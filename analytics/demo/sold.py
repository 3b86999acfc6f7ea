"""One order while it is being told."""

from dataclasses import dataclass, field
from typing import Any

from aftersales.orders.models import Inspection, Order, OrderLine, Shipment, TrackingEvent

from . import story


@dataclass
class Sold:
    """An order with its rows. `rows`: what else the record holds of it, by model; `fault`: what customs would find;
    `scene`: the story that the ordinary actions tell of it; `recorded`: whether the record is kept in full."""

    order: Order
    line: OrderLine
    product: story.Product
    market: story.Market
    shipment: Shipment
    month: int
    problem: str = ""
    fault: str = ""
    scene: str = ""
    events: list[TrackingEvent] = field(default_factory=list)
    inspection: Inspection | None = None
    recorded: bool = True
    rows: dict[type, list[Any]] = field(default_factory=dict)

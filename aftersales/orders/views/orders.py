"""Orders on the desk."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.permissions import Permission, requires

from .. import queries
from ..forms import OrderFilter
from ..models import Order, Partner
from ..trace import days_late, kilograms, trace, weight_differs


@requires(Permission.WORK)
def orders(request: HttpRequest, org: str) -> HttpResponse:
    """The list, newest first, with search and filters in the address."""
    chosen = OrderFilter(request.GET).chosen()
    q, everything = chosen["q"].strip(), request.GET.get("in") == "all"
    found = queries.orders(
        q=q, everything=everything, cursor=request.GET.get("page", ""), zone=request.organization.zone,
        **{name: chosen[name] for name in ("supplier", "country", "region", "delivery")},
    )  # fmt: skip
    for order in found.page.rows:
        _stand(order)
    return render(request, "desk/orders.html", {
        "q": q, "chosen": chosen, "found": found, "rows": found.page.rows,
        "suppliers": queries.suppliers_to_choose(), "countries": queries.countries(),
        "regions": queries.regions(chosen["country"]), "delivery": OrderFilter.DELIVERY,
        "chips": _chips(request, chosen), "clear_url": reverse("desk:orders", args=[org]),
        "previous_url": _page(request, found.page.previous), "next_url": _page(request, found.page.next),
    })  # fmt: skip


@requires(Permission.WORK)
def order(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """One order: its trail, items, parcels, facts and tickets."""
    try:
        found = queries.order_page(number)
    except Order.DoesNotExist:
        raise Http404 from None
    _stand(found)
    return render(request, "desk/order.html", {
        "order": found, "entries": trace(found),
        "parcels": [_parcel(shipment) for shipment in found.shipments.all()],
    })  # fmt: skip


def _stand(order: Order) -> None:
    """Set what `desk/_order_status.html` reads."""
    order.days_late = days_late(order, order.delivered_at)  # type: ignore[attr-defined]
    order.overdue = not order.delivered_at and days_late(order, timezone.now()) > 0  # type: ignore[attr-defined]


def _parcel(shipment) -> dict:
    weights = {name: kilograms(getattr(shipment, f"{name}_weight_g")) for name in ("estimated", "charged", "delivery")}
    return {"shipment": shipment, "weights": weights, "weight_differs": weight_differs(shipment)}


def _page(request: HttpRequest, cursor: str) -> str:
    if not cursor:
        return ""
    query = request.GET.copy()
    query["page"] = cursor
    return f"?{query.urlencode()}"


def _chips(request: HttpRequest, chosen: dict) -> list[dict]:
    """The filters that are on, each with the address of the page without it."""
    texts = {
        "country": _("Country: %(name)s") % {"name": chosen["country"]},
        "region": _("Region: %(name)s") % {"name": chosen["region"]},
        "delivery": str(dict(OrderFilter.DELIVERY).get(chosen["delivery"], "")),
    }
    if chosen["supplier"]:
        name = Partner.objects.filter(pk=chosen["supplier"]).values_list("name", flat=True).first()
        texts["supplier"] = _("Supplier: %(name)s") % {"name": name or "–"}
    chips = []
    for name, text in texts.items():
        if chosen[name]:
            query = request.GET.copy()
            for key in (name, "page"):
                query.pop(key, None)
            chips.append({"label": text, "url": f"?{query.urlencode()}"})
    return chips

"""The links that a partner holds, for the desk: what each opens, where it went, whether it was used and stands."""

from aftersales.orders.models import Partner
from aftersales.orders.paging import Page, page_by_key

from ..models import SignedLink

PER_PAGE = 25


def links(partner: Partner, cursor: str) -> Page:
    """Return a page of the partner's links, the latest first, each with its ticket. No token is among them."""
    found = SignedLink.objects.filter(partner=partner).select_related("ticket")
    return page_by_key(found, key="created_at", cursor=cursor, size=PER_PAGE, descending=True)


def link(partner: Partner, pk: int) -> SignedLink | None:
    """Return one of the partner's links, or None."""
    return SignedLink.objects.filter(partner=partner, pk=pk).first()

"""The customer's door: finding an order, opening a mailed link, the order itself."""

import hmac

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access, actions, links, throttle
from ..forms.customer import FindForm
from ..models import SignedLink
from ..queries import customer as queries


@access.customer_page
@require_safe
def home(request: HttpRequest, org: str) -> HttpResponse:
    """What can be done here: find an order, read the rules, go on with what is open."""
    return _home(request, FindForm())


def _home(request: HttpRequest, form: FindForm, status: int = 200, wait: int = 0) -> HttpResponse:
    context = {"form": form, "orders": access.open_orders(request), "minutes": -(-wait // 60)}
    response = render(request, "portal/home.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


@access.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, org: str) -> HttpResponse:
    """Open an order by number and e-mail. A wrong number and a wrong e-mail get the same answer; tries are counted."""
    if request.method != "POST":
        return redirect("portal:home", org=org)
    form = FindForm(request.POST)
    if not form.is_valid():
        return _home(request, form, 422)
    counts = (
        (throttle.FIND_BY_ADDRESS, request.organization.pk, throttle.client_address(request)),
        (throttle.FIND_BY_ORGANIZATION, request.organization.pk),
    )
    for count in counts:
        if wait := throttle.take(*count):
            return _home(request, form, 429, wait)
    order = _match(**form.cleaned_data)
    if order is None:
        form.add_error(None, _("We found no order with this number and this e-mail. Please check both."))
        return _home(request, form, 422)
    for count in counts:
        throttle.give_back(*count)
    access.grant_order(request, order)
    response = redirect("portal:order", org=org, number=order.number)
    return access.speak(request, response, order.customer.language)


def _match(number: str, email: str):
    """Return the order with this number whose customer has this e-mail, or None.

    The comparison takes the same time for a number that does not exist.
    """
    typed, found = email.strip().casefold().encode(), None
    orders = list(queries.candidates(number))
    for order in orders:
        kept = order.customer.email.strip().casefold().encode()
        if hmac.compare_digest(typed, kept) and kept:
            found = order
    if not orders:
        hmac.compare_digest(typed, typed[::-1])
    return found


@access.customer_page
@require_safe
def link(request: HttpRequest, org: str, token: str) -> HttpResponse:
    """Exchange a mailed link for the session, so that no token stays in an address. Mail scanners change nothing."""
    found = links.open_link(token)
    if found is None or found.kind in SignedLink.OF_PARTNERS or not found.is_valid:
        return render(request, "portal/link_closed.html", {"token": token}, status=404)
    access.grant_link(request, found)
    if found.kind == SignedLink.Kind.ORDER:
        response = redirect("portal:order", org=org, number=found.order.number)
        language = found.order.customer.language
    else:
        response = redirect("portal:ticket", org=org, number=found.ticket.number)
        language = found.ticket.language
    response["Referrer-Policy"] = "no-referrer"
    return access.speak(request, response, language)


@access.customer_page
@require_POST
def renew(request: HttpRequest, org: str) -> HttpResponse:
    """Mail a new link to where the old one went. The answer is the same whether one was sent or not."""
    found = links.open_link(request.POST.get("token"))
    waits = throttle.take(throttle.RENEW_BY_ADDRESS, request.organization.pk, throttle.client_address(request))
    if found is not None and found.kind not in SignedLink.OF_PARTNERS and not waits:
        actions.renew_link(found)
    return render(request, "portal/link_sent.html")


@access.customer_page
@require_safe
def order(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The order: its items and the complaints on them."""
    found = access.accessible_order(request, number)
    return render(request, "portal/order.html", {"order": found, **queries.order_page(found)})


@access.customer_page
@require_POST
def leave(request: HttpRequest, org: str) -> HttpResponse:
    """Close on this device whatever was opened."""
    access.leave(request)
    messages.success(request, _("Your orders are closed on this device."))
    return redirect("portal:home", org=org)

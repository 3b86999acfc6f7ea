"""An operator files for a customer: finds the order, then one page."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.orders.models import Order
from aftersales.orders.queries import direct_hits
from aftersales.tenants.permissions import Permission, requires

from ... import actions
from ...forms.filing_desk import FileForDeskForm, FindOrderForm
from ...models import FilingDraft, Ticket
from ...queries.filters import clean
from ..attempts import attempt
from .page import by_of

MOST = 10


@requires(Permission.WORK)
@require_safe
def file_new(request: HttpRequest, org: str) -> HttpResponse:
    """Find the order by its number, the customer's e-mail or a tracking number; one hit leads straight on."""
    text = clean(request.GET.get("q", ""))
    found = list(direct_hits(text).select_related("customer").order_by("-placed_at", "-pk")[: MOST + 1]) if text else []
    if len(found) == 1:
        return redirect("desk:file", org=org, number=found[0].number)
    context = {
        "find": FindOrderForm(initial={"q": text}),
        "text": text,
        "found": found[:MOST],
        "more": len(found) > MOST,
    }
    return render(request, "desk/file_new.html", context)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """File a complaint about an order, with the channel it came by."""
    order = Order.objects.select_related("customer").prefetch_related("lines__supplier").filter(number=number).first()
    if order is None:
        raise Http404
    order.organization = request.organization
    data = request.POST if request.method == "POST" else None
    form = FileForDeskForm(data, order=order, default_language=request.organization.language)
    status = 200
    if data is not None:
        made: list[tuple[Ticket, bool]] = []
        status = attempt(form, lambda cleaned: made.append(_file(request, order, form, cleaned)))
        if made and not status:
            ticket, is_new = made[0]
            said = _("Filed as %(number)s.") if is_new else _("This was filed already as %(number)s.")
            messages.success(request, said % {"number": ticket.number})
            return redirect("desk:ticket", org=org, number=ticket.number)
    tickets = Ticket.objects.filter(order=order).select_related("line").order_by("-filed_at")[:5]
    return render(request, "desk/file.html", {"form": form, "order": order, "tickets": tickets}, status=status or 200)


def _file(request: HttpRequest, order: Order, form: FileForDeskForm, cleaned: dict[str, Any]) -> tuple[Ticket, bool]:
    """Return the ticket and whether it is new: the second click finds what the first has made."""
    opener = f"member:{request.user.pk}:{cleaned['key'].hex}"
    sent = FilingDraft.objects.filter(opener=opener).exclude(ticket=None).select_related("ticket").first()
    if sent:
        return sent.ticket, False
    draft = actions.start_filing(order, cleaned["line"], opener=opener, language=cleaned["language"], user=request.user)
    actions.save_draft(
        draft,
        problem=cleaned["problem"],
        wish=cleaned["wish"],
        text=form.words_of_customer(),
        language=cleaned["language"],
    )
    return actions.file_ticket(draft, by=by_of(request), channel=cleaned["channel"])

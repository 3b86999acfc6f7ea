"""The partner's list of open tickets behind one link, with the same answers on each row as on the ticket's own page."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from .. import access, actions
from ..forms import partner as forms
from ..models import PartnerRequest, SignedLink
from ..queries import partner_list as queries
from .attempts import attempt

Answer = PartnerRequest.Answer
KINDS = (Answer.ACCEPTED.value, Answer.PARTLY.value, Answer.CONTESTED.value)
FILTERS = ("show", "problem", "since", "until", "page")


@access.partner_page
@require_safe
def show(request: HttpRequest, org: str) -> HttpResponse:
    """Every open ticket of the partner, the soonest deadline first."""
    return _list(request, access.accessible_inbox(request), request.GET)


def _list(request: HttpRequest, link: SignedLink, query, sent: tuple[int, forms.RowForm] | None = None, status=200):
    """Draw the list; `sent` is the row's form that needs mending, by the request's key."""
    partner = link.partner
    filters = forms.FilterForm(query)
    chosen = filters.chosen()
    with timezone.override(partner.time_zone):
        page = queries.page(partner, chosen, query.get("page", ""), timezone.get_current_timezone())
        for row in page.rows:
            row.forms = {kind: forms.RowForm(row=row.pk, kind=kind) for kind in KINDS}
            row.may_answer = not row.answer and row.percent > 0
            if sent and sent[0] == row.pk:
                row.sent = sent[1]
                row.forms[sent[1]["answer"].value()] = sent[1]
        kept = {name: query[name] for name in FILTERS if query.get(name)}
        context = {
            "rows": page.rows, "partner": partner, "filters": filters, "tabs": _tabs(kept, chosen, partner),
            "form": sent[1] if sent else None, "kept": kept, "narrowed": len(chosen) > 0,
            "previous_url": _url(kept | {"page": page.previous}) if page.previous else "",
            "next_url": _url(kept | {"page": page.next}) if page.next else "",
        }  # fmt: skip
        return render(request, "partner/list.html", context, status=status)


def _url(kept: dict[str, str]) -> str:
    return f"?{urlencode(kept)}"


def _tabs(kept: dict[str, str], chosen: dict, partner) -> list[dict]:
    numbers = queries.counts(partner)
    rest = {name: value for name, value in kept.items() if name not in ("show", "page")}
    return [
        {
            "label": label, "url": _url(rest | ({"show": value} if value else {})), "count": numbers.get(value),
            "current": chosen.get("show", "") == value,
        }
        for value, label in forms.FilterForm.SHOW
    ]  # fmt: skip


@access.partner_page
@require_POST
def answer(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Answer one row without leaving the list: all of it, a share, or not ours."""
    link = access.accessible_inbox(request)
    asked = access.accessible_request(request, number, partner=link.partner_id)
    kind = request.POST.get("answer", "")
    sent = forms.RowForm(request.POST, row=asked.pk, kind=kind if kind in KINDS else Answer.ACCEPTED.value)
    by = actions.By.partner_contact(asked.partner)
    failed = attempt(sent, lambda data: actions.answer_request(asked, by=by, **data))
    if failed:
        return _list(request, link, request.POST, (asked.pk, sent), failed)
    said = _("%(number)s: thank you, we have your answer.") % {"number": number}
    messages.success(request, said)
    kept = {name: request.POST[name] for name in FILTERS if request.POST.get(name)}
    return redirect(reverse("partner:list", args=[org]) + _url(kept))


@access.partner_page
@require_POST
def seen(request: HttpRequest, org: str) -> HttpResponse:
    """The list was looked at by somebody whose browser runs it."""
    actions.mark_used(access.accessible_inbox(request))
    return HttpResponse(status=204)

"""One piece of evidence: seen large, beside another one, with its log; and what a manager may do with it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from aftersales.tenants.permissions import requires
from aftersales.tenants.roles import Permission
from tickets.actions import By
from tickets.forms.desk import DeskForm, area
from tickets.models import Ticket
from tickets.views.attempts import attempt

from .. import history, keeping, looking

NUMBER = 18


class ReasonForm(DeskForm):
    """Why evidence is deleted, or kept whatever happens."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=area(2))

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{name}-%s", **kwargs)
        self.fields["reason"].error_messages["required"] = _("Write why; it stays in the log.")


@requires(Permission.WORK)
@require_safe
@vary_on_headers("HX-Request")
def evidence(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Show one piece; `with` puts another one beside it, `before` goes back in its log. The viewer asks for the part
    of the page that it shows."""
    return _page(request, pk)


def _page(request: HttpRequest, pk: int, bound: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    piece = looking.with_matches(_piece(pk))
    beside = looking.beside(piece)
    other = _other(request.GET.get("with", ""), pk, beside)
    context: dict[str, Any] = {
        "piece": piece,
        "other": other,
        # One of another ticket is not among those that are offered.
        "foreign": other is not None and all(each.pk != other.evidence.pk for each in beside),
        "beside": beside,
        "manager": request.membership.can(Permission.MANAGE),
    }
    if request.htmx:
        return render(request, "evidence/_look.html", context)
    context["log"], context["log_before"] = history.log(piece.evidence, _number(request.GET.get("before", "")))
    context["asked"] = history.asked(piece.ticket) if piece.ticket else []
    names = ("delete", "hold", "erase") if context["manager"] else ()
    context["forms"] = {name: ReasonForm(name=name) for name in names} | (bound or {})
    context["form"] = next(iter((bound or {}).values()), None)
    return render(request, "evidence/look.html", context, status=status)


def _piece(pk: int) -> looking.Piece:
    row = looking.find(pk)
    if row is None:
        raise Http404
    return looking.piece_of(row)


def _other(wanted: str, pk: int, beside: list[looking.Choice]) -> looking.Piece | None:
    """Return what a picture is compared with; "best" is the first that is offered."""
    chosen = next((each.pk for each in beside), None) if wanted == "best" else _number(wanted)
    if not chosen or chosen == pk:
        return None
    piece = _piece(chosen)
    piece.note = next((each.note for each in beside if each.pk == chosen), "")
    return piece


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= NUMBER else None


@requires(Permission.MANAGE)
@require_POST
def evidence_delete(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Delete the bytes and keep the record of it."""
    piece = _piece(pk)
    by = By.member(request.user, request.membership)
    done = _("Deleted. Its row, its hash and its log stay.")
    return _act(
        request, pk, "delete", lambda reason: keeping.delete_evidence(piece.evidence, by=by, reason=reason), done
    )


@requires(Permission.MANAGE)
@require_POST
def evidence_hold(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Put the ticket's evidence under legal hold."""
    ticket = get_object_or_404(Ticket, number=number)
    by = By.member(request.user, request.membership)
    done = _("The ticket's evidence is under legal hold.")
    return _act(
        request, _shown(request, ticket), "hold", lambda why: keeping.place_hold(ticket, by=by, reason=why), done
    )


@requires(Permission.MANAGE)
@require_POST
def evidence_release(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """End the ticket's legal hold."""
    ticket = get_object_or_404(Ticket, number=number)
    shown = _shown(request, ticket)
    form = forms.Form(request.POST)
    if attempt(form, lambda _data: keeping.release_hold(ticket, by=By.member(request.user, request.membership))):
        messages.error(request, " ".join(form.non_field_errors()))
    else:
        messages.success(request, _("The legal hold has ended."))
    return redirect("desk:evidence", org=org, pk=shown)


@requires(Permission.MANAGE)
@require_POST
def evidence_erase(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Delete everything that the ticket's customer sent."""
    ticket = get_object_or_404(Ticket, number=number)
    by = By.member(request.user, request.membership)
    found: list[int] = []

    def erase(reason: str) -> None:
        found.append(keeping.erase_person(ticket, by=by, reason=reason))

    def done() -> str:
        return ngettext("%(n)d piece deleted.", "%(n)d pieces deleted.", found[0]) % {"n": found[0]}

    return _act(request, _shown(request, ticket), "erase", erase, done)


def _shown(request: HttpRequest, ticket: Ticket) -> int:
    """Return the piece of the ticket whose page the form stood on; its first one where the form names none of it."""
    of_ticket = keeping.of_ticket(ticket)
    named = _number(request.POST.get("piece", ""))
    found = of_ticket.filter(pk=named).first() if named else of_ticket.first()
    if found is None:
        raise Http404
    return found.pk


def _act(
    request: HttpRequest, pk: int, name: str, do: Callable[[str], Any], done: str | Callable[[], str]
) -> HttpResponse:
    form = ReasonForm(request.POST, name=name)
    status = attempt(form, lambda data: do(data["reason"]))
    if status:
        return _page(request, pk, {name: form}, status)
    messages.success(request, done() if callable(done) else done)
    return redirect("desk:evidence", org=request.organization.slug, pk=pk)

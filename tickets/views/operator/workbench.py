"""The workbench: one ticket on one screen, and the everyday work on it that takes no arrow."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.orders.models import Order
from aftersales.orders.queries import load_trace
from aftersales.orders.trace import trace
from aftersales.tenants.permissions import Permission, requires

from ... import actions, links
from ...forms import desk as forms
from ...models import EvidenceRequest
from ...problems import Problem
from ...queries import bench
from .page import act, by_of, hidden_from_partner, loaded, ticket_of, ticket_page


@requires(Permission.WORK)
@require_safe
def ticket(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Everything about one ticket; `do` opens a form of the menu, `write` a tab of the writing box."""
    return ticket_page(request, number)


@requires(Permission.WORK)
@require_safe
def ticket_news(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Whether the ticket changed since the page was drawn; asked every 15 seconds, 304 while it is the same."""
    changed = f"{ticket_of(request, number).changed_at.timestamp():.6f}"
    tag = f'"{get_language()}-{changed}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        context = {"changed": changed != request.GET.get("since", ""), "number": number}
        response = render(request, "desk/_ticket_news.html", context)
    response["ETag"] = tag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@requires(Permission.WORK)
@require_safe
def ticket_trail(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The order's trail, fetched when the rest of the page stands already; without script a link leads to the order."""
    order = get_object_or_404(Order, tickets__number=number)
    return render(request, "desk/_ticket_trail.html", {"trail": trace(load_trace(order)), "order": order})


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────
SAID = {
    "public": _("Sent to the customer."),
    "internal": _("Noted for the team."),
    "partner": _("Sent to the partner; the customer does not see it."),
}


def _write(request: HttpRequest, number: str, form: forms.WriteForm) -> HttpResponse:
    ticket = ticket_of(request, number)
    return act(
        request,
        ticket,
        form.name,
        form,
        lambda data: actions.write_message(
            ticket,
            by=by_of(request),
            audience=form.audience,
            text=data["text"],
            partner=bench.partner(data.get("partner")),
        ),
        done=str(SAID[form.audience]),
        anchor="#write",
    )


@requires(Permission.WORK)
@require_POST
def reply(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Write to the customer."""
    return _write(request, number, forms.ReplyForm(request.POST))


@requires(Permission.WORK)
@require_POST
def note(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Write a note that only members read."""
    return _write(request, number, forms.NoteForm(request.POST))


@requires(Permission.WORK)
@require_POST
def write_partner(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Write into a partner's thread: one that stands for a party on the order, or was asked."""
    ticket = loaded(request, number)
    known = [(row["partner"], row["name"]) for row in bench.requests(ticket)]
    known += [each for names in bench.candidates(ticket).values() for each in names]
    form = forms.PartnerMessageForm(
        request.POST, partners=dict(known).items(), order=hidden_from_partner(request, ticket)
    )
    return _write(request, number, form)


@requires(Permission.WORK)
@require_POST
def ask(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Ask for what decides the case: each of whoever can bring it."""
    ticket = ticket_of(request, number)
    form = forms.AskProofsForm(request.POST, order=hidden_from_partner(request, ticket))
    asked: list[EvidenceRequest] = []

    def do(data: dict) -> None:
        again = "once" not in request.POST
        asked.extend(
            actions.ask_for_proofs(ticket, by=by_of(request), proofs=data["proofs"], text=data["text"], again=again)
        )

    to = f"desk:{page}" if (page := request.POST.get("from")) in ("facts", "claims") else "desk:ticket"
    return act(request, ticket, "ask", form, do, done=lambda: _asked(asked), to=to)


def _asked(rows: list[EvidenceRequest]) -> str:
    if not rows:
        return gettext("All of this was asked for already. Nothing was sent a second time.")
    partners = ", ".join(dict.fromkeys(str(row.partner) for row in rows if row.partner))
    if not partners:
        return gettext("Asked the customer.")
    if all(row.partner for row in rows):
        return gettext("Asked %(partners)s.") % {"partners": partners}
    return gettext("Asked the customer and %(partners)s.") % {"partners": partners}


# ── whose it is, what it is ────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.WORK)
@require_POST
def assign(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Give the ticket to a member, a team, or nobody."""
    ticket = ticket_of(request, number)
    return act(
        request,
        ticket,
        "assign",
        forms.AssignForm(request.POST, organization=request.organization),
        lambda data: actions.assign(ticket, by=by_of(request), user=data["user"], team=data["team"]),
        done=str(_("The owner was changed.")),
    )


@requires(Permission.WORK)
@require_POST
def problem(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Correct the problem."""
    ticket = ticket_of(request, number)

    def change(data: dict) -> None:
        actions.set_problem(ticket, by=by_of(request), problem=Problem(data["problem"]))

    done = str(_("The problem was changed; the recommendation was made anew."))
    return act(request, ticket, "problem", forms.ProblemForm(request.POST), change, done=done)


@requires(Permission.WORK)
@require_POST
def send_link(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Send the customer a link to the ticket and show it this once: it can be read out or put into a chat."""
    ticket = ticket_of(request, number)
    link = actions.send_link(ticket, by=by_of(request))
    return ticket_page(request, number, link=links.url_of(link))

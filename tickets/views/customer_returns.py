"""The customer sends goods back: what, where to, until when, and what became of it."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from .. import access, actions
from ..forms.returns import SentForm
from ..models import Return, Ticket
from ..queries import returns as queries
from ..queries.customer import photos_of
from .attempts import attempt


def _found(request: HttpRequest, number: str, rma: str) -> tuple[Ticket, Return]:
    ticket = access.accessible_ticket(request, number)
    returned = queries.for_customer(ticket, rma)
    if returned is None:
        raise Http404
    return ticket, returned


def _page(
    request: HttpRequest, ticket: Ticket, returned: Return, form: Form | None = None, status: int = 200
) -> HttpResponse:
    photos = [p for p in returned.evidence.all() if p.state == "ready"]  # type: ignore[attr-defined]
    context = {
        "ticket": ticket, "returned": returned, "lines": list(returned.lines.all()), "steps": queries.steps(returned),
        "late": queries.is_late(returned), "form": form, "sent": form or SentForm(),
        "says": queries.sentence(returned),
        "may_send": returned.state == Return.State.AUTHORISED, "photos": photos,
        # Beside what came back stands what the customer showed in the complaint.
        "theirs": [p for p in photos_of(ticket) if p.state == "ready"] if photos else [],
    }  # fmt: skip
    return render(request, "portal/return.html", context, status=status)


@access.customer_page
@require_safe
def show(request: HttpRequest, org: str, number: str, rma: str) -> HttpResponse:
    """What comes back, where to, and where it is."""
    return _page(request, *_found(request, number, rma))


@access.customer_page
@require_POST
def sent(request: HttpRequest, org: str, number: str, rma: str) -> HttpResponse:
    """The customer says that the parcel is on its way. A second press finds it so."""
    ticket, returned = _found(request, number, rma)
    form = SentForm(request.POST)
    by = actions.By.customer(ticket.customer)
    failed = attempt(
        form, lambda data: actions.mark_sent(returned, by=by, carrier=data["carrier"], tracking=data["tracking"])
    )
    if failed:
        return _page(request, *_found(request, number, rma), form=form, status=failed)
    messages.success(request, _("Thank you. We tell you when it has arrived."))
    return redirect("portal:return", org=request.organization.slug, number=number, rma=rma)

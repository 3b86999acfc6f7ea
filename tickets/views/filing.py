"""Filing a complaint in three steps: problem, photos, wish. However often it is sent, it becomes one ticket."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.orders.models import Order, OrderLine

from .. import access, actions, clocks
from ..forms.customer import WISH_HINTS, WISH_ICONS, ProblemForm, WishForm
from ..guide import shots_of
from ..models import FilingDraft
from ..models.ticket import Channel
from ..problems import TILES
from ..queries import customer as queries
from .attempts import attempt
from .photo_places import photo_page

TILE_ICONS = {tile.problem.value: tile.icon for tile in TILES}
WHOLE_ORDER = "order"


@access.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Step 1: the item (chosen where there is only one), then what went wrong."""
    order = access.accessible_order(request, number)
    lines = list(order.lines.order_by("position"))
    item = request.GET.get("item", "")
    if not item and len(lines) > 1:
        return render(request, "portal/file_item.html", {"order": order, "lines": lines})
    line = _line(lines, item)
    draft = queries.open_draft(order, line, access.opener(request))
    sent = request.POST if request.method == "POST" else None
    form = ProblemForm(sent, initial={"problem": draft.problem if draft else ""})
    if request.method == "POST":
        status = attempt(form, lambda data: _begin(request, order, line, data["problem"]))
        if not status:
            begun = queries.open_draft(order, line, access.opener(request))
            return redirect(_after_problem(org, begun))
    context = {
        "order": order, "line": line, "several": len(lines) > 1, "form": form, "icons": TILE_ICONS,
        "told": list(queries.told_already(order, line)[:3]),
    }  # fmt: skip
    return render(request, "portal/file.html", context, status=422 if request.method == "POST" else 200)


def _line(lines: list[OrderLine], item: str) -> OrderLine | None:
    """Return the chosen item, None for the order as a whole. Raises Http404 for an item of another order."""
    if item == WHOLE_ORDER or not lines:
        return None
    if not item:
        return lines[0]
    for line in lines:
        if str(line.pk) == item:
            return line
    raise Http404


def _begin(request: HttpRequest, order: Order, line: OrderLine | None, problem: str) -> FilingDraft:
    language = get_language() or request.organization.language
    draft = actions.start_filing(order, line, opener=access.opener(request), language=language)
    return actions.save_draft(draft, problem=problem, language=language)


def _after_problem(org: str, draft: FilingDraft) -> str:
    """Return the next page: photos, or the wish where no photo can help."""
    step = "portal:file_photos" if shots_of(draft.problem) else "portal:file_wish"
    return reverse(step, args=[org, draft.key])


def _sent(org: str, draft: FilingDraft) -> HttpResponse:
    return redirect("portal:sent", org=org, number=draft.ticket.number)


@access.customer_page
@require_safe
def file_photos(request: HttpRequest, org: str, key: uuid.UUID) -> HttpResponse:
    """Step 2: photos, in the places that help with this problem. They are sent as they are chosen."""
    draft = access.accessible_draft(request, key)
    if draft.ticket_id:
        return _sent(org, draft)
    context = photo_page(
        draft, shots_of(draft.problem), add=reverse("portal:photo_add", args=[org, key]),
        remove=reverse("portal:photo_remove", args=[org, key]), after=reverse("portal:file_wish", args=[org, key]),
    )  # fmt: skip
    return render(request, "portal/file_photos.html", {"draft": draft, "back": _start(org, draft), **context})


def _start(org: str, draft: FilingDraft) -> str:
    """Return the address of step 1 for this draft."""
    return reverse("portal:file", args=[org, draft.order.number]) + f"?item={draft.line_id or WHOLE_ORDER}"


@access.customer_page
@require_safe
def file_wish(request: HttpRequest, org: str, key: uuid.UUID) -> HttpResponse:
    """Step 3: the wish, a sentence, where the answer goes and by when."""
    draft = access.accessible_draft(request, key)
    if draft.ticket_id:
        return _sent(org, draft)
    return _wish(request, org, draft, WishForm(problem=draft.problem, initial={"wish": draft.wish, "text": draft.text}))


def _wish(request: HttpRequest, org: str, draft: FilingDraft, form: WishForm, status: int = 200) -> HttpResponse:
    context = {
        "draft": draft, "form": form, "icons": WISH_ICONS, "hints": WISH_HINTS, "rules": queries.current_rules(),
        "email": queries.masked(draft.order.customer.email),
        "answer_by": clocks.due_from(request.organization, "reported", timezone.now()),
        "back": reverse("portal:file_photos", args=[org, draft.key]) if shots_of(draft.problem) else _start(org, draft),
    }  # fmt: skip
    return render(request, "portal/file_wish.html", context, status=status)


@access.customer_page
@require_POST
def file_send(request: HttpRequest, org: str, key: uuid.UUID) -> HttpResponse:
    """Send it. The double click, the reload and the second tab come to the same ticket."""
    draft = access.accessible_draft(request, key)
    if draft.ticket_id:
        return _sent(org, draft)
    form = WishForm(request.POST, problem=draft.problem)
    by = actions.By.customer(draft.order.customer)

    def send(data):
        actions.save_draft(draft, wish=data["wish"], text=data["text"])
        draft.ticket, _new = actions.file_ticket(draft, by=by, channel=Channel.PORTAL)

    status = attempt(form, send)
    return _wish(request, org, draft, form, status) if status else _sent(org, draft)


@access.customer_page
@require_safe
def sent(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """It is sent: the number, what happens next and by when."""
    ticket = access.accessible_ticket(request, number)
    context = {
        "ticket": ticket,
        "email": queries.masked(ticket.customer.email),
        "whole": access.may_open_order(request, ticket.order),
    }
    return render(request, "portal/sent.html", context)

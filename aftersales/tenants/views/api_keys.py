"""Settings: keys by which other systems bring photos."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from .. import actions, queries
from ..forms.api_keys import ApiKeyForm
from ..models import ApiKey
from ..permissions import Permission, requires
from .attempts import attempt, press


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest, org: str) -> HttpResponse:
    """All keys; a new one is shown in the answer to its making, and never again."""
    made: list[tuple[ApiKey, str]] = []
    form, status = ApiKeyForm(request.POST or None), 0
    if request.method == "POST":
        status = attempt(
            form, lambda data: made.append(actions.create_api_key(request.organization, by=request.membership, **data))
        )
    page = queries.api_keys(before=queries.number(request.GET.get("before", "")))
    context = {"page": page, "form": ApiKeyForm() if made else form, "made": made[0] if made else None}
    return render(request, "settings/api_keys.html", context, status=201 if made else status or 200)


@requires(Permission.ADMINISTER)
@require_POST
def revoke_api_key(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Make a key useless."""
    key = get_object_or_404(ApiKey, pk=pk)
    press(request, lambda: actions.revoke_api_key(key, by=request.membership), _("The key is revoked."))
    return redirect("settings:api_keys", org=org)

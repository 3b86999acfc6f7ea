"""Accepting an invitation. The token in the address is all that counts; GET changes nothing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersales.ui.context import home_of

from .. import actions, invitations
from ..forms.account import NewPersonForm
from ..models import Invitation, User
from ..permissions import public

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites where, and the way in: a new person sets name and password, somebody known joins signed in."""
    found = invitations.find_open(token)
    if found is None:
        return _answer(request, "account/invitation_closed.html", {}, 404)
    user = request.user if request.user.is_authenticated else None
    is_known = User.objects.filter(email=found.email).exists()
    needs_form = user is None and not is_known
    form = NewPersonForm(request.POST or None, email=found.email) if needs_form else None
    status, problem = 200, ""
    if request.method == "POST" and (user or form):
        status, problem = _accept(request, token, user, form)
        if not status:
            return _welcome(request, found)
    context = {
        "invitation": found,
        "form": form,
        "problem": problem,
        "is_known": is_known,
        "is_other": user and user.email != found.email,
    }
    return _answer(request, "account/invitation.html", context, status)


def _accept(request: HttpRequest, token: str, user: User | None, form: NewPersonForm | None) -> tuple[int, str]:
    """Return (0, "") once the person has joined, else the status to answer with and what is in the way."""
    if form and not form.is_valid():
        return 422, ""
    data: dict[str, Any] = form.cleaned_data if form else {}
    try:
        membership = actions.accept_invitation(token, user=user, **data)
    except actions.Refused as refused:
        return (409 if isinstance(refused, actions.TooLate) else 422), refused.message
    if user is None:
        login(request, membership.user, backend=BACKEND)
    return 0, ""


def _welcome(request: HttpRequest, found: Invitation) -> HttpResponse:
    membership = request.user.memberships.select_related("organization").get(organization=found.organization)
    messages.success(request, _("Welcome to %(organization)s.") % {"organization": found.organization})
    return redirect(home_of(membership.organization, membership))


def _answer(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, template, context, status=status)
    # The token stands in this address and must not travel on.
    response["Referrer-Policy"] = "no-referrer"
    return response

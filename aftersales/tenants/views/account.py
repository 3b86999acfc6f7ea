"""Where a person begins, who they are, and the demonstration's mail."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.ui.context import home_of

from .. import actions, sent_mail
from ..forms.account import NameForm
from ..permissions import public, signed_in


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Signed out: to the sign-in. One organization: its first page. Several: a list. None: why, and whom to ask."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    memberships = request.user.memberships.filter(is_active=True).select_related("organization")
    found = [(each, home_of(each.organization, each)) for each in memberships.order_by("organization__name")]
    if len(found) == 1:
        return redirect(found[0][1])
    return render(request, "home.html", {"found": found})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The person's own name, and the way to the password."""
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        actions.change_name(request.user, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect("profile")
    return render(request, "account/profile.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def sent_mail_list(request: HttpRequest) -> HttpResponse:
    """Mails as they were really written to the demonstration's folder, the newest first."""
    if not sent_mail.is_shown():
        raise Http404
    mails, older = sent_mail.latest(before=request.GET.get("before", ""))
    return render(request, "account/sent_mail.html", {"mails": mails, "older": older})


@signed_in
@require_safe
def sent_mail_detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One mail of the demonstration, as plain text with its links."""
    found = sent_mail.one(name, number) if sent_mail.is_shown() else None
    if found is None:
        raise Http404
    return render(request, "account/sent_mail_detail.html", {"mail": found})

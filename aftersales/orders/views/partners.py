"""Partners: on the desk to read, in the settings to change."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from aftersales.tenants.permissions import Permission, requires

from .. import actions, queries
from ..forms import PartnerForm
from ..models import Partner
from .orders import _page


def _listed(request: HttpRequest) -> dict:
    kind = request.GET.get("kind", "")
    kind = kind if kind in Partner.Kind.values else ""
    q = request.GET.get("q", "").replace("\0", "").strip()[:120]
    page = queries.partners(kind=kind, q=q, cursor=request.GET.get("page", ""))
    query = request.GET.copy()
    query.pop("page", None)
    kinds = [("", _("All")), *Partner.Kind.choices]
    tabs = []
    for value, label in kinds:
        query["kind"] = value
        tabs.append({"label": label, "url": f"?{query.urlencode()}", "current": value == kind})
    return {
        "rows": page.rows, "tabs": tabs, "q": q, "kind": kind,
        "previous_url": _page(request, page.previous), "next_url": _page(request, page.next),
    }  # fmt: skip


@requires(Permission.WORK)
def partners(request: HttpRequest, org: str) -> HttpResponse:
    """Everybody we work with, by name."""
    return render(request, "desk/partners.html", _listed(request))


@requires(Permission.WORK)
def partner(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """One partner: contact, counts, newest orders with their tickets."""
    try:
        found = queries.partner_page(pk)
    except Partner.DoesNotExist:
        raise Http404 from None
    return render(request, "desk/partner.html", {"partner": found, "orders": queries.latest_orders(found)})


@requires(Permission.ADMINISTER)
def settings_partners(request: HttpRequest, org: str) -> HttpResponse:
    """The same list, to change."""
    return render(request, "settings/partners.html", _listed(request))


@requires(Permission.ADMINISTER)
def create_partner(request: HttpRequest, org: str) -> HttpResponse:
    """A form for a new partner."""
    return _form(request, Partner(time_zone=request.organization.time_zone), _("%(name)s is a partner now."))


@requires(Permission.ADMINISTER)
def edit_partner(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """A form for a partner we have."""
    try:
        found = Partner.objects.get(pk=pk)
    except Partner.DoesNotExist:
        raise Http404 from None
    return _form(request, found, _("%(name)s is saved."))


def _form(request: HttpRequest, partner: Partner, said: str) -> HttpResponse:
    form = PartnerForm(request.POST or None, instance=partner)
    if request.method == "POST" and form.is_valid():
        saved = actions.save_partner(form.instance, **form.cleaned_data)
        messages.success(request, said % {"name": saved.name})
        return redirect("settings:partners", org=request.organization.slug)
    return render(
        request, "settings/partners_form.html", {"form": form, "partner": partner}, status=422 if form.errors else 200
    )

"""The site's addresses, by audience. The organization's slug stands first; `RESERVED_SLUGS` are the site's own."""

from django.urls import include, path
from django.views.i18n import set_language

import aftersales.orders.urls as orders
import aftersales.tenants.urls as tenants
import analytics.urls as analytics
import evidence.urls as evidence
import papers.urls as papers
from aftersales.health import healthz
from aftersales.tenants.permissions import public
from tickets.urls import (
    claims,
    customer,
    facts,
    inbox,
    mediation,
    money,
    operator,
    partner,
    partner_desk,
    policy,
    returns,
    rulebook,
    taxonomy,
)
from tickets.urls import settings as ticket_settings

desk = [
    *mediation.desk,
    *partner_desk.desk,
    *operator.urlpatterns,
    *facts.desk,
    *money.desk,
    *returns.desk,
    *claims.desk,
    *papers.desk,
    *inbox.urlpatterns,
    *orders.desk,
    *evidence.desk,
]
settings = [
    *tenants.settings,
    *ticket_settings.urlpatterns,
    *taxonomy.settings,
    *rulebook.settings,
    *policy.settings,
    *claims.settings,
    *orders.settings,
    *evidence.settings,
]
portal = [*mediation.portal, *papers.portal, *returns.portal, *tenants.portal, *customer.urlpatterns, *evidence.portal]
partners = [*mediation.partner, *partner.urlpatterns, *evidence.partner]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("i18n/setlang/", public(set_language), name="set_language"),
    path("", include(tenants.site)),
    path("accounts/", include(tenants.accounts)),
    path("<slug:org>/desk/", include((desk, "desk"))),
    path("<slug:org>/insights/", include((analytics.insights, "insights"))),
    path("<slug:org>/settings/", include((settings, "settings"))),
    path("<slug:org>/api/", include((evidence.api, "api"))),
    path("<slug:org>/p/", include((partners, "partner"))),
    path("<slug:org>/", include((portal, "portal"))),
]

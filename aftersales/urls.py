"""The site's addresses, by audience. The organization's slug stands first; `RESERVED_SLUGS` are the site's own."""

from django.urls import include, path
from django.views.i18n import set_language

import aftersales.orders.urls as orders
import aftersales.tenants.urls as tenants
import analytics.urls as analytics
import evidence.urls as evidence
from aftersales.health import healthz
from aftersales.tenants.permissions import public
from tickets.urls import customer, inbox, operator, partner
from tickets.urls import settings as ticket_settings

desk = [*operator.urlpatterns, *inbox.urlpatterns, *orders.desk, *evidence.desk]
settings = [*tenants.settings, *ticket_settings.urlpatterns, *orders.settings]
portal = [*tenants.portal, *customer.urlpatterns, *evidence.portal]
partners = [*partner.urlpatterns, *evidence.partner]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("i18n/setlang/", public(set_language), name="set_language"),
    path("", include(tenants.site)),
    path("accounts/", include(tenants.accounts)),
    path("<slug:org>/desk/", include((desk, "desk"))),
    path("<slug:org>/insights/", include((analytics.insights, "insights"))),
    path("<slug:org>/settings/", include((settings, "settings"))),
    path("<slug:org>/p/", include((partners, "partner"))),
    path("<slug:org>/", include((portal, "portal"))),
]

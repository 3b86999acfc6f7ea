"""Addresses of orders, partners and imports, by audience."""

from django.urls import path

from .views import imports, orders, partners

# An order's number is the source's: it may hold a slash.
desk: list = [
    path("orders/", orders.orders, name="orders"),
    path("orders/<path:number>/", orders.order, name="order"),
    path("partners/", partners.partners, name="partners"),
    path("partners/<int:pk>/", partners.partner, name="partner"),
]
settings: list = [
    path("partners/", partners.settings_partners, name="partners"),
    path("partners/new/", partners.create_partner, name="partner_new"),
    path("partners/<int:pk>/", partners.edit_partner, name="partner"),
    path("imports/", imports.imports, name="imports"),
    path("imports/templates/<slug:name>.csv", imports.template, name="import_template"),
    path("imports/<uuid:key>/", imports.import_, name="import"),
    path("imports/<uuid:key>/problems.csv", imports.problems, name="import_problems"),
    path("imports/<uuid:key>/again/", imports.run_again, name="import_again"),
]

"""Addresses of papers, by audience."""

from django.urls import path

from . import pack_views, views

desk = [
    path("tickets/<str:number>/papers/", views.papers, name="papers"),
    path("tickets/<str:number>/papers/ask/", views.ask, name="paper_ask"),
    path("papers/<uuid:token>/", views.paper, name="paper"),
    path("papers/<uuid:token>/again/", views.again, name="paper_again"),
    path("evidence-packs/<uuid:token>/links/", pack_views.pack_links, name="pack_links"),
    path("pack-links/<int:pk>/revoke/", pack_views.pack_link_revoke, name="pack_link_revoke"),
]
portal = [
    path("papers/<uuid:token>/", views.customer_paper, name="paper"),
    path("tickets/<str:number>/returns/<str:rma>/label/", views.customer_label, name="return_label"),
    path("packs/<str:token>/", pack_views.pack, name="pack"),
]

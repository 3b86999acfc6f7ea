"""Addresses of what the desk knows of a partner's answers: its figures, its links, the tickets behind a number."""

from django.urls import path

from ..views import partner_desk as views

desk = [
    path("partners/figures/", views.figures, name="partners_figures"),
    path("partners/<int:pk>/figures/", views.partner_figures, name="partner_figures"),
    path("partners/<int:pk>/tickets/", views.tickets, name="partner_tickets"),
    path("partners/<int:pk>/links/", views.links, name="partner_links"),
    path("partners/<int:pk>/links/send/", views.send, name="partner_link_send"),
    path("partners/<int:pk>/links/revoke/", views.revoke, name="partner_link_revoke"),
]

"""Addresses of a dispute, by audience."""

from django.urls import path

from ..views import mediation, mediation_sides

desk = [
    path("tickets/<str:number>/mediation/", mediation.show, name="mediation"),
    path("tickets/<str:number>/mediation/open/", mediation.open_, name="mediation_open"),
    path("tickets/<str:number>/mediation/state/", mediation.state, name="mediation_state"),
    path("tickets/<str:number>/mediation/decide/", mediation.decide, name="mediation_decide"),
    path("tickets/<str:number>/mediation/follow/", mediation.follow, name="mediation_follow"),
]
portal = [
    path("tickets/<str:number>/mediation/", mediation_sides.customer, name="mediation"),
    path("tickets/<str:number>/mediation/open/", mediation_sides.customer_opens, name="mediation_open"),
    path("tickets/<str:number>/mediation/state/", mediation_sides.customer_states, name="mediation_state"),
]
partner = [
    path("tickets/<str:number>/mediation/", mediation_sides.partner, name="mediation"),
    path("tickets/<str:number>/mediation/open/", mediation_sides.partner_opens, name="mediation_open"),
    path("tickets/<str:number>/mediation/state/", mediation_sides.partner_states, name="mediation_state"),
]

"""Addresses of papers, by audience."""

from django.urls import path

from . import views

desk = [
    path("tickets/<str:number>/papers/", views.papers, name="papers"),
    path("tickets/<str:number>/papers/ask/", views.ask, name="paper_ask"),
    path("papers/<uuid:token>/", views.paper, name="paper"),
    path("papers/<uuid:token>/again/", views.again, name="paper_again"),
]
portal = [
    path("papers/<uuid:token>/", views.customer_paper, name="paper"),
    path("tickets/<str:number>/returns/<str:rma>/label/", views.customer_label, name="return_label"),
]

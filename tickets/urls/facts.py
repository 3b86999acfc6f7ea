"""The facts of a case, below `/<org>/desk/`."""

from django.urls import path

from ..views.operator import facts

desk = [
    path("tickets/<str:number>/facts/", facts.facts, name="facts"),
    path("tickets/<str:number>/facts/<slug:sheet>/", facts.enter, name="facts_enter"),
    path("tickets/<str:number>/finding/", facts.find, name="finding"),
    path("tickets/<str:number>/received/", facts.received, name="received"),
    path("tickets/<str:number>/proofs/<int:pk>/tick/", facts.tick, name="proof_tick"),
    path("tickets/<str:number>/pictures/<int:pk>/", facts.picture, name="picture"),
]

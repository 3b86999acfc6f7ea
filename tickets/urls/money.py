"""The money of a ticket, under /<org>/desk/."""

from django.urls import path

from ..views import money as views

desk: list = [
    path("tickets/<str:number>/money/", views.money, name="money"),
    path("tickets/<str:number>/money/recover/", views.recover, name="recover"),
    path("tickets/<str:number>/money/take-back/", views.take_back, name="take_back"),
]

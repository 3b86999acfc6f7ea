"""Claims against carriers and insurers, by audience."""

from django.urls import path

from ..views import claims as views

desk: list = [
    path("tickets/<str:number>/claims/", views.claims, name="claims"),
    path("tickets/<str:number>/claims/open/", views.open_claim, name="claim_open"),
    path("tickets/<str:number>/claims/<int:pk>/change/", views.change_claim, name="claim_change"),
    path("tickets/<str:number>/claims/<int:pk>/file/", views.file_claim, name="claim_file"),
    path("tickets/<str:number>/claims/<int:pk>/answer/", views.answer_claim, name="claim_answer"),
    path("tickets/<str:number>/claims/<int:pk>/pay/", views.pay_claim, name="claim_pay"),
]
settings: list = [
    path("claim-windows/", views.claim_windows_page, name="claim_windows"),
    path("claim-windows/edit/", views.claim_window, name="claim_window"),
    path("claim-windows/remove/", views.remove_claim_window, name="claim_window_remove"),
]

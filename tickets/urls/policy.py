"""Settings → Policy: windows and remedies, under /<org>/settings/."""

from django.urls import path

from ..views import policy as views

settings: list = [
    path("policy/", views.policy, name="policy"),
    path("policy/window/", views.window, name="policy_window"),
    path("policy/window/remove/", views.remove_window, name="policy_window_remove"),
    path("policy/remedy/", views.remedy, name="policy_remedy"),
    path("policy/remedy/remove/", views.remove_remedy, name="policy_remedy_remove"),
]

"""The member's notifications, under /<org>/desk/."""

from django.urls import path

from ..views import inbox as views

urlpatterns: list = [
    path("inbox/", views.show, name="inbox"),
    path("inbox/read/", views.mark_read, name="inbox_read"),
]

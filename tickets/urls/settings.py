"""Settings of the tickets' side, under /<org>/settings/."""

from django.urls import path

from ..views import settings as views

urlpatterns: list = [
    path("limits/", views.limits, name="limits"),
    path("mail/", views.outbox, name="outbox"),
    path("mail/<int:pk>/", views.mail, name="mail"),
    path("mail/<int:pk>/again/", views.send_again, name="mail_again"),
]

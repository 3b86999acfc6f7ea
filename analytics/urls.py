"""Addresses of what managers read."""

from django.urls import path

from . import views

insights = [
    path("", views.dashboard, name="dashboard"),
    path("tickets/", views.tickets, name="tickets"),
    path("tickets.csv", views.csv, name="csv"),
    path("rates/", views.rates, name="rates"),
    path("reports/", views.reports, name="reports"),
    path("reports/<int:pk>/", views.report, name="report"),
    path("reports/<int:pk>/report.csv", views.report_csv, name="report_csv"),
    path("measures/", views.measure_list, name="measures"),
    path("measures/new/", views.measure_new, name="measure_new"),
    path("measures/<int:pk>/", views.measure, name="measure"),
    path("measures/<int:pk>/delete/", views.measure_delete, name="measure_delete"),
]

"""Settings → Problems, under /<org>/settings/."""

from django.urls import path

from ..views import taxonomy as views

settings: list = [
    path("problems/", views.problems, name="problems"),
    path("problems/groups/<slug:code>/", views.group, name="problem_group"),
    path("problems/<slug:code>/", views.problem, name="problem"),
    path("problems/<slug:code>/retire/", views.retire, name="retire_problem"),
    path("problems/<slug:code>/restore/", views.restore, name="restore_problem"),
]

"""The partner's addresses, below `/<org>/p/`."""

from django.urls import path

from ..views import partner

urlpatterns = [
    path("renew/", partner.renew, name="renew"),
    path("tickets/<str:number>/", partner.ticket, name="ticket"),
    path("tickets/<str:number>/answer/", partner.answer, name="answer"),
    path("tickets/<str:number>/write/", partner.write, name="write"),
    path("tickets/<str:number>/agree/", partner.agree, name="agree"),
    path("tickets/<str:number>/contest/", partner.contest, name="contest"),
    path("<str:token>/", partner.link, name="link"),
]

"""The partner's addresses, below `/<org>/p/`."""

from django.urls import path

from ..views import partner, partner_list

urlpatterns = [
    path("renew/", partner.renew, name="renew"),
    path("list/", partner_list.show, name="list"),
    path("list/seen/", partner_list.seen, name="list_seen"),
    path("list/tickets/<str:number>/answer/", partner_list.answer, name="list_answer"),
    path("tickets/<str:number>/", partner.ticket, name="ticket"),
    path("tickets/<str:number>/seen/", partner.seen, name="seen"),
    path("tickets/<str:number>/propose/", partner.propose, name="propose"),
    path("tickets/<str:number>/answer/", partner.answer, name="answer"),
    path("tickets/<str:number>/write/", partner.write, name="write"),
    path("tickets/<str:number>/agree/", partner.agree, name="agree"),
    path("tickets/<str:number>/contest/", partner.contest, name="contest"),
    path("<str:token>/", partner.link, name="link"),
]

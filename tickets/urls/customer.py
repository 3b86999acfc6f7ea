"""The customer's addresses, below `/<org>/`. An order's number may hold any character, so it stands last."""

from django.urls import path

from ..views import customer, filing, tracking

urlpatterns = [
    path("", customer.home, name="home"),
    path("find/", customer.find, name="find"),
    path("leave/", customer.leave, name="leave"),
    path("c/renew/", customer.renew, name="renew"),
    path("c/<str:token>/", customer.link, name="link"),
    path("orders/<path:number>/", customer.order, name="order"),
    path("file/<path:number>/", filing.file, name="file"),
    path("filing/<uuid:key>/photos/", filing.file_photos, name="file_photos"),
    path("filing/<uuid:key>/wish/", filing.file_wish, name="file_wish"),
    path("filing/<uuid:key>/send/", filing.file_send, name="file_send"),
    path("tickets/<str:number>/", tracking.ticket, name="ticket"),
    path("tickets/<str:number>/sent/", filing.sent, name="sent"),
    path("tickets/<str:number>/status/", tracking.status, name="status"),
    path("tickets/<str:number>/photos/", tracking.photos, name="ticket_photos"),
    path("tickets/<str:number>/seen/", tracking.seen, name="seen"),
    path("tickets/<str:number>/write/", tracking.write, name="write"),
    path("tickets/<str:number>/accept/", tracking.accept, name="accept"),
    path("tickets/<str:number>/refuse/", tracking.refuse, name="refuse"),
    path("tickets/<str:number>/counter/", tracking.counter, name="counter"),
    path("tickets/<str:number>/rate/", tracking.rate, name="rate"),
    path("tickets/<str:number>/reopen/", tracking.reopen, name="reopen"),
    path("tickets/<str:number>/appeal/", tracking.appeal, name="appeal"),
    path("tickets/<str:number>/withdraw/", tracking.withdraw, name="withdraw"),
]

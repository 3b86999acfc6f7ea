"""Goods on their way back, by audience."""

from django.urls import path

from ..views import customer_returns, returns

desk: list = [
    path("returns/", returns.return_list, name="return_list"),
    path("tickets/<str:number>/returns/", returns.returns, name="returns"),
    path("tickets/<str:number>/returns/authorise/", returns.authorise, name="return_authorise"),
    path("tickets/<str:number>/returns/<int:pk>/sent/", returns.sent, name="return_sent"),
    path("tickets/<str:number>/returns/<int:pk>/moving/", returns.moving, name="return_moving"),
    path("tickets/<str:number>/returns/<int:pk>/receive/", returns.receive, name="return_receive"),
    path("tickets/<str:number>/returns/<int:pk>/inspect/", returns.inspect, name="return_inspect"),
    path("tickets/<str:number>/returns/<int:pk>/decide/", returns.decide, name="return_decide"),
    path("tickets/<str:number>/returns/<int:pk>/cancel/", returns.cancel, name="return_cancel"),
]
portal: list = [
    path("tickets/<str:number>/returns/<str:rma>/", customer_returns.show, name="return"),
    path("tickets/<str:number>/returns/<str:rma>/sent/", customer_returns.sent, name="return_sent"),
]

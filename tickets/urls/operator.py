"""The operator's addresses, below `/<org>/desk/`. An order's number may hold any character, so it stands last."""

from django.urls import path

from ..views.operator import decisions, filing, plan, queue, workbench

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("news/", queue.queue_news, name="queue_news"),
    path("filters/", queue.filters, name="filters"),
    path("tickets/", queue.tickets, name="tickets"),
    path("file/", filing.file_new, name="file_new"),
    path("file/<path:number>/", filing.file, name="file"),
    path("tickets/<str:number>/", workbench.ticket, name="ticket"),
    path("tickets/<str:number>/news/", workbench.ticket_news, name="ticket_news"),
    path("tickets/<str:number>/trail/", workbench.ticket_trail, name="ticket_trail"),
    path("tickets/<str:number>/take/", queue.take, name="take"),
    path("tickets/<str:number>/assign/", workbench.assign, name="assign"),
    path("tickets/<str:number>/problem/", workbench.problem, name="problem"),
    path("tickets/<str:number>/reply/", workbench.reply, name="reply"),
    path("tickets/<str:number>/note/", workbench.note, name="note"),
    path("tickets/<str:number>/write-partner/", workbench.write_partner, name="write_partner"),
    path("tickets/<str:number>/ask/", workbench.ask, name="ask"),
    path("tickets/<str:number>/send-link/", workbench.send_link, name="send_link"),
    path("tickets/<str:number>/accept/", decisions.accept, name="accept"),
    path("tickets/<str:number>/confirm/", decisions.confirm, name="confirm"),
    path("tickets/<str:number>/decide/", decisions.decide, name="decide"),
    path("tickets/<str:number>/ask-partner/", decisions.ask_partner, name="ask_partner"),
    path("tickets/<str:number>/propose/", plan.propose, name="propose"),
    path("tickets/<str:number>/plan-check/", plan.check, name="plan_check"),
    path("tickets/<str:number>/approve/", plan.approve, name="approve"),
    path("tickets/<str:number>/send-back/", plan.send_back, name="send_back"),
    path("tickets/<str:number>/done/<int:pk>/", plan.record, name="record"),
    path("tickets/<str:number>/revise/", plan.revise, name="revise"),
    path("tickets/<str:number>/close/", decisions.close, name="close"),
    path("tickets/<str:number>/reject/", decisions.reject, name="reject"),
    path("tickets/<str:number>/withdraw/", decisions.withdraw, name="withdraw"),
    path("tickets/<str:number>/merge/", decisions.merge, name="merge"),
    path("tickets/<str:number>/unmerge/", decisions.unmerge, name="unmerge"),
    path("tickets/<str:number>/reopen/", decisions.reopen, name="reopen"),
]

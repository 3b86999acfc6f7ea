from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self):
        from aftersales.ui.context import COUNTS

        from .queries.desk import open_of
        from .queries.inbox import unread_of

        COUNTS.setdefault("desk:queue", open_of)
        COUNTS.setdefault("desk:inbox", unread_of)

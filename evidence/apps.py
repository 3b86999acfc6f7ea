from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "evidence"

    def ready(self):
        from tickets.signals import asked

        from . import custody

        asked.connect(custody.asked)

"""The task queue, and what beat sends when.

Every entry expires before its next turn: a worker that comes back after an hour finds one sweep, not sixty. The
sweeps read from the database what is due, so a turn that was lost loses nothing.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aftersales.settings")

app = Celery("aftersales")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["aftersales"], related_name="health")
app.autodiscover_tasks(["evidence.intake"])

HEARTBEAT_SECONDS = 10

app.conf.beat_schedule = {
    "heartbeat": {
        "task": "aftersales.health.heartbeat",
        "schedule": HEARTBEAT_SECONDS,
        "options": {"expires": HEARTBEAT_SECONDS},
    },
    "sweep clocks": {
        "task": "tickets.tasks.sweep_clocks",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "follow rules": {
        "task": "tickets.tasks.follow_rules",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 590},
    },
    "relay outbox": {
        "task": "tickets.tasks.relay_outbox",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "send invitations": {
        "task": "aftersales.tenants.tasks.send_invitations",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "sweep evidence": {
        "task": "evidence.tasks.sweep",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "purge evidence": {
        "task": "evidence.tasks.purge",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "evidence housekeeping": {
        "task": "evidence.tasks.housekeeping",
        "schedule": crontab(minute="40"),
        "options": {"expires": 3500},
    },
    "resume intakes": {
        "task": "evidence.intake.tasks.resume_intakes",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "sweep papers": {
        "task": "papers.tasks.sweep",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "resume imports": {
        "task": "aftersales.orders.tasks.resume_imports",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    "forget old sessions": {
        "task": "aftersales.tenants.tasks.forget_old_sessions",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"expires": 3600},
    },
    "build due reports": {
        "task": "analytics.tasks.build_due_reports",
        "schedule": crontab(minute="5"),
        "options": {"expires": 3500},
    },
}

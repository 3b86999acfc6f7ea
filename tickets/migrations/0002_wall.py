from django.db import migrations

from aftersales.tenants.walls import AppendOnly, Wall


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("orders", "0002_wall")]

    operations = [
        Wall(
            "Ticket",
            "FollowUp",
            "StageLimit",
            "StageClock",
            "Assessment",
            "AssessmentShare",
            "PartnerRequest",
            "FilingDraft",
            "NumberSequence",
            "SignedLink",
            "Notification",
            "Plan",
            "PlanAction",
            "TicketCost",
            "Message",
            "TicketEvent",
        ),
        AppendOnly("TicketEvent"),
    ]

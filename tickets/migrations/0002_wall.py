from django.db import migrations

from aftersales.tenants.walls import AppendOnly, Frozen, Wall


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("orders", "0002_wall")]

    operations = [
        Wall(
            "Ticket",
            "FollowUp",
            "Assessment",
            "AssessmentShare",
            "PartnerRequest",
            "Plan",
            "PlanAction",
            "PlanActionShare",
            "TicketCost",
            "Window",
            "Remedy",
            "ClaimWindow",
            "Claim",
            "StageLimit",
            "StageClock",
            "FilingDraft",
            "NumberSequence",
            "SignedLink",
            "Mediation",
            "MediationStatement",
            "LedgerEntry",
            "Notification",
            "Return",
            "ReturnLine",
            "Message",
            "TicketEvent",
            "RuleSet",
            "Finding",
            "EvidenceRequest",
        ),
        AppendOnly("TicketEvent"),
        AppendOnly("LedgerEntry"),
        Frozen("RuleSet", "state", "published"),
    ]

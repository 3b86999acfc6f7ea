from django.db import migrations

from aftersales.tenants.walls import AppendOnly, Wall


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        Wall(
            "ApiKey",
            "Team",
            "TeamMember",
            "Calendar",
            "CalendarSlot",
            "RulesVersion",
            "AuditEvent",
        ),
        AppendOnly("AuditEvent"),
    ]

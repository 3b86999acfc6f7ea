from django.db import migrations

from aftersales.tenants.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("papers", "0002_wall")]

    operations = [
        Wall(
            "MonthlyReport",
            "RateRow",
            "Measure",
        ),
    ]

from django.db import migrations

from aftersales.tenants.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial"), ("tickets", "0002_wall")]

    operations = [
        Wall(
            "Evidence",
        ),
    ]

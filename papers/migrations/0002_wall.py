from django.db import migrations

from aftersales.tenants.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("papers", "0001_initial"), ("evidence", "0002_wall")]

    operations = [
        Wall(
            "Paper",
            "PackLink",
        ),
    ]

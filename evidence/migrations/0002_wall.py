from django.db import migrations

from aftersales.tenants.walls import AppendOnly, Wall, WriteOnce


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial"), ("tickets", "0002_wall")]

    operations = [
        Wall(
            "Evidence",
            "Custody",
            "Seal",
            "Hold",
            "Arrival",
            "Verification",
        ),
        AppendOnly("Custody"),
        AppendOnly("Seal"),
        WriteOnce(
            "Evidence",
            fixed=(
                "sha256",
                "size",
                "media_type",
                "original_key",
                "reduced",
                "taken_at",
                "taken_source",
                "uploaded_at",
                "uploader_kind",
                "api_key",
                "command",
            ),
            unset=("stored_at", "version_id", "deleted_at", "purged_at"),
            kept_by=("ticket", "inspection", "shipment", "returned", "product"),
        ),
    ]

from django.db import migrations

from aftersales.tenants.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("tenants", "0002_wall")]

    operations = [
        Wall(
            "Customer",
            "Partner",
            "Order",
            "OrderLine",
            "Shipment",
            "TrackingEvent",
            "CustomsEvent",
            "Declaration",
            "DeclarationLine",
            "Import",
            "ImportFile",
            "ImportProblem",
            "Intake",
            "IntakeFile",
            "Product",
            "Inspection",
            "PurchaseOrder",
            "Instruction",
            "Contact",
            "OrderRefund",
        ),
    ]

"""Files to start from: each table's header with an example order (`docs/importing.md` shows the same)."""

from .csv_format import TABLES

_EXAMPLES: dict[str, list[dict[str, str]]] = {
    "orders": [
        {
            "order_number": "LH-204913", "placed_at": "2026-10-27 10:32 +0100", "currency": "EUR",
            "customer_email": "maria@example.com", "customer_name": "María González",
            "customer_phone": "+52 33 1234 5678",
            "customer_language": "es", "paid_at": "2026-10-27 10:33 +0100", "promised_on": "2026-11-20",
            "freight": "9.50",
            "country": "MX", "region": "Jalisco", "city": "Guadalajara", "postcode": "44100",
            "address": "Av. Juárez 120",
            "shipping_insurance": "Basic cover", "insured_amount": "60.00", "line": "1",
            "product": "Ceramic table lamp, sage", "sku": "LAMP-SAGE", "batch": "B2609-14",
            "specification": "Height 38 cm; EU plug", "customer_note": "It is a present", "category": "Lamps",
            "supplier": "Foshan Oakline", "quantity": "1", "unit_price": "39.90", "hs_code": "940521",
            "declared_value": "18.00", "weight_g": "1900",
        },
        {
            "order_number": "LH-204913", "line": "2", "product": "Lamp shade, linen", "sku": "SHADE-LIN",
            "category": "Lamps", "supplier": "Yiwu Petalcraft", "quantity": "2", "unit_price": "7.25",
        },
    ],
    "shipments": [
        {
            "order_number": "LH-204913", "shipment": "S-1", "tracking_number": "SP123456789CN",
            "warehouse": "Shenzhen Bao'an", "carrier": "Swift Parcel", "route": "Shenzhen – Manzanillo – Guadalajara",
            "packed_at": "2026-10-30 15:10 +0800", "packing_note": "3 layers, double carton",
            "shipped_at": "2026-10-31 09:00 +0800", "estimated_weight_g": "2300", "charged_weight_g": "2410",
            "volume_cm3": "18000", "estimated_freight": "8.90", "charged_freight": "9.50",
        },
    ],
    "tracking": [
        {
            "order_number": "LH-204913", "shipment": "S-1", "event": "customs_released",
            "time": "2026-11-09 11:00 -0600",
            "place": "Manzanillo",
        },
        {
            "order_number": "LH-204913", "shipment": "S-1", "event": "delivered", "time": "2026-11-15 11:20 -0600",
            "place": "Guadalajara", "note": "Left at the door, photo taken",
        },
    ],
    "inspections": [
        {
            "order_number": "LH-204913", "line": "1", "level": "detailed", "result": "pass",
            "time": "2026-10-29 14:05 +0800", "checked": "Surface, plug, packaging", "inspected_by": "Li Wei",
            "shows": "Lamp whole, no crack", "weight_g": "1880",
        },
    ],
    "purchases": [
        {
            "order_number": "LH-204913", "line": "1", "purchase_order": "PO-7731",
            "ordered": "1 ceramic table lamp, sage, EU plug", "ordered_at": "2026-10-27 17:40 +0800",
            "promised_on": "2026-10-29", "received_at": "2026-10-29 10:20 +0800", "matches_specification": "yes",
        },
    ],
    "customs": [
        {
            "order_number": "LH-204913", "shipment": "S-1", "customs_event": "hold", "side": "import",
            "time": "2026-11-06 09:00 -0600", "days": "3", "letter": "no", "reason": "Random examination",
        },
    ],
    "declarations": [
        {
            "order_number": "LH-204913", "shipment": "S-1", "position": "1",
            "description": "Table lamp of glazed ceramic, for household lighting", "quantity": "1",
            "net_weight_g": "1900", "value": "39.90", "price_paid": "39.90", "hs_code": "940521", "origin": "CN",
            "currency": "EUR", "terms": "DAP", "value_set_by": "agent", "complete": "yes", "category": "sale",
        },
    ],
}  # fmt: skip
TEMPLATES: dict[str, list[list[str]]] = {
    name: [list(TABLES[name][0]), *([row.get(column, "") for column in TABLES[name][0]] for row in rows)]
    for name, rows in _EXAMPLES.items()
}

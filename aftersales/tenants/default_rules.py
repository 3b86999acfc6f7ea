"""The rules page that a new organization begins with; its admin words it anew before it goes live.

The figures follow what the field does, checked 2026-11-21: complaint within 30 days after delivery (marketplaces: 7 to
30); answer within 4 working hours; refund within 7 days and without reason within 14 (China, Consumer Rights Law
art. 25; EU right of withdrawal); packaging kept until the claim ends (FedEx, DHL, UPS conditions of carriage).
"""

from django.utils.translation import gettext_lazy as _

TERMS = _(
    """1. Report a problem within 30 days after delivery, with your order number and photos.
2. Keep the goods, the box and everything inside it until the matter is closed: carriers refuse a claim without them.
3. Three photos help most: the whole item, the fault close up, and the box with its label.
4. You hear from us within four working hours. Within two working days we tell you who is responsible, and why.
5. Nothing is done about your goods or your money before you have agreed to it.
6. If our answer does not satisfy you, you can object once, and a manager looks at it again."""
)
COMPENSATION = _(
    """Damaged, defective or not as described: repair, replacement or refund. We pay for the return where one is needed.
Wrong or missing goods: we send what is right, or pay that part back.
Late: when the goods come more than 7 days after the promised day, the freight is paid back.
Lost: no scan for 21 days counts as lost; you choose between a new parcel and a full refund.
Held by customs: where our declaration was wrong we bear the cost. Duties of your own country are yours.
Changed your mind: within 14 days after delivery, unused, at your own freight.
A refund is paid within 7 days after it was agreed; a replacement is dispatched within 7 days."""
)
PROHIBITED = _(
    "We do not buy or ship: copies of brands, weapons and their parts, medicines, fresh food, live plants and animals, "
    "loose lithium batteries, flammable goods and gases, money, jewellery and passports.\n"
    "What customs seizes for one of these reasons is not replaced."
)

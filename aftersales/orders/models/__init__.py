"""What was sold: imported facts that tickets refer to. Money is a decimal in its own currency, weight in grams."""

from .customs import Declaration, DeclarationLine
from .imports import Import, ImportFile, ImportProblem
from .intake import Intake, IntakeFile
from .order import Order, OrderLine, Terms
from .people import Customer, Partner
from .product import Product
from .shipment import CustomsEvent, Shipment, TrackingEvent
from .trace import Contact, Inspection, Instruction, OrderRefund, PurchaseOrder

__all__ = [
    "Contact",
    "Customer",
    "CustomsEvent",
    "Declaration",
    "DeclarationLine",
    "Import",
    "ImportFile",
    "ImportProblem",
    "Inspection",
    "Instruction",
    "Intake",
    "IntakeFile",
    "Order",
    "OrderLine",
    "OrderRefund",
    "Partner",
    "Product",
    "PurchaseOrder",
    "Shipment",
    "Terms",
    "TrackingEvent",
]

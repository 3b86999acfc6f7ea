"""The product's records. Each file holds what belongs together; import from `tickets.models`."""

from .clock import StageClock, StageLimit
from .decision import Assessment, AssessmentShare, PartnerRequest
from .filing import FilingDraft, NumberSequence
from .links import SignedLink
from .outbox import Notification
from .plan import Plan, PlanAction, TicketCost
from .talk import Message, TicketEvent
from .ticket import FollowUp, Ticket

__all__ = [
    "Assessment",
    "AssessmentShare",
    "FilingDraft",
    "FollowUp",
    "Message",
    "Notification",
    "NumberSequence",
    "PartnerRequest",
    "Plan",
    "PlanAction",
    "SignedLink",
    "StageClock",
    "StageLimit",
    "Ticket",
    "TicketCost",
    "TicketEvent",
]

"""The product's records. Each file holds what belongs together; import from `tickets.models`."""

from .claim import Claim
from .clock import StageClock, StageLimit
from .decision import Assessment, AssessmentShare, PartnerRequest
from .filing import FilingDraft, NumberSequence
from .links import SignedLink
from .mediation import Mediation, MediationStatement
from .money import LedgerEntry
from .outbox import Notification
from .plan import Plan, PlanAction, PlanActionShare, TicketCost
from .policy import ClaimWindow, Remedy, Window
from .returns import Return, ReturnLine
from .rulebook import EvidenceRequest, Finding, RuleSet
from .talk import Message, TicketEvent
from .ticket import FollowUp, Ticket

__all__ = [
    "Assessment",
    "AssessmentShare",
    "Claim",
    "ClaimWindow",
    "EvidenceRequest",
    "FilingDraft",
    "Finding",
    "FollowUp",
    "LedgerEntry",
    "Mediation",
    "MediationStatement",
    "Message",
    "Notification",
    "NumberSequence",
    "PartnerRequest",
    "Plan",
    "PlanAction",
    "PlanActionShare",
    "Remedy",
    "Return",
    "ReturnLine",
    "RuleSet",
    "SignedLink",
    "StageClock",
    "StageLimit",
    "Ticket",
    "TicketCost",
    "TicketEvent",
    "Window",
]

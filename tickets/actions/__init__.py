"""One function per verb; the only writers of tickets. See `docs/architecture.md` for the list."""

from ..planned import Pays, Planned
from .access import renew_link, send_link
from .base import By, Refused, TooLate
from .claims import answer_claim, change_claim, file_claim, open_claim, pay_claim, remind_of_claim
from .execution import close, record_execution, revise
from .filing import file_directly, file_ticket, save_draft, start_filing
from .followup import end_follow_up, rate, reopen
from .mediation import decide_mediation, follow_mediation, open_mediation, remind_of_mediation, state_in_mediation
from .money import record_recovery, take_back
from .partner import answer_request, ask_partner, contest, mark_seen, mark_used, propose_as_partner
from .partner_links import revoke_link, send_inbox
from .plan import accept_plan, approve_plan, counter_plan, propose_plan, refuse_plan
from .planned import ActionRefused
from .proofs import ask_for_proofs, proofs_read, record_finding, record_received, tick_proof
from .record import describe_picture, enter, order_photo_arrived, record_inspection
from .responsibility import Share, accept, confirm_responsibility, recommend
from .returns import (
    Found,
    authorise_return,
    cancel_return,
    decide_return,
    inspect_return,
    mark_moving,
    mark_sent,
    receive_return,
    remind_of_return,
)
from .waysout import appeal, merge, reject, unmerge, withdraw
from .work import assign, evidence_arrived, note_event, set_problem, take, write_message

__all__ = [
    "ActionRefused",
    "By",
    "Found",
    "Pays",
    "Planned",
    "Refused",
    "Share",
    "TooLate",
    "accept",
    "accept_plan",
    "answer_claim",
    "answer_request",
    "appeal",
    "approve_plan",
    "ask_for_proofs",
    "ask_partner",
    "assign",
    "authorise_return",
    "cancel_return",
    "change_claim",
    "close",
    "confirm_responsibility",
    "contest",
    "counter_plan",
    "decide_mediation",
    "decide_return",
    "describe_picture",
    "end_follow_up",
    "enter",
    "evidence_arrived",
    "file_claim",
    "file_directly",
    "file_ticket",
    "follow_mediation",
    "inspect_return",
    "mark_moving",
    "mark_seen",
    "mark_sent",
    "mark_used",
    "merge",
    "note_event",
    "open_claim",
    "open_mediation",
    "order_photo_arrived",
    "pay_claim",
    "proofs_read",
    "propose_as_partner",
    "propose_plan",
    "rate",
    "receive_return",
    "recommend",
    "record_execution",
    "record_finding",
    "record_inspection",
    "record_received",
    "record_recovery",
    "refuse_plan",
    "reject",
    "remind_of_claim",
    "remind_of_mediation",
    "remind_of_return",
    "renew_link",
    "reopen",
    "revise",
    "revoke_link",
    "save_draft",
    "send_inbox",
    "send_link",
    "set_problem",
    "start_filing",
    "state_in_mediation",
    "take",
    "take_back",
    "tick_proof",
    "unmerge",
    "withdraw",
    "write_message",
]

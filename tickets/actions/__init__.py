"""One function per verb; the only writers of tickets. See `docs/architecture.md` for the list."""

from .access import renew_link, send_link
from .base import By, Refused, TooLate
from .execution import close, record_execution, revise
from .filing import file_directly, file_ticket, save_draft, start_filing
from .followup import end_follow_up, rate, reopen
from .partner import answer_request, ask_partner, contest
from .plan import Planned, accept_plan, approve_plan, propose_plan, refuse_plan
from .responsibility import Share, accept, confirm_responsibility, recommend
from .waysout import appeal, merge, reject, unmerge, withdraw
from .work import ask_for_evidence, assign, evidence_arrived, note_event, set_problem, take, write_message

__all__ = [
    "By",
    "Planned",
    "Refused",
    "Share",
    "TooLate",
    "accept",
    "accept_plan",
    "answer_request",
    "appeal",
    "approve_plan",
    "ask_for_evidence",
    "ask_partner",
    "assign",
    "close",
    "confirm_responsibility",
    "contest",
    "end_follow_up",
    "evidence_arrived",
    "file_directly",
    "file_ticket",
    "merge",
    "note_event",
    "propose_plan",
    "rate",
    "recommend",
    "record_execution",
    "refuse_plan",
    "reject",
    "renew_link",
    "reopen",
    "revise",
    "save_draft",
    "send_link",
    "set_problem",
    "start_filing",
    "take",
    "unmerge",
    "withdraw",
    "write_message",
]

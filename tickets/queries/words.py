"""What the record says, in sentences: one per event, for the members of the organization."""

import datetime as dt
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from ..models import Finding, PartnerRequest, Plan, PlanAction
from ..models.ticket import Channel, Outcome
from ..problems import Party, Problem, Wish
from ..proofs import Proof
from ..sheets import sheet_label
from .bench import Said

ICONS = {
    "filed": "message-question", "accept": "check", "assigned": "user-check", "problem_changed": "pencil",
    "evidence_asked": "camera", "evidence_added": "photo", "evidence_downloaded": "download",
    "evidence_deleted": "trash", "hold_placed": "lock", "hold_released": "lock-open", "partner_asked": "send",
    "partner_answered": "messages", "confirm_responsibility": "scale", "contest": "arrow-back-up",
    "plan_proposed": "clipboard-check", "plan_approved": "shield-check", "plan_accepted": "thumb-up",
    "plan_refused": "thumb-down", "agree": "heart-handshake", "action_done": "checklist", "revise": "arrow-back-up",
    "close": "circle-check", "follow_up": "star", "reopen": "repeat", "reject": "circle-x", "appeal": "hand-stop",
    "withdraw": "arrow-back-up", "merge": "git-merge", "merged_here": "git-merge", "unmerge": "unlink",
    "plan_countered": "messages", "money_recovered": "cash", "money_taken_back": "arrow-back-up", "link_sent": "link",
    "proofs_read": "eye", "proof_answered": "check", "finding_recorded": "zoom-in",
    "received_recorded": "package", "record_changed": "pencil", "picture_described": "zoom-in",
    "partner_proposed": "bulb", "mediation_opened": "scale", "mediation_stated": "message",
    "mediation_decided": "gavel",
    "paper_downloaded": "download", "pack_linked": "link", "pack_link_revoked": "unlink",
    "pack_downloaded": "download", "claim_opened": "calendar-time", "claim_changed": "pencil", "claim_filed": "send",
    "claim_accepted": "thumb-up",
    "claim_refused": "thumb-down", "claim_paid": "cash", "claim_expired": "alert-triangle",
    "return_authorised": "package", "return_sent": "truck-return", "return_moving": "truck-return",
    "return_received": "package",
    "return_accepted": "circle-check", "return_disputed": "alert-triangle", "return_released": "circle-check",
    "return_declined": "circle-x", "return_cancelled": "circle-x",
}  # fmt: skip
CHANNEL_ICONS = {"phone": "phone", "chat": "messages", "mail": "mail", "portal": "device-mobile"}

SENTENCES: dict[str, Any] = {
    "filed": _("Filed by %(who)s · %(channel)s"),
    "accept": _("%(who)s accepted it"),
    "assigned": _("%(who)s gave it to %(to)s"),
    "problem_changed": _("%(who)s changed the problem: %(from)s → %(to)s"),
    "evidence_asked": _("%(who)s asked for: %(proofs)s"),
    "proofs_read": _("%(who)s has read what is asked for"),
    "proof_answered": _("%(who)s noted that it came: %(proofs)s. %(why)s"),
    "finding_recorded": _("%(who)s looked: %(about)s: %(value)s. %(why)s"),
    "received_recorded": _("%(who)s wrote down what arrived: %(why)s"),
    "picture_described": _("%(who)s wrote what a picture shows. %(why)s"),
    "record_changed": _("%(who)s added to the record: %(what)s"),
    "paper_downloaded": _("%(who)s downloaded %(name)s"),
    "pack_linked": _("%(who)s made a link to %(name)s for %(receiver)s"),
    "pack_link_revoked": _("%(who)s revoked the link to %(name)s for %(receiver)s"),
    "pack_downloaded": _("%(receiver)s downloaded %(name)s by a link"),
    "claim_opened": _("%(who)s opened a claim against %(against)s, to be filed by %(day)s"),
    "claim_changed": _("%(who)s changed the claim against %(against)s"),
    "claim_filed": _("%(who)s filed the claim against %(against)s (%(why)s)"),
    "claim_accepted": _("%(against)s accepted the claim. %(why)s"),
    "claim_refused": _("%(against)s refused the claim. %(why)s"),
    "claim_paid": _("%(against)s paid the claim (%(why)s)"),
    "claim_expired": _("The claim against %(against)s was not filed in time (%(day)s)"),
    "return_authorised": _("%(who)s authorised return %(number)s"),
    "return_sent": _("%(who)s: return %(number)s was sent"),
    "return_moving": _("%(who)s: return %(number)s is on its way"),
    "return_received": _("%(who)s received return %(number)s. %(why)s"),
    "return_accepted": _("%(who)s looked at return %(number)s: as expected"),
    "return_disputed": _("%(who)s looked at return %(number)s: not as expected. %(why)s"),
    "return_released": _("%(who)s released return %(number)s. %(why)s"),
    "return_declined": _("%(who)s declined return %(number)s. %(why)s"),
    "return_cancelled": _("%(who)s cancelled return %(number)s. %(why)s"),
    "evidence_added": ngettext_lazy("%(who)s added %(count)d photo", "%(who)s added %(count)d photos", "count"),
    "evidence_downloaded": _("%(who)s downloaded an original photo"),
    "evidence_deleted": _("%(who)s deleted a piece of evidence. %(reason)s"),
    "hold_placed": _("%(who)s put the evidence under legal hold. %(reason)s"),
    "hold_released": _("%(who)s ended the legal hold"),
    "partner_asked": _("%(who)s asked %(name)s to confirm %(percent)s%%"),
    "partner_answered": _("%(who)s answered: %(answer)s"),
    "confirm_responsibility": _("%(who)s confirmed the responsibility: %(shares)s"),
    "contest": _("%(who)s contested the responsibility. %(why)s"),
    "plan_proposed": _("%(who)s proposed a plan, version %(version)s"),
    "plan_approved": _("%(who)s approved the plan"),
    "plan_accepted": _("%(who)s accepted the plan"),
    "plan_refused": _("%(who)s did not agree to the plan. %(refusal)s. %(why)s"),
    "plan_countered": _("%(who)s asked for something else: %(wish)s %(amount)s %(currency)s. %(why)s"),
    "money_recovered": _("%(who)s recorded %(amount)s %(currency)s back from %(party)s (%(why)s)"),
    "money_taken_back": _("%(who)s took %(amount)s %(currency)s back in the ledger. %(why)s"),
    "agree": _("The plan is agreed by everybody it binds"),
    "action_done": _("%(who)s recorded as done: %(kind)s (%(why)s)"),
    "revise": _("%(who)s went back to planning. %(why)s"),
    "close": _("%(who)s closed it: %(outcome)s"),
    "follow_up": _("%(who)s rated it %(rating)s of 5"),
    "reopen": _("%(who)s reopened it. %(why)s"),
    "reject": _("%(who)s rejected it (%(clause)s)"),
    "appeal": _("%(who)s appealed. %(why)s"),
    "withdraw": _("%(who)s withdrew it. %(why)s"),
    "merge": _("%(who)s merged it into %(into)s. %(why)s"),
    "merged_here": _("%(who)s merged %(number)s into this one"),
    "unmerge": _("%(who)s undid the merge"),
    "link_sent": _("%(who)s sent the customer a link"),
    "partner_proposed": _("%(who)s proposed a plan. %(why)s"),
    "mediation_opened": _("%(who)s opened a mediation. %(why)s"),
    "mediation_stated": _("%(who)s made a statement in the mediation"),
    "mediation_decided": _(
        "%(who)s decided the mediation: %(shares)s; %(amount)s %(currency)s to the customer. %(why)s"
    ),
}
# The same verb, said otherwise where its data says so.
OTHERWISE: dict[tuple[str, str], Any] = {
    ("assigned", "self"): _("%(who)s took it"),
    ("assigned", "team"): _("%(who)s gave it to team %(team)s"),
    ("assigned", ""): _("%(who)s took the owner away"),
    ("plan_accepted", "by_silence"): _("The customer's silence accepted the plan"),
    ("follow_up", ""): _("The time for an answer ended"),
    ("claim_opened", ""): _("%(who)s opened a claim against %(against)s"),
    ("partner_asked", "proofs"): _("%(who)s asked %(name)s for evidence"),
    ("received_recorded", ""): _("%(who)s took back what was written about what arrived"),
}
LABELS: dict[str, dict[str, Any]] = {
    "channel": dict(Channel.choices), "answer": dict(PartnerRequest.Answer.choices), "outcome": dict(Outcome.choices),
    "refusal": dict(Plan.Refusal.choices), "kind": dict(PlanAction.Kind.choices), "wish": dict(Wish.choices),
    "party": dict(Party.choices),
    "about": dict(Finding.About.choices),
}  # fmt: skip


class Parts(dict):
    """The parts of a sentence; one that the record does not have is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def icon_of(said: Said) -> str:
    """Return the sign of an event."""
    channel = (said.more["data"] or {}).get("channel", "")
    return CHANNEL_ICONS.get(channel) or ICONS.get(said.what, "info-circle")


def sentence(said: Said) -> str:
    """Return what an event says, without its time."""
    parts = _parts(said)
    words = SENTENCES.get(said.what, "%(who)s: " + said.what.replace("_", " ").replace("%", "%%"))
    match said.what:
        case "assigned" if parts["to"] == parts["who"]:
            words = OTHERWISE["assigned", "self"]
        case "assigned" if not parts["to"]:
            words = OTHERWISE["assigned", "team" if parts["team"] else ""]
        case "plan_accepted" if parts["by_silence"]:
            words = OTHERWISE["plan_accepted", "by_silence"]
        case "partner_asked" if parts["percent"] == 0:
            words = OTHERWISE["partner_asked", "proofs"]
        case "claim_opened" if not parts["day"]:
            words = OTHERWISE["claim_opened", ""]
        case "received_recorded" if not parts["why"]:
            words = OTHERWISE["received_recorded", ""]
        case "follow_up" if not parts["rating"]:
            words = OTHERWISE["follow_up", ""]
    return " ".join(str(words % parts).split())


def _parts(said: Said) -> Parts:
    data: dict[str, Any] = said.more["data"] or {}
    parts = Parts(data, who=said.by or _("The system"), why=said.text)
    for name, labels in LABELS.items():
        if name in data:
            parts[name] = labels.get(data[name], data[name])
    parties, proofs, problems = dict(Party.choices), dict(Proof.choices), dict(Problem.choices)
    if "shares" in data:
        parts["shares"] = ", ".join(
            f"{parties.get(party, party)} {percent}%" for party, percent in data["shares"].items()
        )
    if "proofs" in data:
        parts["proofs"] = ", ".join(str(proofs.get(proof, proof)) for proof in data["proofs"])
    if said.what == "finding_recorded":
        parts["value"] = {True: _("yes"), False: _("no"), None: _("cannot be told")}[data.get("value")]
    if said.what == "record_changed":
        parts["what"] = sheet_label(data.get("what", ""))
    if said.what == "problem_changed":
        parts |= {"from": problems.get(data.get("from", ""), "?"), "to": problems.get(data.get("to", ""), "?")}
    if data.get("day"):
        parts["day"] = date_format(dt.date.fromisoformat(data["day"]))
    if said.what == "evidence_added":
        parts["count"] = int(data.get("count") or 1)
    return parts

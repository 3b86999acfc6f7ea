"""What happened before: on the batch, the product, the supplier, the address, the line, and to what was asked."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...problems import GROUP_OF, Party, Problem
from .base import Facts
from .record import Record

# A batch or address stands out from this many complaints on, and from this part of its orders.
NOTICEABLE, PART = 2, 0.05
# An unremarkable batch has at least this many orders, fewer complaints than that.
JUDGEABLE = 20
COMPENSATED = {"refunded", "partly_refunded", "replaced", "compensated", "repaired"}
# A new piece may fail again; money is paid once, and what was left out is sent after once.
PAID = {"refunded", "partly_refunded", "compensated"}
SENT_AFTER = {Problem.MISSING_PART, Problem.MISSING_ITEM, Problem.WRONG_QUANTITY}
# Business days of silence that count: what others use is two for partners (`docs/responsibility.md`).
PARTNER_DAYS = 2


def batch(record: Record, facts: Facts) -> None:
    """Complaints on the batch, other batches, the product, the supplier and the address."""
    line = record.line
    if line is None:
        return
    source = f"line:{line.pk}"
    own = next(((c, o) for name, c, o in record.batches if name == line.batch and line.batch), (0, 0))
    others = [(c, o) for name, c, o in record.batches if name != line.batch]
    total = [(c, o) for _name, c, o in record.batches]
    if line.batch:
        _count(facts, "batch", _("the batch %(batch)s") % {"batch": line.batch}, own, source=source)
    if line.batch and others:
        _count(facts, "other_batches", _("other batches"), _sum(others), source=source)
    _count(facts, "product", _("the product"), _sum(total), source=source)
    _count(facts, "supplier", _("the supplier"), record.supplied, source=source)
    _count(facts, "address", _("the address"), record.address, source=f"order:{record.order.pk}", few=True)


def _sum(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(complaints for complaints, _orders in pairs), sum(orders for _complaints, orders in pairs)


def _count(facts: Facts, name: str, what: str, found: tuple[int, int], *, source: str, few: bool = False) -> None:
    complaints, orders = found
    if not orders:
        return
    text = ngettext(
        "%(n)d earlier complaint in %(orders)d orders on %(what)s",
        "%(n)d earlier complaints in %(orders)d orders on %(what)s",
        complaints,
    ) % {"n": complaints, "orders": orders, "what": what}
    facts.put(f"{name}_complaints", complaints, text, source)
    if complaints >= NOTICEABLE and complaints >= orders * PART:
        facts.put(f"{name}_bad", True, text, source)
    elif few or orders >= JUDGEABLE:
        facts.put(f"{name}_bad", False, text, source)


def earlier(record: Record, facts: Facts) -> None:
    """Earlier complaints of the customer, and of the same line."""
    rows, line = record.earlier, record.line
    if not rows:
        return
    text = ngettext("%(n)d earlier complaint of the customer", "%(n)d earlier complaints of the customer", len(rows))
    facts.put("customer_complaints", len(rows), text % {"n": len(rows)}, f"ticket:{rows[0].pk}")
    same = [t for t in rows if line and t.line_id == line.pk]
    for ticket in same:
        outcome = ticket.get_outcome_display() if ticket.outcome else ticket.get_state_display()
        text = _("%(number)s on the same item: %(problem)s, %(outcome)s") % {
            "number": ticket.number, "problem": ticket.get_problem_display(), "outcome": outcome,
        }  # fmt: skip
        source = f"ticket:{ticket.pk}"
        facts.put("line_complained", True, text, source)
        if ticket.outcome in COMPENSATED:
            facts.put("line_compensated", True, text, source)
            if ticket.outcome == "refunded":
                facts.put("line_refunded", True, text, source)
            again = PAID | ({"replaced"} if record.problem in SENT_AFTER else set())
            if GROUP_OF[ticket.problem] == GROUP_OF[record.problem] and ticket.outcome in again:
                facts.put("line_compensated_same", True, text, source)
        if ticket.state == "rejected":
            facts.put("line_rejected", True, text, source)
    alike = [t for t in rows if t not in same and GROUP_OF[t.problem] == GROUP_OF[record.problem]]
    text = ngettext(
        "%(n)d like complaint of the customer before", "%(n)d like complaints of the customer before", len(alike)
    )
    if alike:
        facts.put("customer_like_complaints", len(alike), text % {"n": len(alike)}, f"ticket:{alike[0].pk}")


def requests(record: Record, facts: Facts) -> None:
    """Proofs asked for: who was asked and has read it, and for how long nobody has answered."""
    limit = record.organization.silence_days
    times = Counter(
        (row.party, row.proof, row.message_id if not row.proof else None) for row in record.asked if not row.answered_at
    )
    for row in record.asked:
        source = f"proof:{row.pk}"
        days = (record.today - record.day(row.asked_at)).days
        words = {"who": row.get_party_display(), "what": row.get_proof_display(), "n": days}
        if row.answered_at:
            facts.put(f"{row.party}_answered", True, _("%(who)s was asked for “%(what)s” and answered") % words, source)
            _answered_late(record, facts, row, source)
            continue
        if row.read_at is None:
            text = _("%(who)s was asked for “%(what)s” and has not read it") % words
            facts.put(f"{row.party}_unread", True, text, source)
            continue
        text = ngettext(
            "%(who)s has read the question for “%(what)s” and not answered for %(n)d day",
            "%(who)s has read the question for “%(what)s” and not answered for %(n)d days", days,
        ) if days else _("%(who)s has read the question for “%(what)s” today")  # fmt: skip
        text %= words
        patience = limit if row.party == Party.CUSTOMER else PARTNER_DAYS
        facts.put(f"{row.party}_silent_days", days, text, source)
        if days >= patience or times[row.party, row.proof, None] > 1:
            facts.put(f"{row.party}_silent", True, text, source)


def _answered_late(record: Record, facts: Facts, row: Any, source: str) -> None:
    """The customer answered only when asked again, or what it took was counted as days of waiting for it."""
    if row.party != Party.CUSTOMER:
        return
    again = sum(1 for other in record.asked if (other.party, other.proof) == (row.party, row.proof))
    waited = max((contact.waiting_for_customer_days or 0 for contact in record.contacts), default=0)
    if again > 1 or waited >= record.organization.silence_days:
        text = ngettext("Asked %(n)d time", "Asked %(n)d times", again) % {"n": again}
        if waited:
            text += ", " + ngettext("%(n)d day of waiting", "%(n)d days of waiting", waited) % {"n": waited}
        facts.put("customer_answered_late", True, text, source)


def answers(record: Record, facts: Facts) -> None:
    """What partners asked for their share said, or that they kept silent."""
    for request in record.answers:
        source = f"request:{request.pk}"
        if not request.answer:
            _awaited(record, facts, request, source)
            continue
        words = {"partner": request.partner.name, "answer": request.get_answer_display()}
        text = _("%(partner)s: %(answer)s") % words
        if request.answer_text:
            text += f": “{request.answer_text}”"
        # The latest answer of a party counts.
        for name in (f"{request.party}_accepts", f"{request.party}_contests"):
            facts.pop(name, None)
        if request.answer == "contested":
            facts.put(f"{request.party}_contests", True, text, source)
        elif request.answer != "silence" or record.organization.partner_silence_accepts:
            facts.put(f"{request.party}_accepts", request.answer_percent, text, source)


def _awaited(record: Record, facts: Facts, request: Any, source: str) -> None:
    """A partner that saw the question and let its day pass is silent before the sweep has written so."""
    if request.seen_at and request.due_at < record.now and record.organization.partner_silence_accepts:
        days = (record.today - record.day(request.asked_at)).days
        text = ngettext("%(who)s has not answered for %(n)d day", "%(who)s has not answered for %(n)d days", days)
        facts.put(f"{request.party}_silent", True, text % {"who": request.partner.name, "n": days}, source)

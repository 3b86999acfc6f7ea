"""A strong rule and a second fact beside it: with the fact the answer is another one, or weak."""

import pytest

from tests.tickets.responsibility.test_rules import TODAY, known
from tickets.responsibility.defaults import default_rules
from tickets.responsibility.recommendation import decide

STRONG = 76
REFUSED = {"attempt_reason": "refused"}
NOTED = {"signed": "damage"}
DUTY = {"customs_reason": "duty_unpaid", "terms": "DAP"}
DDP = {"terms": "DDP", "terms_as_booked": True, "declared_terms": "DDP"}
LISTED = {"prohibited_listed": True, "prohibited_shown": True, "customs_letter": True}
LOW_VALUE = {"undervalued": True, "value_set_by": "agent", "customs_letter": True}
TELLS_OTHERS = {"customs_both": True, "customer_answered": True, "declaration_complete": False}
NOT_MOVED = {"moved": False, "handover_receipt": False}

CASES = (
    ("broken_inside", NOTED, "carrier", {"customs_opened": True, "padding_gone": True}, "customs"),
    ("broken_inside", NOTED, "carrier", {"customs_opened": True}, ""),
    ("crushed", NOTED, "carrier", {"packing_weak": True}, "carrier 60"),
    ("missing_item", {"weight_lost": True}, "carrier", {"customs_opened": True}, ""),
    ("missing_item", {"light_when_packed": True}, "warehouse",
     {"instruction_topic": "less_packing", "instruction_followed": True}, ""),
    ("not_received", {"delivered": True, "delivered_right": False}, "carrier", {"weight_other": True}, ""),
    ("wrong_item", {"fault_at_inspection": False}, "warehouse", {"weight_lost": True}, ""),
    ("lost", {"declared_lost": True}, "carrier", {"delivered": True}, ""),
    ("returned_to_sender", REFUSED, "customer", {"refused_damaged": True}, "carrier"),
    ("returned_to_sender", REFUSED, "customer", {"attempt_denied": True}, ""),
    ("returned_to_sender", REFUSED, "customer", {"collected_at_door": True, **DDP}, "carrier"),
    ("returned_to_sender", DUTY, "customer", {"duty_included": True}, "agent"),
    ("returned_to_sender", {"attempts": 1, "notices_read": True}, "customer", {"waited_days": 1}, "carrier 100"),
    ("no_movement", NOT_MOVED, "warehouse", {"late": False, "silent_days": 2}, ""),
    ("no_movement", NOT_MOVED, "warehouse", {"customer_silent": True}, "customer 100"),
    ("unexpected_duty", DDP, "agent", {"collected_at_door": True}, "carrier"),
    ("held_documents", TELLS_OTHERS, "agent", {"customer_answered_late": True}, "agent 50"),
    ("held_documents", {"customs_reason": "importer"}, "customer", {"customer_answered": True}, ""),
    ("held_documents", LOW_VALUE, "agent", {"customs_reason": "importer"}, "customer"),
    ("held_documents", DUTY, "customer", {"duty_included": True}, "agent"),
    ("seized", LISTED, "customer", {"customs_reason": "papers", "declaration_complete": False}, "agent"),
    ("water", {"instruction_topic": "less_packing", "instruction_followed": True, "instruction_warned": True},
     "customer", {"wet_scan": True}, "carrier"),
    ("defective", {"instruction_topic": "accept", "fault_shown": True, "inspection_covered": False}, "customer",
     {"accepted_else": True}, "supplier"),
    ("defective", {"fault_shown": True, "inspection_covered": False}, "supplier", {"as_warned": True}, "customer"),
)  # fmt: skip


@pytest.mark.parametrize(("problem", "facts", "party", "beside", "instead"), CASES)
def test_a_second_fact_changes_what_a_strong_rule_says(problem, facts, party, beside, instead):
    """`instead`: the party that a strong answer names then, a party with its share, or nothing: no strong answer."""
    alone = decide(known(**facts), problem, TODAY, default_rules())
    assert alone.shares[0][0] == party
    assert alone.confidence >= STRONG
    found = decide(known(**facts, **beside), problem, TODAY, default_rules())
    assert found.rule != alone.rule
    if not instead:
        assert found.confidence <= 60
    elif " " in instead:
        assert " ".join(map(str, found.shares[0])) == instead
    else:
        assert found.shares[0][0] == instead
        assert found.confidence >= 70

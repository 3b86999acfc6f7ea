"""What the apps left of this one are told of, as no import leads there. A receiver runs in the sender's transaction and
with the ticket's row locked; what it raises undoes the action.
"""

from django.dispatch import Signal

# Somebody was asked to bring or to answer something. Sent by Ticket with `ticket`, `by`, `at`, and `asked`: the party
# (`of`), keys of the `customer` or `partner` and of its `request`, the `proofs`, those of them asked for `again`, and
# the share that a partner shall answer for (`percent`). No word of a person is in it.
asked = Signal()

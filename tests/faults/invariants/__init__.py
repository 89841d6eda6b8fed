"""I1–I15 of the reliability rules, one function each: what it returns is what is wrong."""

from tests.faults.invariants.decisions import (
    i4_no_approval_without_quorum,
    i5_no_release_without_approval,
    i6_one_counted_vote_a_seat,
    i12_fail_closed,
)
from tests.faults.invariants.life import (
    i7_audit_chain_whole,
    i8_no_accepted_application_lost,
    i9_every_event_published_and_applied,
    i11_liveness,
    i13_no_cross_object_read,
    i14_only_legal_transitions,
    i15_unknown_operations_resolve,
)
from tests.faults.invariants.money import (
    i1_money_conserved,
    i2_no_over_commitment,
    i3_paid_at_most_once,
    i10_books_agree,
)

INVARIANTS = {
    "I1": i1_money_conserved,
    "I2": i2_no_over_commitment,
    "I3": i3_paid_at_most_once,
    "I4": i4_no_approval_without_quorum,
    "I5": i5_no_release_without_approval,
    "I6": i6_one_counted_vote_a_seat,
    "I7": i7_audit_chain_whole,
    "I8": i8_no_accepted_application_lost,
    "I9": i9_every_event_published_and_applied,
    "I10": i10_books_agree,
    "I11": i11_liveness,
    "I12": i12_fail_closed,
    "I13": i13_no_cross_object_read,
    "I14": i14_only_legal_transitions,
    "I15": i15_unknown_operations_resolve,
}
__all__ = ["INVARIANTS"]

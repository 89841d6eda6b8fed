package fund.disbursement.conditions_test

import data.fund.disbursement.conditions

asked(held) := {"as_of": "2026-06-15", "conditions": held}

condition(due_on, verified) := {"number": 1, "due_on": due_on, "verified": verified}

test_what_is_not_due_or_is_verified_is_in_order if {
	every held in [
		[],
		[condition("2026-06-16", false)],
		[condition("2026-06-01", true), condition("2026-07-01", false)],
	] {
		conditions.met with input as asked(held)
		count(conditions.findings) == 0 with input as asked(held)
	}
}

test_what_is_due_and_not_verified_blocks if {
	every due_on in ["2026-06-15", "2026-01-01", null, "pronto"] {
		held := [condition(due_on, false), condition("2026-01-01", true)]
		not conditions.met with input as asked(held)
		found := conditions.findings with input as asked(held)
		[f.code | some f in found] == ["DIS-013"]
	}
}

test_conditions_that_are_not_told_block if {
	every asked_for in [{"as_of": "2026-06-15"}, asked("ninguna")] {
		not conditions.met with input as asked_for
		count(conditions.findings) == 1 with input as asked_for
	}
}

test_without_a_day_nothing_is_met if {
	not conditions.met with input as {"conditions": [condition("2999-01-01", false)]}
}

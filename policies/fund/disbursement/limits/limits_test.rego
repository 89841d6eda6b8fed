package fund.disbursement.limits_test

import data.fund.disbursement.limits

test_the_limits_in_force_on_a_day if {
	found := limits.decision.limits with input as {"as_of": "2026-11-24"}
	found.instruction_max == 2000000
	found.batch_max == 10000
	found.second_release_from == 1000000
	"018" in found.banks
}

test_a_day_before_any_value_has_none if {
	found := limits.decision.limits with input as {"as_of": "2019-12-31"}
	every name in object.keys(found) { found[name] == null }
}

test_without_a_day_there_is_none if {
	limits.decision.limits.batch_max == null with input as {}
}

package fund.disbursement.amendments.measures_test

import data.fund.disbursement.amendments.measures
import data.fund.disbursement.amendments_test as whole

test_the_measures_of_a_plan_that_stays_are_nothing if {
	asked := object.union(whole.valid, {"proposed": whole.plan})
	measures.known with input as asked
	measures.moved == 0 with input as asked
	measures.approved_total == 100000 with input as asked
	measures.other_totals == set() with input as asked
	measures.other_object == set() with input as asked
	measures.broken == set() with input as asked
}

test_what_is_lost_more_than_gained_is_moved if {
	less := json.patch(whole.plan, [
		{"op": "replace", "path": "/budget_lines/0/agroideas_centimos", "value": 50000},
		{"op": "replace", "path": "/budget_lines/1/agroideas_centimos", "value": 10001},
	])
	measures.moved == 10000 with input as object.union(whole.valid, {"proposed": less})
	measures.moved == 10000 with input as object.union(whole.valid, {"proposed": whole.plan, "board": less})
}

test_a_plan_without_any_term_extends_nothing if {
	bare := object.union(whole.plan, {"tranches": [object.union(one, {"due_working_days": null}) | some one in whole.plan.tranches]})
	measures.extension == 0 with input as object.union(whole.valid, {"board": bare, "proposed": whole.plan})
}

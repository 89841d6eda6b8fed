package fund.eligibility.plan_test

import data.fund.eligibility.plan
import data.fund.eligibility_test as example

found(path, value) := result if {
	result := sort(example.codes(plan.findings)) with input as example.with_value(path, value)
}

missing(path) := result if {
	result := sort(example.codes(plan.findings)) with input as example.without(path)
}

test_a_plan_that_adds_up_passes if {
	count(plan.findings) == 0 with input as example.valid
}

test_a_plan_without_lines_is_found if {
	"PLA-001" in found("/application/plan/budget_lines", [])
	"PLA-001" in missing("/application/plan/budget_lines")
}

test_a_line_one_centimo_off_is_found if {
	found("/application/plan/budget_lines/0/own_centimos", 2000001) == ["PLA-002"]
	found("/application/plan/budget_lines/0/own_centimos", 1999999) == ["PLA-002"]
}

test_a_line_without_an_amount_is_found if {
	missing("/application/plan/budget_lines/0/own_centimos") == ["PLA-002"]
	missing("/application/plan/budget_lines/0/total_centimos") == ["PLA-002"]
}

test_an_empty_line_is_found if {
	decision := plan.findings with input as example.patched([{
		"op": "add",
		"path": "/application/plan/budget_lines/-",
		"value": {
			"line_no": 3, "description": "Nada", "total_centimos": 0,
			"agroideas_centimos": 0, "agrobanco_centimos": 0, "own_centimos": 0,
		},
	}])
	example.codes(decision) == ["PLA-002"]
}

own(first, second) := example.patched([
	{"op": "replace", "path": "/application/plan/budget_lines/0/own_centimos", "value": first},
	{"op": "replace", "path": "/application/plan/budget_lines/1/own_centimos", "value": second},
])

test_the_own_contribution_border if {
	at_border := plan.findings with input as own(0, 1600000)
	not "PLA-003" in example.codes(at_border)
	under := plan.findings with input as own(0, 1599999)
	some one in under
	one.code == "PLA-003"
	one.severity == "signal"
	contains(one.message_es, "9.99 %")
}

test_no_own_contribution_is_found if {
	changed := example.patched([
		{"op": "remove", "path": "/application/plan/budget_lines/0/own_centimos"},
		{"op": "remove", "path": "/application/plan/budget_lines/1/own_centimos"},
	])
	"PLA-003" in example.codes(plan.findings) with input as changed
}

test_tranches_that_do_not_add_up_are_found if {
	found("/application/plan/tranches/0/amount_centimos", 5000001) == ["PLA-004"]
	missing("/application/plan/tranches/2") == ["PLA-004"]
	missing("/application/plan/tranches") == ["PLA-004", "PLA-004"]
}

test_a_tranche_without_amount_or_channel_is_found if {
	"PLA-004" in missing("/application/plan/tranches/0/amount_centimos")
	"PLA-004" in missing("/application/plan/tranches/0/channel")
	"PLA-004" in found("/application/plan/tranches/0/amount_centimos", 0)
}

test_a_request_that_is_not_the_sum_is_found if {
	found("/application/requested/agroideas_centimos", 8000001) == ["PLA-005"]
	missing("/application/requested/agrobanco_centimos") == ["PLA-005"]
}

test_a_channel_outside_the_call_is_found if {
	found("/call/instruments", ["agroideas"]) == ["PLA-006"]
	missing("/call/instruments") == ["PLA-006", "PLA-006"]
}

test_an_unknown_channel_is_found if {
	"PLA-006" in found("/application/plan/tranches/0/channel", "procompite")
}

test_the_envelope_border if {
	found("/call/envelope_centimos", 12000000) == []
	found("/call/envelope_centimos", 11999999) == ["PLA-007"]
}

test_a_missing_envelope_is_found if missing("/call/envelope_centimos") == ["PLA-007"]

test_the_cap_per_producer_border if {
	found("/call/per_producer_cap_centimos", 1200000) == []
	found("/call/per_producer_cap_centimos", 1199999) == ["PLA-008"]
}

test_a_missing_cap_is_found if missing("/call/per_producer_cap_centimos") == ["PLA-008"]

test_both_days_of_the_call_are_open if {
	every day in ["2026-06-01", "2026-06-30"] { found("/application/submitted_on", day) == [] }
	every day in ["2026-05-31", "2026-07-01"] {
		found("/application/submitted_on", day) == ["PLA-009"]
	}
}

test_without_a_day_of_submission_the_day_of_assessment_counts if {
	missing("/application/submitted_on") == []
	changed := json.patch(example.without("/application/submitted_on"), [{
		"op": "replace",
		"path": "/as_of",
		"value": "2026-07-01",
	}])
	example.codes(plan.findings) == ["PLA-009"] with input as changed
}

test_a_call_without_days_is_found if {
	missing("/call/opens_on") == ["PLA-009"]
	missing("/call/closes_on") == ["PLA-009"]
	found("/call/opens_on", null) == ["PLA-009"]
}

test_a_repeated_or_missing_line_number_is_found if {
	found("/application/plan/budget_lines/1/line_no", 1) == ["PLA-010"]
	missing("/application/plan/budget_lines/1/line_no") == ["PLA-010"]
}

mixed := example.patched([
	{"op": "replace", "path": "/application/plan/budget_lines/0/agrobanco_centimos", "value": 1000000},
	{"op": "replace", "path": "/application/plan/budget_lines/0/own_centimos", "value": 1000000},
	{"op": "replace", "path": "/application/plan/tranches/2/amount_centimos", "value": 5000000},
	{"op": "replace", "path": "/application/requested/agrobanco_centimos", "value": 5000000},
])

test_a_line_of_both_programmes_is_a_signal if {
	decision := plan.findings with input as mixed
	example.codes(decision) == ["PLA-011"]
	every one in decision { one.severity == "signal" }
}

test_a_parameter_may_allow_both_programmes if {
	original := data.fund.parameters.fund
	versions := [object.union(original["line.both_programmes"][0], {"value": true})]
	count(plan.findings) == 0 with input as mixed
		with data.fund.parameters.fund as object.union(original, {"line.both_programmes": versions})
}

test_a_line_of_no_known_programme_is_found if {
	decision := plan.findings with input as example.patched([
		{"op": "remove", "path": "/application/plan/budget_lines/0/agroideas_centimos"},
		{"op": "remove", "path": "/application/plan/budget_lines/0/agrobanco_centimos"},
	])
	"PLA-011" in example.codes(decision)
}

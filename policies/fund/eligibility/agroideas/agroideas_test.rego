package fund.eligibility.agroideas_test

import data.fund.eligibility.agroideas
import data.fund.eligibility_test as example

at(field) := sprintf("/application/plan/budget_lines/0/%s", [field])

found(field, value) := result if {
	result := example.codes(agroideas.findings) with input as example.with_value(at(field), value)
}

test_eighty_percent_passes if {
	count(agroideas.findings) == 0 with input as example.valid
}

test_one_centimo_more_is_found if {
	found("agroideas_centimos", 8000001) == ["AGI-001"]
}

test_eighty_five_percent_is_found_and_named if {
	some one in agroideas.findings with input as example.with_value(at("agroideas_centimos"), 8500000)
	contains(one.message_es, "85 %")
	one.severity == "blocking"
}

test_a_line_without_amounts_is_found if {
	every field in ["agroideas_centimos", "total_centimos"] {
		example.codes(agroideas.findings) == ["AGI-001"] with input as example.without(at(field))
	}
}

test_the_producer_cap_is_only_a_signal if {
	changed := example.patched([
		{"op": "replace", "path": at("total_centimos"), "value": 250000000},
		{"op": "replace", "path": at("agroideas_centimos"), "value": 165000001},
	])
	decision := agroideas.findings with input as changed
	example.codes(decision) == ["AGI-002"]
	every one in decision {
		one.severity == "signal"
		one.fact.cap_centimos == 165000000
	}
}

test_exactly_the_producer_cap_passes if {
	changed := example.patched([
		{"op": "replace", "path": at("total_centimos"), "value": 250000000},
		{"op": "replace", "path": at("agroideas_centimos"), "value": 165000000},
	])
	count(agroideas.findings) == 0 with input as changed
}

test_the_uit_is_that_of_the_day if {
	changed := json.patch(example.valid, [
		{"op": "replace", "path": "/as_of", "value": "2025-12-31"},
		{"op": "replace", "path": at("total_centimos"), "value": 250000000},
		{"op": "replace", "path": at("agroideas_centimos"), "value": 165000000},
	])
	some one in agroideas.findings with input as changed
	one.fact.cap_centimos == 160500000
}

test_an_enforced_producer_cap_blocks if {
	original := data.fund.parameters.agroideas
	versions := [object.union(original["producer.max_grant_uit"][0], {"enforce": true})]
	changed := example.patched([
		{"op": "replace", "path": at("total_centimos"), "value": 250000000},
		{"op": "replace", "path": at("agroideas_centimos"), "value": 165000001},
	])
	some one in agroideas.findings with input as changed
		with data.fund.parameters.agroideas as object.union(original, {"producer.max_grant_uit": versions})
	one.severity == "blocking"
}

earlier(agreements) := result if {
	result := agroideas.findings with input as example.patched([{
		"op": "add",
		"path": "/facts/history",
		"value": agreements,
	}])
}

test_an_earlier_grant_is_a_signal_and_an_earlier_credit_is_not if {
	some found in earlier([{"agreement_id": "CONV-1", "channel": "agroideas"}])
	found.code == "AGI-003"
	found.severity == "signal"
	contains(found.message_es, "(CONV-1)")
	example.codes(earlier([{}])) == ["AGI-003"]
	every agreements in [null, [], [{"agreement_id": "CONV-2", "channel": "agrobanco"}]] {
		count(earlier(agreements)) == 0
	}
}

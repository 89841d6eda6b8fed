package fund.eligibility.agrobanco_test

import data.fund.eligibility.agrobanco
import data.fund.eligibility_test as example

line(total, credit) := example.patched([
	{"op": "replace", "path": "/application/plan/budget_lines/1/total_centimos", "value": total},
	{"op": "replace", "path": "/application/plan/budget_lines/1/agrobanco_centimos", "value": credit},
])

area(value) := example.with_value("/facts/members/2/total_area_m2", value)

test_a_small_credit_passes if {
	count(agrobanco.findings) == 0 with input as example.valid
}

test_thirty_thousand_soles_a_producer_pass if {
	count(agrobanco.findings) == 0 with input as line(50000000, 30000000)
}

test_one_centimo_more_is_found if {
	decision := agrobanco.findings with input as line(50000000, 30000001)
	example.codes(decision) == ["AGB-001"]
	some one in decision
	one.parameter.key == "agroperu.producer.max_credit"
	one.fact.cap_centimos == 3000000
}

test_the_legal_cap_binds_when_it_is_the_lower if {
	original := data.fund.parameters.agrobanco
	versions := [object.union(original["producer.max_credit_uit"][0], {"value": 5})]
	some one in agrobanco.findings with input as line(50000000, 30000000)
		with data.fund.parameters.agrobanco as object.union(original, {"producer.max_credit_uit": versions})
	one.code == "AGB-001"
	one.parameter.key == "agrobanco.producer.max_credit_uit"
	one.fact.cap_centimos == 2750000
}

test_seventy_percent_of_the_cost_pass if {
	count(agrobanco.findings) == 0 with input as line(10000000, 14000000)
}

test_more_than_seventy_percent_is_found if {
	example.codes(agrobanco.findings) == ["AGB-002"] with input as line(10000000, 14000001)
}

test_no_cost_is_found if {
	changed := example.patched([
		{"op": "remove", "path": "/application/plan/budget_lines/0/total_centimos"},
		{"op": "remove", "path": "/application/plan/budget_lines/1/total_centimos"},
	])
	example.codes(agrobanco.findings) == ["AGB-002"] with input as changed
}

test_half_a_hectare_passes_and_less_is_found if {
	count(agrobanco.findings) == 0 with input as area(5000)
	decision := agrobanco.findings with input as area(4999)
	example.codes(decision) == ["AGB-003"]
	some one in decision
	contains(one.message_es, "menos que las 0.5 ha")
}

test_a_missing_area_is_left_to_the_members if {
	count(agrobanco.findings) == 0 with input as example.without("/facts/members/2/total_area_m2")
}

test_whom_the_fund_refuses_is_not_found_twice if {
	count(agrobanco.findings) == 0 with input as area(62000)
}

test_whom_only_agroperu_refuses_is_found if {
	original := data.fund.parameters.fund
	versions := [object.union(original["producer.max_ha"][0], {"value": 8})]
	decision := agrobanco.findings with input as area(62000)
		with data.fund.parameters.fund as object.union(original, {"producer.max_ha": versions})
	example.codes(decision) == ["AGB-004"]
}

test_without_credit_no_area_is_asked_for if {
	count(agrobanco.findings) == 0 with input as json.patch(area(100), [{
		"op": "replace",
		"path": "/application/plan/budget_lines/1/agrobanco_centimos",
		"value": 0,
	}])
}

credit_tranches(amounts) := result if {
	grant := [tranche | some tranche in example.valid.application.plan.tranches; tranche.channel == "agroideas"]
	credit := [tranche |
		some amount in amounts
		tranche := {"sequence": 9, "channel": "agrobanco", "amount_centimos": amount, "milestone": "Campo"}
	]
	result := example.codes(agrobanco.findings) with input as example.with_value(
		"/application/plan/tranches",
		array.concat(grant, credit),
	)
}

test_two_tranches_of_the_credit_are_the_most if {
	credit_tranches([2000000, 2000000]) == []
	credit_tranches([1000000, 1000000, 2000000]) == ["AGB-005"]
}

other_loans(number) := result if {
	result := example.codes(agrobanco.findings) with input as example.patched([{
		"op": "add",
		"path": "/facts/members/2/other_loans",
		"value": number,
	}])
}

test_three_other_loans_are_the_most_and_silence_says_nothing if {
	every number in [null, 0, 3] { other_loans(number) == [] }
	every number in [4, -1, "varios"] { other_loans(number) == ["AGB-006"] }
}

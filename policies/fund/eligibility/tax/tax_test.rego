package fund.eligibility.tax_test

import data.fund.eligibility
import data.fund.eligibility.tax
import data.fund.eligibility_test as example

with_income(income) := result if {
	result := tax.members with input as example.patched([{
		"op": "add",
		"path": "/facts/members/0/annual_income_centimos",
		"value": income,
	}])
}

test_without_an_income_it_is_not_known if {
	tax.members == {"n_yes": 0, "n_no": 0, "n_unknown": 10} with input as example.valid
	with_income(null).n_unknown == 10
}

# 150 UIT of 2026 are S/ 825 000.
test_a_hundred_and_fifty_uit_are_the_limit if {
	with_income(82500000) == {"n_yes": 1, "n_no": 0, "n_unknown": 9}
	with_income(82500001) == {"n_yes": 0, "n_no": 1, "n_unknown": 9}
}

ppa(period) := result if {
	result := tax.members with input as example.with_value("/facts/members/0/ppa", period)
}

test_outside_of_the_ppa_it_is_no if {
	ppa(null).n_no == 1
	ppa({"valid_from": "2026-06-16", "valid_to": null}).n_no == 1
	ppa({"valid_from": "2026-06-15", "valid_to": null}).n_no == 0
	ppa({"valid_from": "2026-01-01", "valid_to": "2026-06-15"}).n_no == 1
	ppa({"valid_from": "2026-01-01", "valid_to": "2026-06-16"}).n_no == 0
}

test_a_year_without_uit_leaves_it_unknown if {
	question := json.patch(example.valid, [
		{"op": "replace", "path": "/as_of", "value": "2027-01-01"},
		{"op": "replace", "path": "/facts/members/0/ppa/valid_to", "value": null},
		{"op": "add", "path": "/facts/members/0/annual_income_centimos", "value": 1},
	])
	tax.members == {"n_yes": 0, "n_no": 9, "n_unknown": 1} with input as question
}

test_the_two_predicates_do_not_mix if {
	question := json.patch(example.valid, [{
		"op": "add",
		"path": "/facts/members/0/annual_income_centimos",
		"value": 99900000000,
	}])
	decision := eligibility.decision with input as question
	decision.eligible
	decision.predicates == {
		"fund_eligible": true,
		"tax_eligible": {"members": {"n_yes": 0, "n_no": 1, "n_unknown": 9}},
	}
}

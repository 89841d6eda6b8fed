package fund.eligibility.concentration_test

import data.fund.eligibility.concentration
import data.fund.eligibility_test as example

# The call has S/ 5 000 000 and the request is S/ 120 000.
held(field, amount) := result if {
	result := concentration.findings with input as example.patched([{
		"op": "add",
		"path": "/facts/concentration",
		"value": {field: amount},
	}])
}

test_nothing_is_said_where_nothing_is_given if {
	count(concentration.findings) == 0 with input as example.valid
	count(held("by_anchor_centimos", null)) == 0
}

test_the_share_itself_fits_and_a_centimo_more_does_not if {
	every field, rule in {
		"by_anchor_centimos": ["CNC-001", 188000000],
		"by_region_centimos": ["CNC-002", 238000000],
		"by_crop_centimos": ["CNC-003", 288000000],
	} {
		count(held(field, rule[1])) == 0
		example.codes(held(field, rule[1] + 1)) == [rule[0]]
	}
}

test_an_amount_that_is_none_is_found_with_a_dash if {
	some found in held("by_crop_centimos", "mucho")
	contains(found.message_es, "S/ — de S/ 5 000 000.00")
	found.severity == "signal"
}

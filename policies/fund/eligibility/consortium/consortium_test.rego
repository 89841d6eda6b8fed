package fund.eligibility.consortium_test

import data.fund.eligibility.consortium
import data.fund.eligibility_test as example

test_ten_producers_are_enough if {
	count(consortium.findings) == 0 with input as example.valid
}

test_nine_producers_are_too_few if {
	found := consortium.findings with input as example.without("/facts/members/9")
	example.codes(found) == ["CON-001"]
	some one in found
	one.message_es == "El consorcio tiene 9 productores; el mínimo es 10."
}

test_missing_members_are_found if {
	example.codes(consortium.findings) == ["CON-001"] with input as example.without("/facts/members")
}

test_independent_accounting_is_found if {
	one := {"op": "add", "path": "/facts/consortium/independent_accounting", "value": true}
	example.codes(consortium.findings) == ["CON-002"] with input as example.patched([one])
}

test_accounting_that_is_neither_yes_nor_no_is_found if {
	one := {"op": "add", "path": "/facts/consortium/independent_accounting", "value": null}
	example.codes(consortium.findings) == ["CON-002"] with input as example.patched([one])
}

test_declared_common_accounting_passes if {
	one := {"op": "add", "path": "/facts/consortium/independent_accounting", "value": false}
	count(consortium.findings) == 0 with input as example.patched([one])
}

test_a_consortium_without_name_or_id_is_found if {
	every path in ["/facts/consortium/name", "/facts/consortium/id", "/facts/consortium"] {
		example.codes(consortium.findings) == ["CON-003"] with input as example.without(path)
	}
}

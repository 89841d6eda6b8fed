package fund.eligibility.members_test

import data.fund.eligibility.members
import data.fund.eligibility_test as example

at(field) := sprintf("/facts/members/2/%s", [field])

found(field, value) := result if {
	result := example.codes(members.findings) with input as example.with_value(at(field), value)
}

missing(field) := result if {
	result := example.codes(members.findings) with input as example.without(at(field))
}

test_members_in_order_pass if {
	count(members.findings) == 0 with input as example.valid
}

test_a_dni_of_another_shape_is_found if {
	every dni in ["4567890", "456789012", "4567890A", 45678903] { found("dni", dni) == ["MEM-001"] }
}

test_a_missing_dni_is_found if missing("dni") == ["MEM-001"]

test_a_dead_member_is_found if found("alive", false) == ["MEM-002"]

test_a_member_of_whom_nobody_knows_is_found if missing("alive") == ["MEM-002"]

test_the_area_is_found_from_five_hectares_on if {
	found("total_area_m2", 49999) == []
	found("total_area_m2", 50000) == ["MEM-003"]
	found("total_area_m2", 62000) == ["MEM-003"]
}

test_an_area_that_is_no_area_is_found if {
	every area in [-1, 1.5, "18000", null] { found("total_area_m2", area) == ["MEM-003"] }
}

test_a_missing_area_is_found if missing("total_area_m2") == ["MEM-003"]

test_the_ppa_period_is_half_open if {
	found("ppa", {"valid_from": "2026-06-15", "valid_to": "2026-06-16"}) == []
	found("ppa", {"valid_from": "2026-06-16", "valid_to": "2027-01-01"}) == ["MEM-004"]
	found("ppa", {"valid_from": "2026-01-01", "valid_to": "2026-06-15"}) == ["MEM-004"]
	found("ppa", {"valid_from": "2026-01-01", "valid_to": null}) == []
}

test_a_broken_or_absent_ppa_is_found if {
	found("ppa", null) == ["MEM-004"]
	found("ppa", {"valid_from": "2026-01-01"}) == ["MEM-004"]
	missing("ppa") == ["MEM-004"]
}

test_another_consortium_is_found if {
	found("other_consortia", [{"consortium_id": "con_02", "name": "Otro"}]) == ["MEM-005"]
	found("other_consortia", [{}]) == ["MEM-005"]
}

test_a_consortium_that_came_later_is_a_signal_only if {
	later := {"consortium_id": "con_02", "name": "Otro", "joined_first": false}
	found("other_consortia", [later]) == ["MEM-010"]
	found("other_consortia", [later, {"consortium_id": "con_03", "name": "Primero", "joined_first": true}]) == ["MEM-005", "MEM-010"]
}

test_missing_other_consortia_are_found if missing("other_consortia") == ["MEM-005"]

test_a_repeated_dni_is_found_once if {
	decision := members.findings with input as example.with_value(at("dni"), "45678901")
	example.codes(decision) == ["MEM-006"]
	some one in decision
	one.fact == {"dni": "45678901", "times": 2}
}

test_no_parcel_is_a_signal if {
	found("parcels", []) == ["MEM-007"]
	missing("parcels") == ["MEM-007"]
}

test_an_incomplete_contract_is_a_signal if {
	found("contract/price_formula", " ") == ["MEM-008"]
	found("contract/annual_volume_kg", 0) == ["MEM-008"]
	missing("contract/product") == ["MEM-008"]
	missing("contract") == ["MEM-008"]
}

test_a_shared_account_is_a_signal if {
	decision := members.findings with input as example.with_value(at("cci"), "cci-0")
	example.codes(decision) == ["MEM-009"]
	every one in decision { one.severity == "signal" }
}

test_a_missing_account_shares_nothing if missing("cci") == []

# 1.8 ha of palta at 25 t a ha are 45 000 kg.
test_a_volume_that_the_hectares_cannot_grow_is_a_signal if {
	found("contract/annual_volume_kg", 45000) == []
	found("contract/annual_volume_kg", 45001) == ["MEM-011"]
	found("contract/product", "aguaymanto") == []
}

test_the_volume_names_the_yield_of_its_crop if {
	some one in members.findings with input as example.with_value(at("contract/annual_volume_kg"), 45001)
	one.parameter.value == 25
	contains(one.message_es, "compromete 45001 kg de palta al año y tiene 1.8 ha (hasta 25 t por ha)")
}

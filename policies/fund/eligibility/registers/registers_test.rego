package fund.eligibility.registers_test

import data.fund.eligibility
import data.fund.eligibility.registers
import data.fund.eligibility_test as example

found(path, value) := result if {
	result := example.codes(registers.findings) with input as example.with_value(path, value)
}

missing(path) := result if {
	result := example.codes(registers.findings) with input as example.without(path)
}

severity_of(path, value) := result if {
	some one in registers.findings with input as example.with_value(path, value)
	result := one.severity
}

test_what_registers_confirm_passes if {
	count(registers.findings) == 0 with input as example.valid
}

test_registers_that_were_not_asked_are_said_so_and_refuse_nobody if {
	found("/facts/registers", null) == ["REG-000"]
	missing("/facts/registers") == ["REG-000"]
	decision := eligibility.decision with input as example.without("/facts/registers")
	decision.eligible
	example.codes(decision.findings) == ["REG-000"]
}

test_an_anchor_that_is_not_active_blocks if {
	found("/facts/registers/sunat/state", "BAJA DE OFICIO") == ["REG-001", "REG-002"]
	found("/facts/registers/sunat/condition", "NO HABIDO") == ["REG-001", "REG-002"]
	found("/facts/registers/sunat", {"ruc": "20131312955", "found": false}) == ["REG-001"]
	missing("/facts/registers/sunat") == ["REG-001", "REG-009"]
	found("/facts/registers/sunat/ruc", "20100070970") == ["REG-009"]
	decision := eligibility.decision with input as example.with_value("/facts/registers/sunat/state", "BAJA")
	not decision.eligible
}

test_what_was_declared_otherwise_is_a_signal if {
	found("/facts/registers/sunat/exporting", false) == ["REG-002"]
	severity_of("/facts/registers/sunat/exporting", false) == "signal"
}

test_coercive_debt_is_a_signal if {
	found("/facts/registers/sunat/coercive_debt_centimos", 1) == ["REG-003"]
	severity_of("/facts/registers/sunat/coercive_debt_centimos", 1) == "signal"
	missing("/facts/registers/sunat/coercive_debt_centimos") == ["REG-003"]
}

test_a_firm_that_sunarp_does_not_know_is_a_signal if {
	found("/facts/registers/sunarp", {"ruc": "20131312955", "found": false, "directors": []}) == ["REG-004"]
}

test_a_young_firm_is_a_signal if {
	found("/facts/registers/sunarp/registered_on", "2025-06-11") == ["REG-005"]
	found("/facts/registers/sunarp/registered_on", "2025-06-10") == []
	found("/facts/registers/sunat/registered_on", "2026-01-01") == ["REG-005"]
	found("/facts/registers/sunat/registered_on", null) == ["REG-005"]
}

test_an_answer_that_is_not_whole_blocks if {
	every register in ["reniec", "ppa", "credit"] {
		"REG-009" in found(sprintf("/facts/registers/%s", [register]), [])
		"REG-009" in missing(sprintf("/facts/registers/%s/3", [register]))
		"REG-009" in missing(sprintf("/facts/registers/%s", [register]))
	}
	{code | some code in found("/facts/registers", "una palabra")} == {"REG-001", "REG-004", "REG-009"}
	{code | some code in missing("/facts/registers/sunarp")} == {"REG-004", "REG-009"}
	decision := eligibility.decision with input as example.with_value("/facts/registers", {})
	not decision.eligible
}

test_a_director_in_office_counts_and_a_former_one_does_not if {
	found("/facts/registers/credit/10/classification", "DUDOSO") == ["REG-015"]
	patched := example.patched([
		{"op": "replace", "path": "/facts/registers/credit/10/classification", "value": "DUDOSO"},
		{"op": "replace", "path": "/facts/registers/sunarp/directors/0/term_to", "value": "2026-06-15"},
	])
	count(registers.findings) == 0 with input as patched
	later := example.patched([
		{"op": "replace", "path": "/facts/registers/credit/10/classification", "value": "DUDOSO"},
		{"op": "replace", "path": "/facts/registers/sunarp/directors/0/term_to", "value": "2026-06-16"},
	])
	count(registers.findings) == 1 with input as later
}

# The term is [term_from, term_to): its first day counts, whether it has an end or none.
test_a_director_is_in_office_from_the_first_day_of_the_term if {
	every day, codes in {"2026-06-15": ["REG-015"], "2026-06-16": []} {
		every end in [null, "2028-01-01"] {
			patched := example.patched([
				{"op": "replace", "path": "/facts/registers/credit/10/classification", "value": "DUDOSO"},
				{"op": "replace", "path": "/facts/registers/sunarp/directors/0/term_from", "value": day},
				{"op": "replace", "path": "/facts/registers/sunarp/directors/0/term_to", "value": end},
			])
			example.codes(registers.findings) == codes with input as patched
		}
	}
}

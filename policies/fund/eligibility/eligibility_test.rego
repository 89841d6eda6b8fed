package fund.eligibility_test

import data.fund.eligibility

test_a_clean_application_is_eligible if {
	decision := eligibility.decision with input as valid
	decision.eligible
	decision.outcome == "eligible"
	decision.findings == []
	decision.score.total == 70
	decision.limits == {
		"members": 10,
		"women_percent": 100,
		"under30_percent": 0,
		"requested_centimos": 12000000,
		"credit_per_producer_max_centimos": 3000000,
		"credit_max_centimos": 30000000,
		"grant_line_max_percent": 80,
		"own_contribution_min_percent": 10,
		"call_envelope_centimos": 500000000,
		"call_max_for_members_centimos": 20000000,
	}
}

test_the_parameters_used_are_named_with_source_and_validity if {
	decision := eligibility.decision with input as valid
	count(decision.parameters_used) == 58
	every used in decision.parameters_used {
		{"key", "value", "unit", "source", "confidence", "enforce", "valid_from"} & object.keys(used) != set()
	}
}

# The third example of the fund: 6.2 ha, a DNI in another consortium, a grant line at 85 %.
third_example := patched([
	{"op": "replace", "path": "/facts/members/3/total_area_m2", "value": 62000},
	{"op": "replace", "path": "/facts/registers/ppa/3/total_area_m2", "value": 62000},
	{"op": "replace", "path": "/facts/members/5/other_consortia", "value": [{
		"consortium_id": "con_02",
		"name": "Cacao del Alto Huallaga",
	}]},
	{"op": "replace", "path": "/application/plan/budget_lines/0/agroideas_centimos", "value": 8500000},
	{"op": "replace", "path": "/application/plan/budget_lines/0/own_centimos", "value": 1500000},
	{"op": "replace", "path": "/application/plan/tranches/0/amount_centimos", "value": 5500000},
	{"op": "replace", "path": "/application/requested/agroideas_centimos", "value": 8500000},
])

test_the_third_example_yields_exactly_three_blocking_findings if {
	decision := eligibility.decision with input as third_example
	not decision.eligible
	decision.outcome == "ineligible"
	codes(decision.findings) == ["AGI-001", "MEM-003", "MEM-005"]
	blocking(decision.findings) == ["AGI-001", "MEM-003", "MEM-005"]
}

test_the_findings_of_the_third_example_name_the_facts if {
	decision := eligibility.decision with input as third_example
	grant := decision.findings[0]
	contains(grant.message_es, "Partida 1 (Riego por goteo): Agroideas pagaría 85 % (S/ 85 000.00 de S/ 100 000.00)")
	contains(grant.message_en, "the maximum is 80 %")
	grant.subject == {"type": "line", "id": 1, "label": "1 (Riego por goteo)"}
	grant.parameter == {"key": "agroideas.line.max_share", "value": 80, "unit": "percent", "enforce": true}
	area := decision.findings[1]
	area.message_es == "Rosa Quispe 3 (DNI 45678904) tiene 6.2 ha; debe tener menos de 5 ha."
	area.message_en == "Rosa Quispe 3 (DNI 45678904) has 6.2 ha; it must be under 5 ha."
	area.rule == "fund.eligibility.members.area_max"
	area.fact == {"total_area_m2": 62000}
	single := decision.findings[2]
	contains(single.message_es, "DNI 45678906) también integra Cacao del Alto Huallaga")
	single.norm == "Ley 32434 arts. 3.d y 4.2"
}

test_a_finding_has_every_part if {
	decision := eligibility.decision with input as third_example
	every found in decision.findings {
		object.keys(found) == {
			"code", "severity", "rule", "subject", "norm", "source", "fact",
			"parameter", "message_es", "message_en", "cure_es", "cure_en",
		}
		every part in ["rule", "norm", "source", "cure_es", "cure_en"] { found[part] != "" }
	}
}

test_a_signal_does_not_make_ineligible if {
	decision := eligibility.decision with input as with_value("/facts/members/0/parcels", [])
	decision.eligible
	codes(decision.findings) == ["MEM-007"]
}

# Fields that only label or only score, or that may be absent: without them nothing is undecided.
optional_field := {
	"id", "submitted_on", "item", "description", "milestone", "sequence", "legal_name", "cci",
	"producer_id", "full_name", "sex", "born_on", "code", "area_m2", "crop", "tenure",
	"parcels", "contract", "product", "annual_volume_kg", "price_formula",
}

# The facts' own date is for the record; the decision is on input.as_of.
optional_path := {["facts", "as_of"]}

required_paths contains path if {
	walk(valid, [path, _])
	count(path) > 0
	not path in optional_path
	not _optional(path)
	not _another_member(path)
}

required_paths contains ["facts", "consortium", "id"]

# One member stands for all.
_another_member(path) if {
	array.slice(path, 0, 2) == ["facts", "members"]
	path[2] > 0
}

_optional(path) if {
	some part in path
	part in optional_field
}

_optional(path) if is_number(path[count(path) - 1])

# Registers may be switched off; where they are on, their own tests see that nothing is missing.
_optional(path) if array.slice(path, 0, 2) == ["facts", "registers"]

test_any_missing_input_makes_ineligible if {
	count(required_paths) > 35
	every path in required_paths {
		decision := eligibility.decision with input as json.patch(valid, [{"op": "remove", "path": path}])
		not decision.eligible
		count(blocking(decision.findings)) > 0
	}
}

test_any_null_makes_ineligible_but_for_an_open_ppa if {
	every path in required_paths {
		_null_is_found(path)
	}
}

_null_is_found(path) if {
	decision := eligibility.decision with input as json.patch(valid, [{
		"op": "replace",
		"path": path,
		"value": null,
	}])
	not decision.eligible
	count(blocking(decision.findings)) > 0
}

_null_is_found(path) if path[count(path) - 1] == "valid_to"

test_a_word_in_place_of_any_value_makes_ineligible if {
	words := {["facts", "consortium", "name"], ["facts", "consortium", "id"]}
	every path in required_paths - words {
		decision := eligibility.decision with input as json.patch(valid, [{
			"op": "replace",
			"path": path,
			"value": "una palabra",
		}])
		not decision.eligible
	}
}

test_an_empty_input_is_ineligible_with_findings if {
	decision := eligibility.decision with input as {}
	decision.outcome == "ineligible"
	"INP-001" in codes(decision.findings)
	"PLA-001" in codes(decision.findings)
	decision.score == {"total": 0, "by_criterion": {}}
}

test_an_input_that_is_not_an_object_is_ineligible if {
	decision := eligibility.decision with input as "nada"
	decision.outcome == "ineligible"
}

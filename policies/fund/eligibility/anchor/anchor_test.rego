package fund.eligibility.anchor_test

import data.fund.eligibility.anchor
import data.fund.eligibility_test as example

found(path, value) := result if {
	result := example.codes(anchor.findings) with input as example.with_value(path, value)
}

missing(path) := result if {
	result := example.codes(anchor.findings) with input as example.without(path)
}

test_an_active_exporter_passes if {
	count(anchor.findings) == 0 with input as example.valid
}

test_valid_rucs_pass if {
	every ruc in ["20131370645", "20515397290", "20999990071", "10101174102"] {
		found("/facts/anchor_firm/ruc", ruc) == []
	}
}

test_invalid_rucs_are_found if {
	every ruc in ["20131312954", "20512333798", "30131312955", "2013131295", "", 20131312955] {
		found("/facts/anchor_firm/ruc", ruc) == ["ANC-001"]
	}
}

test_a_missing_ruc_is_found if missing("/facts/anchor_firm/ruc") == ["ANC-001"]

test_a_suspended_firm_is_found if {
	found("/facts/anchor_firm/ruc_state", "SUSPENSION TEMPORAL") == ["ANC-002"]
}

test_a_missing_state_is_found if missing("/facts/anchor_firm/ruc_state") == ["ANC-002"]

test_a_firm_not_found_at_its_address_is_found if {
	found("/facts/anchor_firm/ruc_condition", "NO HABIDO") == ["ANC-003"]
}

test_a_missing_condition_is_found if missing("/facts/anchor_firm/ruc_condition") == ["ANC-003"]

test_a_firm_that_does_not_export_is_found if {
	found("/facts/anchor_firm/exporting", false) == ["ANC-004"]
	found("/facts/anchor_firm/exporting", "true") == ["ANC-004"]
}

test_a_missing_export_datum_is_found if missing("/facts/anchor_firm/exporting") == ["ANC-004"]

test_exporting_may_be_waived_by_its_parameter if {
	versions := [object.union(data.fund.parameters.fund["anchor_firm.exporting"][0], {"value": false})]
	count(anchor.findings) == 0 with input as example.with_value("/facts/anchor_firm/exporting", false)
		with data.fund.parameters.fund as object.union(
			data.fund.parameters.fund,
			{"anchor_firm.exporting": versions},
		)
}

test_no_firm_at_all_is_found if {
	sort(missing("/facts/anchor_firm")) == ["ANC-001", "ANC-002", "ANC-003", "ANC-004"]
}

address(ubigeo) := result if {
	result := example.codes(anchor.findings) with input as example.patched([{
		"op": "add",
		"path": "/facts/anchor_firm/ubigeo",
		"value": ubigeo,
	}])
}

test_an_address_in_lima_or_callao_is_a_signal if {
	every ubigeo in ["150101", "070106"] { address(ubigeo) == ["ANC-005"] }
	every ubigeo in ["150201", "110101", null] { address(ubigeo) == [] }
}

package fund.disbursement_test

import data.fund.disbursement

valid := {
	"as_of": "2026-06-15",
	"agreement": {"state": "active", "signed_by_fund": true, "signed_by_consortium": true},
	"tranche": {
		"sequence": 3,
		"channel": "agroideas",
		"amount_centimos": 3000000,
		"state": "requested",
		"prepared_by": "op-1",
		"requested_by": "app-1",
	},
	"releaser": "op-2",
	"committed_centimos": 3000000,
	"earlier": [
		{"sequence": 1, "channel": "agroideas", "state": "reconciled", "amount_centimos": 5000000, "accounted_centimos": 2500000},
		{"sequence": 2, "channel": "agrobanco", "state": "instructed", "amount_centimos": 4000000, "accounted_centimos": 0},
	],
	"holds": [],
	"conditions": [{"number": 1, "due_on": "2026-07-01", "verified": false}],
	"milestone": {"description": "Siembra", "verified": true},
	"own": {"planned_centimos": 100, "verified_centimos": 100, "fund_centimos": 3000000, "let_go_centimos": 3000000},
	"reports": [{"id": "rep_1", "due_on": "2026-07-01"}],
	"claims": [{"id": "clm_1", "kind": "refund", "due_on": "2026-07-01", "open_centimos": 5}],
	"purchases": [{"supplier": "20512345674", "budget_line": 1, "paid_centimos": 100, "granted_centimos": 100}],
	"addendum": {"number": 1, "state": "in_board", "due_on": "2026-06-15", "touches": false},
}

changed(patches) := decision if {
	decision := disbursement.decision with input as json.patch(valid, patches)
}

found(path, value) := codes if {
	decision := changed([{"op": "replace", "path": path, "value": value}])
	codes := [f.code | some f in decision.findings]
	_agrees(decision.allow, count(codes))
}

_agrees(true, 0)

_agrees(false, found_count) if found_count > 0

missing(path) := codes if {
	decision := changed([{"op": "remove", "path": path}])
	decision.allow == false
	codes := [f.code | some f in decision.findings]
}

in_order := {
	"allow": true,
	"findings": [],
	"terms": {"report_days": 15, "reminder_days": [5, 3, 1]},
}

test_a_tranche_in_order_is_released if changed([]) == in_order

test_what_the_agreement_owes_is_found if {
	found("/reports/0/due_on", "2026-06-14") == ["DIS-022"]
	found("/claims/0/due_on", "2026-06-14") == ["DIS-021"]
	found("/claims/0/kind", "undue") == ["DIS-020"]
	missing("/reports") == ["DIS-022"]
	missing("/claims") == ["DIS-020"]
}

test_a_purchase_without_its_no_objection_is_found if {
	found("/purchases/0/paid_centimos", 101) == ["DIS-027"]
	missing("/purchases") == ["DIS-028"]
	found("/purchases", []) == []
}

test_an_addendum_that_waits_is_found if {
	found("/addendum/touches", true) == ["DIS-025"]
	found("/addendum/due_on", "2026-06-14") == ["DIS-026"]
	found("/addendum", null) == []
	missing("/addendum") == ["DIS-025", "DIS-026"]
}

back(value) := {"op": "add", "path": "/earlier/0/recovered_centimos", "value": value}

test_what_was_paid_back_needs_no_report if {
	half := [{"op": "replace", "path": "/earlier/0/accounted_centimos", "value": 1000000}]
	changed(array.concat(half, [back(3000000)])).allow
	every value in [2999999, 5000001, "3000000", null] {
		not changed(array.concat(half, [back(value)])).allow
	}
}

test_an_agreement_that_is_not_active_is_found if {
	found("/agreement/state", "signed") == ["DIS-001"]
	missing("/agreement/state") == ["DIS-001"]
	missing("/agreement") == ["DIS-001", "DIS-002"]
}

test_a_condition_that_is_due_is_found if {
	found("/conditions/0/due_on", "2026-06-15") == ["DIS-013"]
	missing("/conditions") == ["DIS-013"]
}

test_a_missing_signature_is_found if {
	every party in ["signed_by_fund", "signed_by_consortium"] {
		found(sprintf("/agreement/%s", [party]), false) == ["DIS-002"]
		missing(sprintf("/agreement/%s", [party])) == ["DIS-002"]
	}
}

test_a_tranche_in_another_state_is_found if {
	every state in ["planned", "released", "confirmed", null] { found("/tranche/state", state) == ["DIS-003"] }
	missing("/tranche/state") == ["DIS-003"]
}

test_a_tranche_without_sequence_or_channel_is_found if {
	found("/tranche/channel", "procompite") == ["DIS-004"]
	missing("/tranche/sequence") == ["DIS-004"]
	missing("/tranche/channel") == ["DIS-004"]
}

test_an_unprepared_tranche_is_found if {
	found("/tranche/prepared_by", null) == ["DIS-005", "DIS-006"]
	missing("/tranche/prepared_by") == ["DIS-005", "DIS-006"]
}

test_the_preparer_does_not_release if found("/releaser", "op-1") == ["DIS-006"]

test_the_requester_does_not_release if {
	found("/releaser", "app-1") == ["DIS-007"]
	missing("/tranche/requested_by") == ["DIS-007"]
}

test_an_unknown_releaser_is_found if {
	missing("/releaser") == ["DIS-006", "DIS-007"]
	found("/releaser", " ") == ["DIS-006", "DIS-007"]
}

test_too_little_committed_is_found if {
	found("/committed_centimos", 2999999) == ["DIS-008"]
	found("/committed_centimos", "3000000") == ["DIS-008"]
	missing("/committed_centimos") == ["DIS-008"]
	missing("/tranche/amount_centimos") == ["DIS-008"]
	found("/tranche/amount_centimos", 0) == ["DIS-008"]
}

test_an_earlier_tranche_not_accounted_for_is_found if {
	found("/earlier/0/accounted_centimos", 2499999) == ["DIS-009"]
	missing("/earlier/0/accounted_centimos") == ["DIS-009"]
	missing("/earlier/0/amount_centimos") == ["DIS-009"]
}

test_the_finding_names_what_was_accounted_for if {
	decision := changed([{"op": "replace", "path": "/earlier/0/accounted_centimos", "value": 0}])
	decision.findings[0].message_es == "Del desembolso 1 se rindieron S/ 0.00 de S/ 50 000.00; el mínimo es 50 %."
}

test_a_tranche_of_another_channel_or_later_does_not_matter if {
	found("/earlier/1/accounted_centimos", null) == []
	every sequence in [3, 4] {
		decision := changed([
			{"op": "replace", "path": "/earlier/0/sequence", "value": sequence},
			{"op": "replace", "path": "/earlier/0/accounted_centimos", "value": 0},
		])
		decision == in_order
	}
}

credit(state) := [f.code | some f in decision.findings] if {
	decision := changed([
		{"op": "replace", "path": "/tranche/channel", "value": "agrobanco"},
		{"op": "replace", "path": "/earlier/1/state", "value": state},
	])
	_agrees(decision.allow, count(decision.findings))
}

test_a_credit_follows_a_paid_one_and_is_not_accounted_for if {
	every state in ["confirmed", "reconciled"] { credit(state) == [] }
	every state in ["instructed", "returned", null] { credit(state) == ["DIS-012"] }
}

test_a_credit_after_one_of_unknown_state_is_found if {
	decision := changed([
		{"op": "replace", "path": "/tranche/channel", "value": "agrobanco"},
		{"op": "remove", "path": "/earlier/1/state"},
	])
	decision.allow == false
	decision.findings[0].code == "DIS-012"
}

test_an_unenforced_share_is_a_signal_and_allows if {
	versions := [object.union(data.fund.parameters.release["accounted.min_share"][0], {"enforce": false})]
	low := json.patch(valid, [{"op": "replace", "path": "/earlier/0/accounted_centimos", "value": 0}])
	decision := disbursement.decision with input as low
		with data.fund.parameters.release as object.union(data.fund.parameters.release, {"accounted.min_share": versions})
	decision.allow
	[f.severity | some f in decision.findings] == ["signal"]
}

test_unknown_earlier_tranches_are_found if {
	missing("/earlier") == ["DIS-010"]
	missing("/earlier/0/sequence") == ["DIS-010"]
	missing("/earlier/0/channel") == ["DIS-010"]
	found("/earlier", {}) == ["DIS-010"]
}

test_a_hold_stops if {
	found("/holds", ["rendición vencida", "C13"]) == ["DIS-011", "DIS-011"]
	missing("/holds") == ["DIS-011"]
}

test_a_day_that_is_no_date_is_found if {
	found("/as_of", "hoy") == ["INP-001"]
	missing("/as_of") == ["INP-001"]
}

test_a_day_without_the_parameter_is_found if {
	found("/as_of", "2019-12-31") == ["PAR-001", "PAR-001", "PAR-001"]
}

test_nothing_is_refused if {
	every nothing in [{}, "nada", null] {
		decision := disbursement.decision with input as nothing
		decision.allow == false
	}
}

package fund.disbursement.amendments_test

import data.fund.disbursement.amendments

plan := {
	"title": "Palta del Mantaro",
	"summary": "Riego y acopio.",
	"budget_lines": [
		{"line_no": 1, "item": "riego", "agroideas_centimos": 60000, "agrobanco_centimos": 20000, "own_centimos": 10000},
		{"line_no": 2, "item": "acopio", "agroideas_centimos": 10000, "agrobanco_centimos": 0, "own_centimos": 0},
	],
	"tranches": [
		{"sequence": 1, "channel": "agroideas", "amount_centimos": 40000, "milestone": "Siembra", "due_working_days": 20},
		{"sequence": 2, "channel": "agroideas", "amount_centimos": 30000, "milestone": "Riego", "due_working_days": 60},
		{"sequence": 1, "channel": "agrobanco", "amount_centimos": 20000, "milestone": "Campaña", "due_working_days": null},
	],
}

set(of, path, value) := json.patch(of, [{"op": "replace", "path": path, "value": value}])

moved(centimos) := json.patch(plan, [
	{"op": "replace", "path": "/budget_lines/0/agroideas_centimos", "value": 60000 - centimos},
	{"op": "replace", "path": "/budget_lines/1/agroideas_centimos", "value": 10000 + centimos},
])

later(place, days) := set(plan, sprintf("/tranches/%d/due_working_days", [place]), days)

valid := {
	"as_of": "2026-06-15",
	"agreement": {"state": "active"},
	"addendum": {"number": 1, "drafted_by": "rosa"},
	"approver": "sara",
	"board": plan,
	"current": plan,
	"proposed": moved(10000),
	"started": [{"sequence": 1, "channel": "agroideas"}],
}

decided(asked) := decision if {
	decision := amendments.decision with input as asked
}

codes(asked) := [f.code | some f in decided(asked).findings]

refused(asked) := codes(asked) if decided(asked).allow == false

proposing(proposed) := set(valid, "/proposed", proposed)

without(path) := json.patch(valid, [{"op": "remove", "path": path}])

test_the_share_itself_is_the_secretariats if {
	decision := decided(valid)
	decision.allow
	decision.route == "secretariat"
	decision.findings == []
	decision.term_working_days == 30
	decision.measures == {"moved_centimos": 10000, "approved_centimos": 100000, "extension_working_days": 0}
}

test_one_centimo_more_is_the_boards if {
	decision := decided(proposing(moved(10001)))
	decision.allow
	decision.route == "board"
	[f.code | some f in decision.findings] == ["ADD-005"]
	decision.findings[0].message_es == "Se mueven S/ 100.01 de S/ 1 000.00 entre partidas (10.01 %); sobre el 10 % decide el consejo."
}

test_small_steps_add_up if {
	asked := json.patch(valid, [
		{"op": "replace", "path": "/current", "value": moved(9000)},
		{"op": "replace", "path": "/proposed", "value": moved(18000)},
	])
	decided(asked).route == "board"
	codes(asked) == ["ADD-005"]
}

test_a_line_that_comes_or_goes_is_moved_money if {
	gone := json.patch(plan, [
		{"op": "remove", "path": "/budget_lines/1"},
		{"op": "replace", "path": "/budget_lines/0/agroideas_centimos", "value": 70000},
	])
	decided(proposing(gone)).measures.moved_centimos == 10000
	codes(proposing(gone)) == ["ADD-008"]
	asked := json.patch(valid, [
		{"op": "replace", "path": "/board", "value": gone},
		{"op": "replace", "path": "/current", "value": gone},
		{"op": "replace", "path": "/proposed", "value": plan},
	])
	decided(asked).measures.moved_centimos == 10000
}

test_the_extension_is_the_longest_of_the_milestones if {
	decided(proposing(later(1, 90))).route == "secretariat"
	codes(proposing(later(1, 90))) == []
	decided(proposing(later(1, 91))).route == "board"
	codes(proposing(later(1, 91))) == ["ADD-006"]
	decided(proposing(later(1, 10))).measures.extension_working_days == 0
}

test_a_term_taken_away_has_no_end if {
	codes(proposing(later(1, null))) == ["ADD-006"]
	decided(proposing(later(2, 40))).route == "secretariat"
}

with_third(days) := json.patch(plan, [
	{"op": "replace", "path": "/tranches/1/amount_centimos", "value": 20000},
	{"op": "add", "path": "/tranches/-", "value": {"sequence": 3, "channel": "agroideas", "amount_centimos": 10000, "milestone": "Cosecha", "due_working_days": days}},
])

test_a_new_tranche_is_measured_against_the_last_day_that_the_board_saw if {
	codes(proposing(with_third(90))) == []
	codes(proposing(with_third(91))) == ["ADD-006"]
}

test_another_total_is_the_boards if {
	more := set(plan, "/budget_lines/0/own_centimos", 10001)
	decided(proposing(more)).route == "board"
	codes(proposing(more)) == ["ADD-007"]
	decided(proposing(more)).findings[0].message_es == "El total de own_centimos pasa de S/ 100.00 a S/ 100.01; decide el consejo."
}

test_another_object_is_the_boards if {
	every path in ["/title", "/summary", "/budget_lines/1/item"] {
		asked := proposing(set(plan, path, "otro"))
		decided(asked).allow
		decided(asked).route == "board"
		codes(asked) == ["ADD-008"]
	}
}

test_what_has_begun_is_kept if {
	refused(proposing(later(0, 21))) == ["ADD-009"]
	refused(proposing(set(plan, "/tranches/0/milestone", "Otro"))) == ["ADD-009"]
	gone := json.patch(plan, [{"op": "remove", "path": "/tranches/0"}])
	refused(proposing(gone)) == ["ADD-009"]
}

test_no_tranche_is_taken_away if {
	refused(proposing(json.patch(plan, [{"op": "remove", "path": "/tranches/2"}]))) == ["ADD-009"]
}

test_what_changes_nothing_is_refused if refused(proposing(plan)) == ["ADD-004"]

test_only_an_agreement_in_force_is_amended if {
	decided(set(valid, "/agreement/state", "suspended")).allow
	every state in ["drafted", "signed", "closed", "terminated", null] {
		refused(set(valid, "/agreement/state", state)) == ["ADD-001"]
	}
	refused(without("/agreement")) == ["ADD-001"]
}

test_the_approver_is_another_person if {
	decided(set(valid, "/approver", null)).allow
	refused(set(valid, "/approver", "rosa")) == ["ADD-002"]
	refused(set(valid, "/approver", " ")) == ["ADD-002"]
	refused(without("/approver")) == ["ADD-002"]
	refused(without("/addendum/drafted_by")) == ["ADD-002"]
	refused(json.patch(valid, [{"op": "replace", "path": "/approver", "value": null}, {"op": "remove", "path": "/addendum"}])) == ["ADD-002"]
}

test_plans_that_are_not_told_in_full_are_refused if {
	every path in ["/board", "/current", "/proposed", "/started", "/proposed/title", "/proposed/summary", "/proposed/budget_lines", "/proposed/tranches", "/proposed/tranches/0/due_working_days", "/board/budget_lines/0/own_centimos", "/proposed/budget_lines/0/item"] {
		asked := without(path)
		decided(asked).allow == false
		decided(asked).route == "board"
		decided(asked).measures == null
		"ADD-003" in codes(asked)
	}
	"ADD-003" in refused(proposing(set(plan, "/budget_lines", [])))
	"ADD-003" in refused(proposing(set(plan, "/tranches/0/channel", "procompite")))
	"ADD-003" in refused(proposing(set(plan, "/tranches/0/due_working_days", -1)))
	"ADD-003" in refused(proposing(set(plan, "/budget_lines/0/line_no", "1")))
}

test_the_day_is_a_date if {
	refused(set(valid, "/as_of", "hoy")) == ["INP-001"]
	refused(without("/as_of")) == ["INP-001"]
}

test_without_parameters_nothing_goes_on if {
	refused(set(valid, "/as_of", "2019-12-31")) == ["PAR-001", "PAR-001", "PAR-001"]
}

unenforced(name) := {name: [object.union(data.fund.parameters.addenda[name][0], {"enforce": false})]}

test_an_unenforced_limit_is_told_and_does_not_count if {
	every limit in [{"name": "moved.max_share", "plan": moved(10001), "code": "ADD-005"}, {"name": "extension.max", "plan": later(1, 91), "code": "ADD-006"}] {
		decision := amendments.decision with input as proposing(limit.plan)
			with data.fund.parameters.addenda as object.union(data.fund.parameters.addenda, unenforced(limit.name))
		decision.allow
		decision.route == "secretariat"
		[f.code | some f in decision.findings] == [limit.code]
	}
}

test_nothing_is_refused if {
	every nothing in [{}, "nada", null] { decided(nothing).allow == false }
}

package fund.disbursement.milestones_test

import data.fund.disbursement.milestones

valid := {
	"as_of": "2026-06-15",
	"milestone": {"description": "Siembra", "verified": true},
	"own": {"planned_centimos": 1000, "verified_centimos": 250, "fund_centimos": 4000, "let_go_centimos": 2000},
}

changed(path, value) := json.patch(valid, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(valid, [{"op": "remove", "path": path}])

codes(asked) := [f.code | some f in found] if {
	found := milestones.findings with input as asked
}

test_a_verified_milestone_with_its_own_part_is_met if {
	milestones.met with input as valid
	codes(valid) == []
}

test_a_milestone_that_is_not_shown_to_be_verified_blocks if {
	every asked in [changed("/milestone/verified", false), changed("/milestone", null), without("/milestone")] {
		not milestones.met with input as asked
		codes(asked) == ["DIS-023"]
	}
}

test_one_centimo_of_own_contribution_less_blocks if {
	every asked in [changed("/own/verified_centimos", 249), changed("/own/let_go_centimos", 2005), without("/own")] {
		not milestones.met with input as asked
		codes(asked) == ["DIS-024"]
	}
}

test_a_plan_without_own_contribution_asks_for_none if {
	nothing := json.patch(valid, [
		{"op": "replace", "path": "/own/planned_centimos", "value": 0},
		{"op": "replace", "path": "/own/verified_centimos", "value": 0},
	])
	milestones.met with input as nothing
}

test_an_unenforced_share_is_tolerated if {
	versions := [object.union(data.fund.parameters.release["own.min_share"][0], {"enforce": false})]
	milestones.met with input as changed("/own/verified_centimos", 0)
		with data.fund.parameters.release as {"own.min_share": versions}
}

test_without_the_parameter_nothing_is_met if {
	not milestones.met with input as valid with data.fund.parameters.release as {}
	found := milestones.findings with input as valid with data.fund.parameters.release as {}
	[f.code | some f in found] == ["PAR-001"]
}

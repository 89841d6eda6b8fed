package fund.disbursement.purchases_test

import data.fund.disbursement.purchases

valid := {
	"as_of": "2026-06-15",
	"purchases": [
		{"supplier": "20512345674", "budget_line": 1, "paid_centimos": 100, "granted_centimos": 100},
		{"supplier": "20512345674", "budget_line": 2, "paid_centimos": 50, "granted_centimos": 70},
	],
}

changed(path, value) := json.patch(valid, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(valid, [{"op": "remove", "path": path}])

codes(asked) := [f.code | some f in found] if {
	found := purchases.findings with input as asked
}

test_what_the_no_objection_covers_is_paid if {
	purchases.granted with input as valid
	codes(valid) == []
}

test_a_tranche_that_buys_nothing_needs_none if {
	purchases.granted with input as changed("/purchases", [])
	codes(changed("/purchases", [])) == []
}

test_one_centimo_more_waits if {
	every asked in [changed("/purchases/0/paid_centimos", 101), changed("/purchases/0/granted_centimos", 99), changed("/purchases/0/granted_centimos", null), without("/purchases/1/paid_centimos")] {
		not purchases.granted with input as asked
		codes(asked) == ["DIS-027"]
	}
}

test_unknown_purchases_stop if {
	every asked in [without("/purchases"), changed("/purchases", {})] {
		not purchases.granted with input as asked
		codes(asked) == ["DIS-028"]
	}
}

test_without_the_rule_nothing_is_granted if {
	not purchases.granted with input as valid with data.fund.parameters.agroideas as {}
	found := purchases.findings with input as valid with data.fund.parameters.agroideas as {}
	[f.code | some f in found] == ["PAR-001"]
}

test_an_unenforced_rule_is_told_and_allows if {
	free := {"no_objection": [object.union(data.fund.parameters.agroideas.no_objection[0], {"enforce": false})]}
	asked := changed("/purchases/0/paid_centimos", 101)
	purchases.granted with input as asked with data.fund.parameters.agroideas as free
	found := purchases.findings with input as asked with data.fund.parameters.agroideas as free
	[f.severity | some f in found] == ["signal"]
}

test_the_finding_says_what_is_missing if {
	some found in purchases.findings with input as changed("/purchases/0/paid_centimos", 101)
	found.message_es == "Al proveedor 20512345674, de la partida 1, se le pagan S/ 1.01 y la no objeción llega a S/ 1.00."
}

package fund.disbursement.addenda_test

import data.fund.disbursement.addenda

valid := {
	"as_of": "2026-06-15",
	"addendum": {"number": 2, "state": "approved", "due_on": "2026-06-15", "touches": false},
}

changed(path, value) := json.patch(valid, [{"op": "replace", "path": path, "value": value}])

without(path) := json.patch(valid, [{"op": "remove", "path": path}])

codes(asked) := [f.code | some f in found] if {
	found := addenda.findings with input as asked
}

test_without_an_addendum_nothing_waits if {
	none := changed("/addendum", null)
	addenda.settled with input as none
	codes(none) == []
}

test_what_it_does_not_change_goes_on_until_its_day if {
	addenda.settled with input as valid
	codes(valid) == []
}

test_what_it_changes_waits if {
	every asked in [changed("/addendum/touches", true), changed("/addendum/touches", null), without("/addendum/touches")] {
		not addenda.settled with input as asked
		codes(asked) == ["DIS-025"]
	}
}

test_past_its_day_all_waits if {
	every asked in [changed("/as_of", "2026-06-16"), changed("/addendum/due_on", "pronto"), without("/addendum/due_on")] {
		not addenda.settled with input as asked
		codes(asked) == ["DIS-026"]
	}
}

test_an_untold_addendum_stops_all if {
	every asked in [without("/addendum"), changed("/addendum", "ninguna")] {
		not addenda.settled with input as asked
		codes(asked) == ["DIS-025", "DIS-026"]
	}
	not addenda.settled with input as {}
	codes({}) == ["DIS-025"]
}

test_without_a_day_nothing_is_settled if {
	every asked in [changed("/as_of", "hoy"), json.patch(changed("/addendum", null), [{"op": "remove", "path": "/as_of"}])] {
		not addenda.settled with input as asked
	}
}

test_the_finding_says_which_addendum if {
	some found in addenda.findings with input as changed("/addendum/touches", true)
	found.message_es == "La adenda n.º 2, en estado «approved», cambia este desembolso."
}

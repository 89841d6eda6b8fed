package fund.disbursement.people_test

import data.fund.disbursement.people

asked(prepared_by, requested_by, releaser) := {
	"tranche": {
		"sequence": 1,
		"channel": "agroideas",
		"prepared_by": prepared_by,
		"requested_by": requested_by,
	},
	"releaser": releaser,
}

test_three_people_are_separate if {
	people.separate with input as asked("op-1", "app-1", "op-2")
	count(people.findings) == 0 with input as asked("op-1", "app-1", "op-2")
}

test_one_person_twice_is_not if {
	not people.separate with input as asked("op-1", "app-1", "op-1")
	not people.separate with input as asked("op-1", "op-2", "op-2")
	not people.separate with input as asked(null, "app-1", "op-2")
}

test_the_finding_names_both if {
	some found in people.findings with input as asked("op-1", "app-1", "op-1")
	found.message_es == "Libera op-1 y preparó op-1; deben ser dos personas."
	found.subject.label == "agroideas 1"
}

test_nothing_is_not_separate if {
	not people.separate with input as {}
	people.subject.label == "— —" with input as {}
}

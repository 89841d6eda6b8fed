package fund.board.clock_test

import data.fund.board.clock

test_the_terms_in_force_on_a_day if {
	clock.decision.working_days == {
		"notice": 5,
		"notice_extraordinary": 2,
		"second_call": 1,
		"reminder": 1,
		"escalation": 1,
		"reopening": 5,
	} with input as {"as_of": "2026-11-24"}
}

test_a_day_before_any_value_has_none if {
	days := clock.decision.working_days with input as {"as_of": "2019-12-31"}
	every name in object.keys(days) { days[name] == null }
}

test_without_a_day_there_is_none if {
	clock.decision.working_days.notice == null with input as {}
}

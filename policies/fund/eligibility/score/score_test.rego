package fund.eligibility.score_test

import data.fund.eligibility.score
import data.fund.eligibility_test as example

test_the_shares_give_the_points if {
	result := score.result with input as example.valid
	result.total == 70
	result.by_criterion.women_share.points == 40
	result.by_criterion.under30_share.points == 0
	result.by_criterion.small_area == {
		"points": 30, "max_points": 30, "members": 10, "of": 10,
		"label_es": "Miembros con área menor que la de referencia",
		"label_en": "Members under the area of reference",
	}
}

young(day) := result.by_criterion.under30_share.members if {
	result := score.result with input as example.with_value("/facts/members/0/born_on", day)
}

test_thirty_is_no_longer_under_thirty if {
	young("1996-06-15") == 0
	young("1996-06-16") == 1
}

test_points_are_rounded_down if {
	result := score.result with input as json.patch(example.valid, [
		{"op": "replace", "path": "/facts/members/0/sex", "value": "M"},
		{"op": "remove", "path": "/facts/members/9"},
	])
	result.by_criterion.women_share.points == 35
}

test_what_is_not_known_gives_no_points if {
	result := score.result with input as json.patch(example.valid, [
		{"op": "remove", "path": "/facts/members/0/sex"},
		{"op": "remove", "path": "/facts/members/0/total_area_m2"},
		{"op": "remove", "path": "/facts/members/0/born_on"},
	])
	result.total == 36 + 27
}

test_no_members_no_points if {
	score.result == {"total": 0, "by_criterion": {}} with input as {}
}

small(area) := result.by_criterion.small_area.members if {
	result := score.result with input as example.with_value("/facts/members/0/total_area_m2", area)
}

test_two_hectares_are_no_longer_small_and_no_area_is_no_small_area if {
	small(19999) == 10
	small(20000) == 9
	small(1) == 10
	small(0) == 9
}

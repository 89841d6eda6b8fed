package fund.eligibility.batch_test

import data.fund.eligibility
import data.fund.eligibility.batch

refused := {"as_of": "2026-06-15"}

test_each_question_has_its_own_answer if {
	questions := [data.fund.eligibility_test.valid, refused, data.fund.eligibility_test.valid]
	answers := batch.decision.decisions with input as {"questions": questions}
	object.keys(answers) == {"0", "1", "2"}
	answers["0"] == answers["2"]
	answers["0"].eligible == true
	answers["1"].eligible == false
	every number, question in questions {
		alone := eligibility.decision with input as question
		answers[format_int(number, 10)] == alone
	}
}

test_nothing_asked_is_nothing_answered if {
	object.get(batch.decision, "decisions", {}) == {} with input as {"questions": []}
	object.get(batch.decision, "decisions", {}) == {} with input as {}
}

# A day without all parameters, one that is none, and no day at all, among days that have them.
test_questions_of_other_days_share_nothing_that_is_not_theirs if {
	days := [
		{"op": "add", "path": "/as_of", "value": "2027-01-01"},
		{"op": "add", "path": "/as_of", "value": "2025-09-10"},
		{"op": "add", "path": "/as_of", "value": ["2026-06-15"]},
		{"op": "remove", "path": "/as_of"},
		{"op": "add", "path": "/as_of", "value": "2026-06-15"},
	]
	questions := [json.patch(data.fund.eligibility_test.valid, [day]) | some day in days]
	answers := batch.decision.decisions with input as {"questions": questions}
	count(answers) == count(days)
	every number, question in questions {
		alone := eligibility.decision with input as question
		answers[format_int(number, 10)] == alone
	}
	[answer.eligible | some answer in answers] == [false, false, false, false, true]
}

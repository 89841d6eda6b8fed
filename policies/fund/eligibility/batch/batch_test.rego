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

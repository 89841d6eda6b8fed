# METADATA
# title: Many questions of eligibility at once
# description: |
#   The decision of fund.eligibility for each of input.questions, under the question's place in the
#   list. A question without a decision has no place in the answer: it was not answered.
package fund.eligibility.batch

import data.fund.eligibility.basis
import data.fund.lookup

# METADATA
# title: Decisions of a batch
# description: One whole decision a question, by its place ("0", "1", …).
# custom:
#   norm: the norms of fund.eligibility, question by question
decision.decisions[place] := answer if {
	some number, question in input.questions
	place := format_int(number, 10)
	day := object.get(question, "as_of", null)
	answer := data.fund.eligibility.decision with input as question
		with basis.used as object.get(_used, [day], [])
		with lookup.found_before as _found
}

# The parameters of each day that is asked about, found once for all its questions.
_used[day] := versions if {
	some day in {question.as_of | some question in input.questions}
	versions := basis.used with input as {"as_of": day}
}

_found[day][version.key] := version if {
	some day, versions in _used
	some version in versions
}

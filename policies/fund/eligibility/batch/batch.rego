# METADATA
# title: Many questions of eligibility at once
# description: |
#   The decision of fund.eligibility for each of input.questions, under the question's place in the
#   list. A question without a decision has no place in the answer: it was not answered.
package fund.eligibility.batch

# METADATA
# title: Decisions of a batch
# description: One whole decision a question, by its place ("0", "1", …).
# custom:
#   norm: the norms of fund.eligibility, question by question
decision.decisions[place] := answer if {
	some number, question in input.questions
	place := format_int(number, 10)
	answer := data.fund.eligibility.decision with input as question
}

# METADATA
# title: Conditions
# description: |
#   What the board's approval was subject to. A condition that is due by the day of the release must
#   be shown to be met: fulfilled by evidence, and verified by another person.
package fund.disbursement.conditions

import data.fund.finding
import data.fund.values

default met := false

# METADATA
# title: Every condition that is due is met
met if {
	is_array(input.conditions)
	values.is_date(input.as_of)
	every condition in input.conditions { _in_order(condition) }
}

# METADATA
# title: Las condiciones del acuerdo que ya vencieron están cumplidas
# custom:
#   code: DIS-013
#   severity: blocking
#   rule: fund.disbursement.conditions.met
#   norm: LPAG (TUO DS 004-2019-JUS) art. 2, modalidades del acto; acuerdo del consejo
#   source: the board's resolution, its conditions
#   cure_es: Presente el sustento de la condición; otra persona debe verificarlo.
#   cure_en: Hand in the evidence of the condition; another person must verify it.
findings contains found if {
	values.is_date(input.as_of)
	some condition in _conditions
	not _in_order(condition)
	fact := {part: object.get(condition, part, null) | some part in ["number", "due_on", "verified"]}
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "condition", "id": fact.number, "label": sprintf("%v", [fact.number])},
		"fact": fact,
		"message_es": sprintf("La condición %v venció el %v y no está verificada.", [fact.number, fact.due_on]),
		"message_en": sprintf("Condition %v was due on %v and is not verified.", [fact.number, fact.due_on]),
	})
}

# Conditions that are not told are taken for one that is not met.
_conditions := input.conditions if {
	is_array(input.conditions)
} else := [{}]

_in_order(condition) if condition.verified == true

_in_order(condition) if {
	values.is_date(condition.due_on)
	condition.due_on > input.as_of
}

# METADATA
# title: Addenda
# description: |
#   What a pending addendum (adenda) keeps from being released: the tranches that it changes wait for
#   it, and past its day all of the agreement's do. The others go on under the version in force.
package fund.disbursement.addenda

import data.fund.disbursement.people
import data.fund.finding
import data.fund.values

default settled := false

# METADATA
# title: No addendum holds the tranche up
settled if {
	_none
	values.is_date(input.as_of)
}

settled if {
	values.is_date(input.as_of)
	_untouched
	_in_time
}

# METADATA
# title: Ninguna adenda pendiente cambia el desembolso
# custom:
#   code: DIS-025
#   severity: blocking
#   rule: fund.disbursement.addenda.pending
#   norm: Convenio del consorcio
#   source: peru-norms 2.4
#   cure_es: Espere a que la adenda esté firmada, o retírela.
#   cure_en: Wait until the addendum is signed, or withdraw it.
findings contains found if {
	not _none
	not _untouched
	fact := {part: object.get(_told, part, null) | some part in ["number", "state", "touches"]}
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": fact,
		"message_es": sprintf("La adenda n.º %v, en estado «%v», cambia este desembolso.", [fact.number, fact.state]),
		"message_en": sprintf("Addendum no. %v, in state '%v', changes this tranche.", [fact.number, fact.state]),
	})
}

# METADATA
# title: Ninguna adenda venció sin decidirse ni firmarse
# custom:
#   code: DIS-026
#   severity: blocking
#   rule: fund.disbursement.addenda.overrun
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 39, plazo máximo del procedimiento
#   source: parameter addenda.term
#   cure_es: Decidan y firmen la adenda, o retírenla.
#   cure_en: Decide and sign the addendum, or withdraw it.
findings contains found if {
	values.is_date(input.as_of)
	not _none
	not _in_time
	fact := {part: object.get(_told, part, null) | some part in ["number", "state", "due_on"]}
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": fact,
		"message_es": sprintf("La adenda n.º %v debió decidirse y firmarse hasta el %v.", [fact.number, fact.due_on]),
		"message_en": sprintf("Addendum no. %v should have been decided and signed by %v.", [fact.number, fact.due_on]),
	})
}

_none if input.addendum == null

_told := input.addendum if {
	is_object(input.addendum)
} else := {}

_untouched if input.addendum.touches == false

_in_time if {
	values.is_date(input.addendum.due_on)
	input.as_of <= input.addendum.due_on
}

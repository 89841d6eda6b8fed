# METADATA
# title: Accountability
# description: |
#   What an agreement owes before it is paid again: no report past its day, no claim of an undue
#   payment open, no refund past its day. It also states the term of the report to come.
package fund.disbursement.accountability

import data.fund.finding
import data.fund.lookup
import data.fund.values

default clear := false

# METADATA
# title: Nothing is owed that stops a payment
clear if {
	values.is_date(input.as_of)
	is_array(input.reports)
	is_array(input.claims)
	every report in input.reports { _in_time(report) }
	every claim in input.claims { _tolerable(claim) }
}

default terms := null

# METADATA
# title: Terms of the report to come
# description: In working days from the payment (LPAG art. 145), and when to remind before the end.
terms := {
	"report_days": lookup.parameter("rtf.deadline", input.as_of).value,
	"reminder_days": [_days(text) | some text in lookup.parameter("rtf.reminders", input.as_of).value],
}

# METADATA
# title: Ningún pago indebido está pendiente
# custom:
#   code: DIS-020
#   severity: blocking
#   rule: fund.disbursement.accountability.undue
#   norm: DL 1077 art. 5.1; convenio del consorcio; control C13
#   source: peru-norms 2.4 and 9
#   cure_es: El consorcio debe devolver el pago indebido, o dos personas condonarlo con sustento.
#   cure_en: The consortium must pay the undue payment back, or two people waive it with reasons.
findings contains found if {
	values.is_date(input.as_of)
	some claim in _claims
	not claim.kind == "refund"
	not _tolerable(claim)
	fact := {part: object.get(claim, part, null) | some part in ["id", "kind", "open_centimos"]}
	texts := [fact.id, values.soles(fact.open_centimos)]
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "claim", "id": fact.id, "label": sprintf("%v", [fact.id])},
		"fact": fact,
		"message_es": sprintf("El pago indebido %v está pendiente por %s.", texts),
		"message_en": sprintf("The undue payment %v is open for %s.", texts),
	})
}

# METADATA
# title: Ninguna devolución venció
# custom:
#   code: DIS-021
#   severity: blocking
#   rule: fund.disbursement.accountability.refund_overdue
#   norm: DL 1077 art. 5.1; convenio del consorcio
#   source: peru-norms 2.4
#   cure_es: El consorcio debe devolver el saldo cuyo plazo venció.
#   cure_en: The consortium must pay back the balance whose term has run out.
findings contains found if {
	values.is_date(input.as_of)
	some claim in _claims
	claim.kind == "refund"
	not _tolerable(claim)
	fact := {part: object.get(claim, part, null) | some part in ["id", "due_on", "open_centimos"]}
	texts := [fact.id, fact.due_on, values.soles(fact.open_centimos)]
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "claim", "id": fact.id, "label": sprintf("%v", [fact.id])},
		"fact": fact,
		"message_es": sprintf("La devolución %v venció el %v; quedan %s.", texts),
		"message_en": sprintf("The refund %v was due on %v; %s are left.", texts),
	})
}

# METADATA
# title: Ninguna rendición venció
# custom:
#   code: DIS-022
#   severity: blocking
#   rule: fund.disbursement.accountability.report_overdue
#   norm: DL 1077 art. 5.1; LPAG (TUO DS 004-2019-JUS) art. 145; convenio del consorcio
#   source: peru-norms 2.4; parameter rtf.deadline
#   cure_es: El consorcio debe presentar la rendición cuyo plazo venció.
#   cure_en: The consortium must hand in the report whose term has run out.
findings contains found if {
	values.is_date(input.as_of)
	some report in _reports
	not _in_time(report)
	fact := {part: object.get(report, part, null) | some part in ["id", "due_on"]}
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "report", "id": fact.id, "label": sprintf("%v", [fact.id])},
		"fact": fact,
		"message_es": sprintf("La rendición %v venció el %v.", [fact.id, fact.due_on]),
		"message_en": sprintf("The report %v was due on %v.", [fact.id, fact.due_on]),
	})
}

# Lists that are not told are taken for one that is owed.
_reports := input.reports if {
	is_array(input.reports)
} else := [{}]

_claims := input.claims if {
	is_array(input.claims)
} else := [{}]

_in_time(report) if {
	values.is_date(report.due_on)
	report.due_on >= input.as_of
}

_tolerable(claim) if claim.open_centimos == 0

_tolerable(claim) if {
	claim.kind == "refund"
	values.is_date(claim.due_on)
	claim.due_on >= input.as_of
}

_days(text) := to_number(trim_suffix(text, "d")) if endswith(text, "d")

_days(text) := ceil(to_number(trim_suffix(text, "h")) / 24) if endswith(text, "h")

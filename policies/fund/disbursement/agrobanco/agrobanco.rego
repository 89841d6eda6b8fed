# METADATA
# title: Terms of the credit
# description: |
#   May an agreement promise this credit, and on which terms? One loan a producer, never one to the
#   organisation; the terms of the day of drafting are those of the agreement, whatever changes later.
package fund.disbursement.agrobanco

import data.fund.finding
import data.fund.loan
import data.fund.lookup
import data.fund.values

default decision := {"allow": false, "findings": [], "terms": null}

# METADATA
# title: Terms of the credit of an agreement
# description: Amounts in céntimos, the rate in basis points a year (effective).
# entrypoint: true
# custom:
#   norm: Ley 29064 arts. 5.3 a 5.5 y 11.d; Fondo AgroPerú (DU 027-2009, DS 004-2020-MINAGRI)
decision := {
	"allow": _allow,
	"findings": finding.ordered(findings),
	"terms": terms,
}

default _allow := false

_allow if {
	is_object(terms)
	_parts_known
	_to_producers
	not finding.blocks(findings)
}

# METADATA
# title: Names of the programme's parameters that the terms are made of
keys := {
	"tea",
	"day_count_base",
	"term",
	"tranches",
	"levels",
	"collection",
	"allocation",
	"payment_at_source",
	"arrears_buckets",
}

default terms := null

# METADATA
# title: Terms in force on the day
# description: Null when any of them has no value; nothing is drafted then.
terms := {
	"tea_basis_points": _value("tea") * 100,
	"day_base": _value("day_count_base"),
	"term_months": _value("term"),
	"parts_max": _value("tranches"),
	"levels_centimos": [centimos | some level in _value("levels"); centimos := level * 100],
	"producer_cap_centimos": loan.producer_cap_centimos(input.as_of),
	"collection": _value("collection"),
	"allocation": _value("allocation"),
	"at_source": _value("payment_at_source"),
	"arrears_buckets": _value("arrears_buckets"),
}

# METADATA
# title: El crédito del convenio no tiene más partes que las admitidas
# custom:
#   code: CRE-001
#   severity: blocking
#   rule: fund.disbursement.agrobanco.parts
#   norm: Fondo AgroPerú, desembolso en dos partes
#   source: gob.pe/institucion/agrobanco/pages/53011
#   cure_es: Junte los desembolsos del crédito hasta el número admitido.
#   cure_en: Join the credit's tranches until there are no more than admitted.
findings contains found if {
	parameter := lookup.parameter("agroperu.tranches", input.as_of)
	not _parts_known
	parts := object.get(input, "parts", null)
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": {"parts": parts},
		"parameter": parameter,
		"message_es": sprintf("El crédito se paga en %v partes; se admiten hasta %v.", [parts, parameter.value]),
		"message_en": sprintf("The credit is paid in %v parts; up to %v are admitted.", [parts, parameter.value]),
	})
}

# METADATA
# title: Cada crédito es de un productor
# custom:
#   code: CRE-002
#   severity: blocking
#   rule: fund.disbursement.agrobanco.to_producers
#   norm: Ley 29064 art. 5.5, sin subpréstamos
#   source: Ley 29064
#   cure_es: Destine el crédito a cada productor; la organización no presta a sus socios.
#   cure_en: Lend to each producer; the organisation does not lend to its members.
findings contains found if {
	values.is_date(input.as_of)
	not _to_producers
	parameter := lookup.parameter("agrobanco.subloans_allowed", input.as_of)
	borrower := object.get(input, "borrower", null)
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": {"borrower": borrower},
		"parameter": parameter,
		"message_es": sprintf("El crédito sería de «%v»; solo se presta a cada productor.", [borrower]),
		"message_en": sprintf("The borrower would be '%v'; only each producer is lent to.", [borrower]),
	})
}

_subject := {"type": "channel", "id": "agrobanco", "label": "Agrobanco"}

_parts_known if {
	values.is_amount(input.parts)
	input.parts >= 1
	input.parts <= _value("tranches")
}

_to_producers if input.borrower == "producer"

_value(name) := lookup.parameter(sprintf("agroperu.%s", [name]), input.as_of).value

# METADATA
# title: Purchases
# description: |
#   A payment to a supplier waits for the programme's no-objection (no objeción) to the purchase: what
#   the agreement pays to a supplier out of a budget line is no more than what was not objected to.
package fund.disbursement.purchases

import data.fund.disbursement.people
import data.fund.finding
import data.fund.lookup
import data.fund.values

default granted := false

# METADATA
# title: Every purchase of the tranche has its no-objection
granted if {
	_known
	lookup.parameter("agroideas.no_objection", input.as_of)
	every purchase in input.purchases { _covered(purchase) }
}

granted if {
	_known
	lookup.parameter("agroideas.no_objection", input.as_of).enforce == false
}

# METADATA
# title: Cada compra tiene su no objeción
# custom:
#   code: DIS-027
#   severity: blocking
#   rule: fund.disbursement.purchases.no_objection
#   norm: Convenio del consorcio; ciclo de compras de Agroideas
#   source: peru-norms 2.4; parameter agroideas.no_objection
#   cure_es: Pida la no objeción del programa con las cotizaciones, o espere su respuesta.
#   cure_en: Ask for the programme's no-objection with the quotations, or wait for its answer.
findings contains found if {
	parameter := lookup.parameter("agroideas.no_objection", input.as_of)
	some purchase in _purchases
	not _covered(purchase)
	fields := ["supplier", "budget_line", "paid_centimos", "granted_centimos"]
	fact := {field: object.get(purchase, field, null) | some field in fields}
	texts := [
		fact.supplier,
		fact.budget_line,
		values.soles(fact.paid_centimos),
		values.soles(fact.granted_centimos),
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "supplier", "id": fact.supplier, "label": sprintf("%v", [fact.supplier])},
		"fact": fact,
		"parameter": parameter,
		"message_es": sprintf("Al proveedor %v, de la partida %v, se le pagan %s y la no objeción llega a %s.", texts),
		"message_en": sprintf("Supplier %v, of line %v, is paid %s and the no-objection covers %s.", texts),
	})
}

# METADATA
# title: Se conocen las compras del desembolso
# custom:
#   code: DIS-028
#   severity: blocking
#   rule: fund.disbursement.purchases.known
#   norm: Convenio del consorcio; ciclo de compras de Agroideas
#   source: peru-norms 2.4
#   cure_es: Envíe la lista de compras del desembolso, vacía si no las hay.
#   cure_en: Send the list of the tranche's purchases, empty when there are none.
findings contains found if {
	not _known
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": {"purchases": object.get(input, "purchases", null)},
		"message_es": "No se conocen las compras del desembolso.",
		"message_en": "The tranche's purchases are not known.",
	})
}

# METADATA
# title: El parámetro de la no objeción está vigente
# custom:
#   code: PAR-001
#   severity: blocking
#   rule: fund.disbursement.purchases.parameters
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 40, requisitos establecidos por norma
#   source: peru-norms, proposed policy parameters
#   cure_es: El fondo debe registrar el valor vigente del parámetro.
#   cure_en: The fund must record the value in force.
findings contains found if {
	values.is_date(input.as_of)
	day := input.as_of
	some key in {"agroideas.no_objection"}
	not lookup.parameter(key, day)
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "parameter", "id": key, "label": key},
		"fact": {"key": key, "as_of": day},
		"message_es": sprintf("El parámetro %s no tiene valor vigente el %s.", [key, day]),
		"message_en": sprintf("The parameter %s has no value in force on %s.", [key, day]),
	})
}

_known if is_array(input.purchases)

_purchases := input.purchases if {
	is_array(input.purchases)
} else := []

_covered(purchase) if {
	values.is_amount(purchase.paid_centimos)
	values.is_amount(purchase.granted_centimos)
	purchase.paid_centimos <= purchase.granted_centimos
}

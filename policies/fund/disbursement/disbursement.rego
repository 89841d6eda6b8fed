# METADATA
# title: Disbursement
# description: |
#   May this tranche be released? Allowed only when every condition is shown to hold; the findings
#   explain the refusal.
package fund.disbursement

import data.fund.disbursement.accountability
import data.fund.disbursement.addenda
import data.fund.disbursement.conditions
import data.fund.disbursement.milestones
import data.fund.disbursement.people
import data.fund.disbursement.purchases
import data.fund.finding
import data.fund.lookup
import data.fund.values

default decision := {"allow": false, "findings": [], "terms": null}

# METADATA
# title: Release decision
# description: The last question before an instruction goes to a programme.
# entrypoint: true
# custom:
#   norm: DL 1077 arts. 5.1 y 6; convenio del consorcio
decision := {
	"allow": _allow,
	"findings": finding.ordered(_all),
	"terms": accountability.terms,
}

_all := (((((findings | people.findings) | conditions.findings) | milestones.findings) | accountability.findings) | addenda.findings) | purchases.findings

default _allow := false

_allow if {
	_day_known
	_agreement_active
	_agreement_signed
	_tranche_requested
	_tranche_known
	people.separate
	_committed
	_accounted
	_credit_paid
	_no_holds
	conditions.met
	milestones.met
	accountability.clear
	addenda.settled
	purchases.granted
	not finding.blocks(_all)
}

# METADATA
# title: El convenio está activo
# custom:
#   code: DIS-001
#   severity: blocking
#   rule: fund.disbursement.agreement_active
#   norm: DL 1077 art. 6; convenio del consorcio
#   source: peru-norms 2.1 and 2.4
#   cure_es: Active el convenio antes de desembolsar.
#   cure_en: Activate the agreement before paying.
findings contains found if {
	not _agreement_active
	state := object.get(input, ["agreement", "state"], null)
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": {"state": state},
		"message_es": sprintf("El convenio está en estado «%v»; debe estar activo.", [state]),
		"message_en": sprintf("The agreement is in state '%v'; it must be active.", [state]),
	})
}

# METADATA
# title: Ambas partes firmaron el convenio
# custom:
#   code: DIS-002
#   severity: blocking
#   rule: fund.disbursement.agreement_signed
#   norm: DL 1077 art. 6; convenio del consorcio
#   source: peru-norms 2.4
#   cure_es: Recoja la firma que falta.
#   cure_en: Collect the missing signature.
findings contains found if {
	not _agreement_signed
	fact := {party: object.get(input, ["agreement", party], null) | some party in _parties}
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": fact,
		"message_es": "El convenio no tiene la firma de ambas partes.",
		"message_en": "The agreement does not have both signatures.",
	})
}

# METADATA
# title: El desembolso fue solicitado
# custom:
#   code: DIS-003
#   severity: blocking
#   rule: fund.disbursement.tranche_requested
#   norm: Convenio del consorcio; ciclo de desembolso de Agroideas
#   source: peru-norms 2.4
#   cure_es: El consorcio debe solicitar el desembolso; uno ya pagado no se libera otra vez.
#   cure_en: The consortium must request the tranche; one already paid is not released again.
findings contains found if {
	not _tranche_requested
	state := object.get(input, ["tranche", "state"], null)
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": {"state": state},
		"message_es": sprintf("El desembolso está en estado «%v»; debe estar solicitado.", [state]),
		"message_en": sprintf("The tranche is in state '%v'; it must be requested.", [state]),
	})
}

# METADATA
# title: El desembolso tiene número y canal
# custom:
#   code: DIS-004
#   severity: blocking
#   rule: fund.disbursement.tranche_known
#   norm: Convenio del consorcio
#   source: peru-norms 2.4
#   cure_es: Complete el número y el canal del desembolso.
#   cure_en: Fill in the tranche's sequence and channel.
findings contains found if {
	not _tranche_known
	fact := {field: object.get(input, ["tranche", field], null) | some field in ["sequence", "channel"]}
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": fact,
		"message_es": sprintf("Desembolso sin número o canal válido: %v.", [fact]),
		"message_en": sprintf("Tranche without a valid sequence or channel: %v.", [fact]),
	})
}

# METADATA
# title: Lo comprometido alcanza para el desembolso
# custom:
#   code: DIS-008
#   severity: blocking
#   rule: fund.disbursement.committed
#   norm: DL 1441, compromiso previo al pago
#   source: peru-norms 8.4
#   cure_es: Comprometa presupuesto del convenio antes de liberar.
#   cure_en: Commit budget to the agreement before the release.
findings contains found if {
	not _committed
	fact := {
		"committed_centimos": object.get(input, "committed_centimos", null),
		"amount_centimos": object.get(input, ["tranche", "amount_centimos"], null),
	}
	texts := [values.soles(fact.committed_centimos), values.soles(fact.amount_centimos)]
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": fact,
		"message_es": sprintf("Hay %s comprometidos y el desembolso es de %s.", texts),
		"message_en": sprintf("%s are committed and the tranche is %s.", texts),
	})
}

# METADATA
# title: Los desembolsos anteriores del canal están rendidos
# custom:
#   code: DIS-009
#   severity: blocking
#   rule: fund.disbursement.accounted
#   norm: DL 1077 art. 5.1, pago después de acreditar y verificar
#   source: peru-norms 2.1 and 2.4; parameter release.accounted.min_share
#   cure_es: El consorcio debe presentar la rendición de cuentas del desembolso anterior.
#   cure_en: The consortium must hand in the accountability report of the earlier tranche.
findings contains found if {
	parameter := lookup.parameter("release.accounted.min_share", input.as_of)
	some earlier in _earlier("agroideas")
	not _earlier_accounted(earlier, parameter.value)
	fields := ["sequence", "amount_centimos", "accounted_centimos"]
	fact := {field: object.get(earlier, field, null) | some field in fields}
	texts := [
		fact.sequence,
		values.soles(fact.accounted_centimos),
		values.soles(fact.amount_centimos),
		parameter.value,
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "tranche", "id": fact.sequence, "label": sprintf("%v", [fact.sequence])},
		"fact": fact,
		"parameter": parameter,
		"message_es": sprintf("Del desembolso %v se rindieron %s de %s; el mínimo es %v %%.", texts),
		"message_en": sprintf("Of tranche %v, %s of %s are accounted for; the minimum is %v %%.", texts),
	})
}

# METADATA
# title: Los desembolsos anteriores del crédito están pagados
# description: A loan is repaid, not accounted for; its second payment follows the first.
# custom:
#   code: DIS-012
#   severity: blocking
#   rule: fund.disbursement.earlier_paid
#   norm: Fondo AgroPerú, dos desembolsos según el avance del cultivo
#   source: gob.pe/institucion/agrobanco/pages/53011
#   cure_es: Espere la confirmación del pago anterior.
#   cure_en: Wait until the earlier payment is confirmed.
findings contains found if {
	some earlier in _earlier("agrobanco")
	not _earlier_paid(earlier)
	fact := {field: object.get(earlier, field, null) | some field in ["sequence", "state"]}
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "tranche", "id": fact.sequence, "label": sprintf("%v", [fact.sequence])},
		"fact": fact,
		"message_es": sprintf("El desembolso %v del crédito no está pagado (%v).", [fact.sequence, fact.state]),
		"message_en": sprintf("Tranche %v of the credit is not paid (%v).", [fact.sequence, fact.state]),
	})
}

# METADATA
# title: Se conocen los desembolsos anteriores
# custom:
#   code: DIS-010
#   severity: blocking
#   rule: fund.disbursement.earlier_known
#   norm: DL 1077 art. 5.1, pago después de acreditar y verificar
#   source: peru-norms 2.4
#   cure_es: Envíe la lista de desembolsos anteriores, vacía si no los hay.
#   cure_en: Send the list of earlier tranches, empty when there are none.
findings contains found if {
	not _earlier_known
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": {"earlier": object.get(input, "earlier", null)},
		"message_es": "No se conocen los desembolsos anteriores.",
		"message_en": "The earlier tranches are not known.",
	})
}

# METADATA
# title: Ninguna retención detiene el desembolso
# custom:
#   code: DIS-011
#   severity: blocking
#   rule: fund.disbursement.holds
#   norm: Convenio del consorcio; controles C13 y C15
#   source: peru-norms 9
#   cure_es: Resuelva la retención por escrito antes de liberar.
#   cure_en: Resolve the hold in writing before the release.
findings contains found if {
	some hold in _holds
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": {"hold": hold},
		"message_es": sprintf("El desembolso está retenido: %v.", [hold]),
		"message_en": sprintf("The tranche is on hold: %v.", [hold]),
	})
}

# METADATA
# title: La fecha es una fecha
# custom:
#   code: INP-001
#   severity: blocking
#   rule: fund.disbursement.day
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9
#   cure_es: Envíe la fecha como AAAA-MM-DD.
#   cure_en: Send the day as YYYY-MM-DD.
findings contains found if {
	not _day_known
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": {"as_of": object.get(input, "as_of", null)},
		"message_es": "La fecha de la liberación no es una fecha.",
		"message_en": "The day of the release is not a date.",
	})
}

# METADATA
# title: El parámetro de rendición está vigente
# custom:
#   code: PAR-001
#   severity: blocking
#   rule: fund.disbursement.parameters
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 40, requisitos establecidos por norma
#   source: peru-norms, proposed policy parameters
#   cure_es: El fondo debe registrar el valor vigente del parámetro.
#   cure_en: The fund must record the value in force.
findings contains found if {
	_day_known
	some key in {"release.accounted.min_share"}
	day := input.as_of
	not lookup.parameter(key, day)
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "parameter", "id": key, "label": key},
		"fact": {"key": key, "as_of": input.as_of},
		"message_es": sprintf("El parámetro %s no tiene valor vigente el %s.", [key, input.as_of]),
		"message_en": sprintf("The parameter %s has no value in force on %s.", [key, input.as_of]),
	})
}

_parties := ["signed_by_fund", "signed_by_consortium"]

_day_known if values.is_date(input.as_of)

_agreement_active if input.agreement.state == "active"

_agreement_signed if {
	every party in _parties { input.agreement[party] == true }
}

_tranche_requested if input.tranche.state == "requested"

_tranche_known if {
	values.is_amount(input.tranche.sequence)
	input.tranche.channel in {"agroideas", "agrobanco"}
}

_committed if {
	values.is_amount(input.committed_centimos)
	values.is_amount(input.tranche.amount_centimos)
	input.tranche.amount_centimos > 0
	input.committed_centimos >= input.tranche.amount_centimos
}

_earlier_known if {
	is_array(input.earlier)
	every tranche in input.earlier {
		values.is_amount(tranche.sequence)
		values.is_text(tranche.channel)
	}
}

# The tranches of the channel before this one, when this one is of that channel.
_earlier(channel) := {tranche |
	_earlier_known
	input.tranche.channel == channel
	some tranche in input.earlier
	tranche.channel == channel
	tranche.sequence < input.tranche.sequence
}

_earlier_accounted(tranche, least) if {
	values.is_amount(tranche.accounted_centimos)
	values.is_amount(tranche.amount_centimos)
	kept := tranche.amount_centimos - _recovered(tranche)
	kept >= 0
	tranche.accounted_centimos * 100 >= kept * least
}

# What was paid back needs no report; a fact that is not told takes nothing off.
_recovered(tranche) := tranche.recovered_centimos if {
	values.is_amount(tranche.recovered_centimos)
} else := 0

_earlier_paid(tranche) if tranche.state in {"confirmed", "reconciled", "accounted"}

default _credit_paid := false

_credit_paid if {
	_earlier_known
	every tranche in _earlier("agrobanco") { _earlier_paid(tranche) }
}

default _accounted := false

_accounted if {
	_earlier_known
	parameter := lookup.parameter("release.accounted.min_share", input.as_of)
	unaccounted := [tranche | some tranche in _earlier("agroideas"); not _earlier_accounted(tranche, parameter.value)]
	_tolerated(count(unaccounted), parameter.enforce)
}

_tolerated(0, _)

_tolerated(unaccounted, enforce) if {
	unaccounted > 0
	enforce == false
}

_holds := input.holds if {
	is_array(input.holds)
} else := ["no se conocen las retenciones / holds are not known"]

_no_holds if count(_holds) == 0

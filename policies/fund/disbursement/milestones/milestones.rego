# METADATA
# title: Milestones
# description: |
#   What a tranche waits for: its milestone verified by another person than who filed the evidence,
#   and the consortium's own contribution evidenced in step with the money that the fund lets go.
package fund.disbursement.milestones

import data.fund.disbursement.people
import data.fund.finding
import data.fund.lookup
import data.fund.values

default met := false

# METADATA
# title: The milestone is verified and the own contribution keeps step
met if {
	_verified
	_own_in_step_or_tolerated
}

# METADATA
# title: El hito del desembolso está verificado
# custom:
#   code: DIS-023
#   severity: blocking
#   rule: fund.disbursement.milestones.verified
#   norm: DL 1077 art. 5.1, pago después de acreditar y verificar
#   source: peru-norms 2.4
#   cure_es: Presente el sustento del hito; otra persona debe verificarlo.
#   cure_en: File the evidence of the milestone; another person must verify it.
findings contains found if {
	not _verified
	fact := {"milestone": object.get(input, "milestone", null)}
	label := object.get(input, ["milestone", "description"], "?")
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": fact,
		"message_es": sprintf("El hito «%v» no está verificado.", [label]),
		"message_en": sprintf("The milestone '%v' is not verified.", [label]),
	})
}

# METADATA
# title: El aporte propio acompaña a los desembolsos
# description: |
#   Of the planned own contribution, the share that goes with the money let go so far (this tranche
#   included) must be verified, at least to the parameter's per cent.
# custom:
#   code: DIS-024
#   severity: blocking
#   rule: fund.disbursement.milestones.own_in_step
#   norm: DL 1077 art. 5.1; convenio del consorcio
#   source: peru-norms 2.4; parameter release.own.min_share
#   cure_es: Sustente el aporte propio que falta; otra persona debe verificarlo.
#   cure_en: File evidence of the missing own contribution; another person must verify it.
findings contains found if {
	parameter := lookup.parameter("release.own.min_share", input.as_of)
	not _own_in_step(parameter.value)
	fields := ["planned_centimos", "verified_centimos", "fund_centimos", "let_go_centimos"]
	fact := {field: object.get(input, ["own", field], null) | some field in fields}
	texts := [values.soles(fact.verified_centimos), values.soles(fact.planned_centimos), parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": people.subject,
		"fact": fact,
		"parameter": parameter,
		"message_es": sprintf("Del aporte propio se verificaron %s de %s; falta el %v %% de lo que acompaña al desembolso.", texts),
		"message_en": sprintf("%s of %s own contribution are verified; %v %% of what goes with the tranche is asked for.", texts),
	})
}

# METADATA
# title: El parámetro del aporte propio está vigente
# custom:
#   code: PAR-001
#   severity: blocking
#   rule: fund.disbursement.milestones.parameters
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 40, requisitos establecidos por norma
#   source: peru-norms, proposed policy parameters
#   cure_es: El fondo debe registrar el valor vigente del parámetro.
#   cure_en: The fund must record the value in force.
findings contains found if {
	values.is_date(input.as_of)
	day := input.as_of
	some key in {"release.own.min_share"}
	not lookup.parameter(key, day)
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "parameter", "id": key, "label": key},
		"fact": {"key": key, "as_of": day},
		"message_es": sprintf("El parámetro %s no tiene valor vigente el %s.", [key, day]),
		"message_en": sprintf("The parameter %s has no value in force on %s.", [key, day]),
	})
}

_verified if input.milestone.verified == true

_own_in_step(share) if {
	every field in ["planned_centimos", "verified_centimos", "fund_centimos", "let_go_centimos"] {
		values.is_amount(input.own[field])
	}
	done := (input.own.verified_centimos * input.own.fund_centimos) * 100
	done >= (input.own.planned_centimos * input.own.let_go_centimos) * share
}

_own_in_step_or_tolerated if {
	parameter := lookup.parameter("release.own.min_share", input.as_of)
	_own_in_step(parameter.value)
}

_own_in_step_or_tolerated if {
	parameter := lookup.parameter("release.own.min_share", input.as_of)
	parameter.enforce == false
}

# METADATA
# title: Plan
# description: The sums of the business plan, its tranches and its fit into the call.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.plan

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: El plan tiene partidas
# custom:
#   code: PLA-001
#   severity: blocking
#   rule: fund.eligibility.plan.lines
#   norm: DS 005-2020-MINAGRI, plan de negocios
#   source: peru-norms 2.4
#   cure_es: Complete las partidas del presupuesto.
#   cure_en: Fill in the lines of the budget.
findings contains found if {
	not count(dossier.lines) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"budget_lines": object.get(input, ["application", "plan", "budget_lines"], null)},
		"message_es": "El plan no tiene partidas de presupuesto que se puedan leer.",
		"message_en": "The plan has no budget lines that can be read.",
	})
}

# METADATA
# title: Agroideas, Agrobanco y aporte propio suman exactamente cada partida
# custom:
#   code: PLA-002
#   severity: blocking
#   rule: fund.eligibility.plan.line_sum
#   norm: DS 005-2020-MINAGRI, ningún gasto se paga dos veces
#   source: decoopchile.cl; peru-norms 9 C14
#   cure_es: Corrija los montos para que la partida sume exactamente su total.
#   cure_en: Correct the amounts so that the line adds up to its total exactly.
findings contains found if {
	some line in dossier.lines
	not _adds_up(line)
	fields := ["agroideas_centimos", "agrobanco_centimos", "own_centimos", "total_centimos"]
	amounts := [values.soles(object.get(line, field, null)) | some field in fields]
	texts := array.concat([dossier.line_label(line)], amounts)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.line_subject(line),
		"fact": object.filter(line, fields),
		"message_es": sprintf("Partida %s: Agroideas %s + Agrobanco %s + propio %s no suman %s.", texts),
		"message_en": sprintf("Line %s: Agroideas %s + Agrobanco %s + own %s do not add up to %s.", texts),
	})
}

# METADATA
# title: El aporte propio llega al mínimo del plan
# custom:
#   code: PLA-003
#   severity: blocking
#   rule: fund.eligibility.plan.own_contribution
#   norm: Sin norma leída; propuesta del fondo
#   source: parameter fund.own_contribution.min_share
#   cure_es: Suba el aporte propio o explique cómo se cubre.
#   cure_en: Raise the own contribution or explain how it is covered.
findings contains found if {
	parameter := lookup.parameter("fund.own_contribution.min_share", input.as_of)
	own := dossier.line_total("own")
	cost := dossier.plan_total
	not own * 100 >= cost * parameter.value
	share := values.percent_down(own, cost)
	texts := [share, values.soles(own), values.soles(cost), parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"own_centimos": own, "total_centimos": cost},
		"parameter": parameter,
		"message_es": sprintf("El aporte propio es %s del plan (%s de %s); el mínimo es %v %%.", texts),
		"message_en": sprintf("The own contribution is %s of the plan (%s of %s); the minimum is %v %%.", texts),
	})
}

# METADATA
# title: Los desembolsos de cada canal suman lo que piden las partidas
# custom:
#   code: PLA-004
#   severity: blocking
#   rule: fund.eligibility.plan.tranche_sum
#   norm: DS 005-2020-MINAGRI, convenio con hitos
#   source: peru-norms 2.4
#   cure_es: Ajuste los desembolsos para que sumen el monto del canal.
#   cure_en: Adjust the tranches so that they add up to the channel's amount.
findings contains found if {
	some channel in dossier.channels
	not _tranches_add_up(channel)
	texts := [channel, values.soles(_tranche_total(channel)), values.soles(dossier.line_total(channel))]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.channel_subject(channel),
		"fact": {
			"tranches_centimos": _tranche_total(channel),
			"lines_centimos": dossier.line_total(channel),
		},
		"message_es": sprintf("Los desembolsos de %s suman %s y las partidas piden %s.", texts),
		"message_en": sprintf("The tranches of %s add up to %s and the lines ask for %s.", texts),
	})
}

# METADATA
# title: Lo pedido a cada canal es lo que suman las partidas
# custom:
#   code: PLA-005
#   severity: blocking
#   rule: fund.eligibility.plan.requested_sum
#   norm: DS 005-2020-MINAGRI, ningún gasto se paga dos veces
#   source: decoopchile.cl; peru-norms 9 C14
#   cure_es: Ajuste el monto pedido al total de las partidas.
#   cure_en: Adjust the amount requested to the total of the lines.
findings contains found if {
	some channel in dossier.channels
	not _requested(channel) == dossier.line_total(channel)
	texts := [channel, values.soles(_requested(channel)), values.soles(dossier.line_total(channel))]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.channel_subject(channel),
		"fact": {
			"requested_centimos": _requested(channel),
			"lines_centimos": dossier.line_total(channel),
		},
		"message_es": sprintf("Lo pedido a %s es %s y las partidas suman %s.", texts),
		"message_en": sprintf("The amount requested from %s is %s and the lines add up to %s.", texts),
	})
}

# METADATA
# title: La convocatoria admite cada canal del plan
# custom:
#   code: PLA-006
#   severity: blocking
#   rule: fund.eligibility.plan.channel_in_call
#   norm: Bases de la convocatoria
#   source: call.instruments
#   cure_es: Retire del plan el canal que la convocatoria no admite.
#   cure_en: Take the channel that the call does not admit out of the plan.
findings contains found if {
	some channel in _channels_used
	instruments := object.get(input, ["call", "instruments"], [])
	not channel in instruments
	texts := [channel, instruments]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.channel_subject(channel),
		"fact": {"channel": channel, "instruments": instruments},
		"message_es": sprintf("El canal %v no está entre los de la convocatoria: %v.", texts),
		"message_en": sprintf("The channel %v is not among those of the call: %v.", texts),
	})
}

# METADATA
# title: Lo pedido cabe en la bolsa de la convocatoria
# custom:
#   code: PLA-007
#   severity: blocking
#   rule: fund.eligibility.plan.envelope
#   norm: Bases de la convocatoria
#   source: call.envelope
#   cure_es: Baje lo pedido hasta la bolsa de la convocatoria.
#   cure_en: Lower the request to the call's envelope.
findings contains found if {
	not _within_envelope
	envelope := object.get(input, ["call", "envelope_centimos"], null)
	texts := [values.soles(dossier.requested_total), values.soles(envelope)]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"requested_centimos": dossier.requested_total, "envelope_centimos": envelope},
		"message_es": sprintf("Lo pedido (%s) pasa la bolsa de la convocatoria (%s).", texts),
		"message_en": sprintf("The request (%s) is over the call's envelope (%s).", texts),
	})
}

# METADATA
# title: Lo pedido por productor no pasa del tope de la convocatoria
# custom:
#   code: PLA-008
#   severity: blocking
#   rule: fund.eligibility.plan.per_producer_cap
#   norm: Bases de la convocatoria
#   source: call.per_producer_cap
#   cure_es: Baje lo pedido o sume productores.
#   cure_en: Lower the request or add producers.
findings contains found if {
	not _within_producer_cap
	cap := object.get(input, ["call", "per_producer_cap_centimos"], null)
	texts := [values.soles(dossier.requested_total), dossier.members_count, values.soles(cap)]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {
			"requested_centimos": dossier.requested_total,
			"members": dossier.members_count,
			"per_producer_cap_centimos": cap,
		},
		"message_es": sprintf("Lo pedido (%s entre %d productores) pasa el tope de %s por productor.", texts),
		"message_en": sprintf("The request (%s for %d producers) is over the cap of %s a producer.", texts),
	})
}

# METADATA
# title: La solicitud llegó con la convocatoria abierta
# description: |
#   The day is application.submitted_on when it is given and as_of otherwise; both the first and the
#   last day of the call count as open.
# custom:
#   code: PLA-009
#   severity: blocking
#   rule: fund.eligibility.plan.call_open
#   norm: Bases de la convocatoria
#   source: call.opens_on, call.closes_on
#   cure_es: Presente la solicitud en una convocatoria abierta.
#   cure_en: Submit the application to an open call.
findings contains found if {
	not _call_open
	texts := [
		_submitted_on,
		object.get(input, ["call", "opens_on"], "—"),
		object.get(input, ["call", "closes_on"], "—"),
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"submitted_on": texts[0], "opens_on": texts[1], "closes_on": texts[2]},
		"message_es": sprintf("El %v la convocatoria no estaba abierta (del %v al %v).", texts),
		"message_en": sprintf("On %v the call was not open (from %v to %v).", texts),
	})
}

# METADATA
# title: Cada partida tiene su propio número
# custom:
#   code: PLA-010
#   severity: blocking
#   rule: fund.eligibility.plan.line_once
#   norm: DS 005-2020-MINAGRI, ningún gasto se paga dos veces
#   source: decoopchile.cl; peru-norms 9 C14
#   cure_es: Numere de nuevo las partidas.
#   cure_en: Number the lines anew.
findings contains found if {
	some number in {object.get(line, "line_no", null) | some line in dossier.lines}
	same := [line | some line in dossier.lines; object.get(line, "line_no", null) == number]
	not _numbered_once(number, same)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.line_subject(same[0]),
		"fact": {"line_no": number, "times": count(same)},
		"message_es": sprintf("El número de partida «%v» falta o se repite (%d veces).", [number, count(same)]),
		"message_en": sprintf("The line number '%v' is missing or repeated (%d times).", [number, count(same)]),
	})
}

# METADATA
# title: Una partida la paga un solo programa
# custom:
#   code: PLA-011
#   severity: blocking
#   rule: fund.eligibility.plan.one_programme
#   norm: Sin norma leída; propuesta de no cruzar programas en un mismo gasto
#   source: peru-norms 3.6; parameter fund.line.both_programmes
#   cure_es: Separe la partida en dos, una por programa.
#   cure_en: Split the line in two, one for each programme.
findings contains found if {
	parameter := lookup.parameter("fund.line.both_programmes", input.as_of)
	some line in dossier.lines
	not _programmes_fit(line, parameter.value)
	texts := [
		dossier.line_label(line),
		values.soles(object.get(line, "agroideas_centimos", null)),
		values.soles(object.get(line, "agrobanco_centimos", null)),
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.line_subject(line),
		"fact": object.filter(line, ["agroideas_centimos", "agrobanco_centimos"]),
		"parameter": parameter,
		"message_es": sprintf("Partida %s: la pagan Agroideas (%s) y Agrobanco (%s).", texts),
		"message_en": sprintf("Line %s: both Agroideas (%s) and Agrobanco (%s) pay it.", texts),
	})
}

_adds_up(line) if {
	parts := [line.agroideas_centimos, line.agrobanco_centimos, line.own_centimos]
	every part in parts { values.is_amount(part) }
	values.is_amount(line.total_centimos)
	line.total_centimos > 0
	sum(parts) == line.total_centimos
}

_tranches_add_up(channel) if {
	every tranche in dossier.tranches { _payable(tranche) }
	_tranche_total(channel) == dossier.line_total(channel)
}

_payable(tranche) if {
	tranche.channel in dossier.channels
	values.is_amount(tranche.amount_centimos)
	tranche.amount_centimos > 0
}

_tranche_total(channel) := sum([tranche.amount_centimos |
	some tranche in dossier.tranches
	tranche.channel == channel
	values.is_amount(tranche.amount_centimos)
])

_requested(channel) := object.get(
	input,
	["application", "requested", sprintf("%s_centimos", [channel])],
	null,
)

_channels_used contains channel if {
	some channel in dossier.channels
	dossier.line_total(channel) > 0
}

_channels_used contains channel if {
	some tranche in dossier.tranches
	channel := object.get(tranche, "channel", null)
}

_within_envelope if {
	values.is_amount(input.call.envelope_centimos)
	dossier.requested_total <= input.call.envelope_centimos
}

_within_producer_cap if {
	values.is_amount(input.call.per_producer_cap_centimos)
	dossier.requested_total <= input.call.per_producer_cap_centimos * dossier.members_count
}

_submitted_on := object.get(
	input,
	["application", "submitted_on"],
	object.get(input, "as_of", "—"),
)

_call_open if {
	every day in [_submitted_on, input.call.opens_on, input.call.closes_on] { values.is_date(day) }
	input.call.opens_on <= _submitted_on
	_submitted_on <= input.call.closes_on
}

_numbered_once(number, same) if {
	values.is_amount(number)
	count(same) == 1
}

_programmes_fit(_, allowed) if allowed == true

_programmes_fit(line, _) if {
	some field in ["agroideas_centimos", "agrobanco_centimos"]
	line[field] == 0
}

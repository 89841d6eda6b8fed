# METADATA
# title: Agroideas
# description: Shares and caps of the grant.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.agroideas

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: La parte de Agroideas en cada partida no pasa del máximo
# custom:
#   code: AGI-001
#   severity: blocking
#   rule: fund.eligibility.agroideas.line_share
#   norm: Incentivos de Agroideas, hasta 80 % (DL 1077 art. 5)
#   source: gob.pe/qu/11423; gob.pe/qu/11073; parameter agroideas.line.max_share
#   cure_es: Baje la parte de Agroideas de la partida y suba el aporte propio.
#   cure_en: Lower the line's grant and raise the own contribution.
findings contains found if {
	parameter := lookup.parameter("agroideas.line.max_share", input.as_of)
	some line in dossier.lines
	not _within_share(line, parameter.value)
	share := values.percent_up(
		object.get(line, "agroideas_centimos", null),
		object.get(line, "total_centimos", null),
	)
	amounts := [_soles(line, "agroideas_centimos"), _soles(line, "total_centimos")]
	texts := array.concat([dossier.line_label(line), share], array.concat(amounts, [parameter.value]))
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.line_subject(line),
		"fact": object.filter(line, ["agroideas_centimos", "total_centimos"]),
		"parameter": parameter,
		"message_es": sprintf("Partida %s: Agroideas pagaría %s (%s de %s); el máximo es %v %%.", texts),
		"message_en": sprintf("Line %s: Agroideas would pay %s (%s of %s); the maximum is %v %%.", texts),
	})
}

# METADATA
# title: El subsidio por productor no pasa del tope
# custom:
#   code: AGI-002
#   severity: blocking
#   rule: fund.eligibility.agroideas.producer_cap
#   norm: Reconversión productiva de Agroideas, hasta 30 UIT por productor
#   source: gob.pe/qu/11423; parameter agroideas.producer.max_grant_uit
#   cure_es: Baje el subsidio pedido o explique el incentivo al que corresponde.
#   cure_en: Lower the grant asked for or explain which incentive it belongs to.
findings contains found if {
	parameter := lookup.parameter("agroideas.producer.max_grant_uit", input.as_of)
	uit := lookup.parameter("uit.value", input.as_of)
	grant := dossier.line_total("agroideas")
	cap := ((parameter.value * uit.value) * 100) * dossier.members_count
	not grant <= cap
	texts := [values.soles(grant), values.soles(cap), parameter.value, dossier.members_count]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"agroideas_centimos": grant, "cap_centimos": cap},
		"parameter": parameter,
		"message_es": sprintf("El subsidio suma %s; el tope es %s (%v UIT por %d productores).", texts),
		"message_en": sprintf("The grant adds up to %s; the cap is %s (%v UIT for %d producers).", texts),
	})
}

# METADATA
# title: La organización recibe cada incentivo una sola vez
# description: Reads facts.history, earlier agreements of the organisation, when it is given.
# custom:
#   code: AGI-003
#   severity: blocking
#   rule: fund.eligibility.agroideas.once
#   norm: DS 005-2020-MINAGRI, cada incentivo una sola vez; DS 011-2024-MIDAGRI no leído
#   source: decoopchile.cl; parameter agroideas.once_per_incentive
#   cure_es: Explique qué incentivo distinto pide, o retire el subsidio del plan.
#   cure_en: Explain which other incentive is asked for, or take the grant out of the plan.
findings contains found if {
	parameter := lookup.parameter("agroideas.once_per_incentive", input.as_of)
	parameter.value == true
	dossier.line_total("agroideas") > 0
	some earlier in input.facts.history
	not _other_channel(earlier)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"earlier": earlier},
		"parameter": parameter,
		"message_es": sprintf("La organización ya tuvo un incentivo de Agroideas (%s).", [_agreement(earlier)]),
		"message_en": sprintf("The organisation had a grant of Agroideas before (%s).", [_agreement(earlier)]),
	})
}

_other_channel(earlier) if earlier.channel == "agrobanco"

_agreement(earlier) := values.shown(earlier, "agreement_id")

_within_share(line, most) if {
	values.is_amount(line.agroideas_centimos)
	values.is_amount(line.total_centimos)
	line.agroideas_centimos * 100 <= line.total_centimos * most
}

_soles(line, field) := values.soles(object.get(line, field, null))

# METADATA
# title: Concentration
# description: |
#   How much of a call goes to one anchor firm, one region, one crop. Reads facts.concentration: what
#   other applications of the call to the same firm, region or crop hold already, in céntimos. Where a
#   sum is not given, nothing is said.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.concentration

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: La tractora no concentra la convocatoria
# custom:
#   code: CNC-001
#   severity: blocking
#   rule: fund.eligibility.concentration.anchor
#   norm: Sin norma leída; propuesta del fondo
#   source: parameter concentration.anchor.max_share
#   cure_es: Baje lo pedido o espere otra convocatoria.
#   cure_en: Lower the request or wait for another call.
findings contains found if {
	parameter := lookup.parameter("concentration.anchor.max_share", input.as_of)
	detail := _detail("by_anchor_centimos", parameter, ["la tractora", "the anchor firm"])
	found := finding.make(rego.metadata.rule(), detail)
}

# METADATA
# title: La región no concentra la convocatoria
# custom:
#   code: CNC-002
#   severity: blocking
#   rule: fund.eligibility.concentration.region
#   norm: Sin norma leída; propuesta del fondo
#   source: parameter concentration.region.max_share
#   cure_es: Baje lo pedido o espere otra convocatoria.
#   cure_en: Lower the request or wait for another call.
findings contains found if {
	parameter := lookup.parameter("concentration.region.max_share", input.as_of)
	detail := _detail("by_region_centimos", parameter, ["la región", "the region"])
	found := finding.make(rego.metadata.rule(), detail)
}

# METADATA
# title: El cultivo no concentra la convocatoria
# custom:
#   code: CNC-003
#   severity: blocking
#   rule: fund.eligibility.concentration.crop
#   norm: Sin norma leída; propuesta del fondo
#   source: parameter concentration.crop.max_share
#   cure_es: Baje lo pedido o espere otra convocatoria.
#   cure_en: Lower the request or wait for another call.
findings contains found if {
	parameter := lookup.parameter("concentration.crop.max_share", input.as_of)
	detail := _detail("by_crop_centimos", parameter, ["el cultivo", "the crop"])
	found := finding.make(rego.metadata.rule(), detail)
}

# What the finding says when the request and what is held already are over the share of the call.
_detail(field, parameter, words) := {
	"subject": dossier.consortium_subject,
	"fact": {field: held, "requested_centimos": dossier.requested_total, "envelope_centimos": envelope},
	"parameter": parameter,
	"message_es": sprintf("Con lo pedido, %s tendría %s de la convocatoria (%s de %s); el máximo es %v %%.", array.concat([words[0]], texts)),
	"message_en": sprintf("With the request, %s would hold %s of the call (%s of %s); the maximum is %v %%.", array.concat([words[1]], texts)),
} if {
	held := object.get(input, ["facts", "concentration", field], null)
	held != null
	envelope := object.get(input, ["call", "envelope_centimos"], null)
	not _within(held, envelope, parameter.value)
	whole := _whole(held)
	texts := [
		values.percent_up(whole, envelope),
		values.soles(whole),
		values.soles(envelope),
		parameter.value,
	]
}

_whole(held) := held + dossier.requested_total if {
	values.is_amount(held)
} else := null

_within(held, envelope, most) if {
	values.is_amount(held)
	values.is_amount(envelope)
	(held + dossier.requested_total) * 100 <= envelope * most
}

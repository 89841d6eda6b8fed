# METADATA
# title: Agrobanco
# description: |
#   Caps of the credit. The money is one loan per producer; the plan only gives the sum, so the
#   amount per producer is the average.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.agrobanco

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.loan
import data.fund.lookup
import data.fund.values

# METADATA
# title: Most credit for one producer, in céntimos
# description: The lesser of the AgroPerú level and the legal cap in UIT.
producer_cap_centimos := loan.producer_cap_centimos(input.as_of)

# METADATA
# title: El crédito por productor no pasa del tope
# custom:
#   code: AGB-001
#   severity: blocking
#   rule: fund.eligibility.agrobanco.producer_cap
#   norm: Fondo AgroPerú, nivel de S/ 30 000; Ley 29064 art. 5.4, 15 UIT
#   source: gob.pe/institucion/agrobanco/pages/53011; Ley 29064
#   cure_es: Baje el crédito pedido o sume productores.
#   cure_en: Lower the credit asked for or add producers.
findings contains found if {
	credit := dossier.line_total("agrobanco")
	cap := producer_cap_centimos
	not credit <= cap * dossier.members_count
	texts := [values.soles(credit), dossier.members_count, values.soles(cap)]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"agrobanco_centimos": credit, "members": dossier.members_count, "cap_centimos": cap},
		"parameter": loan.binding(input.as_of),
		"message_es": sprintf("El crédito de %s entre %d productores pasa el tope de %s por productor.", texts),
		"message_en": sprintf("The credit of %s for %d producers is over the cap of %s per producer.", texts),
	})
}

# METADATA
# title: El crédito no pasa de su parte del costo
# custom:
#   code: AGB-002
#   severity: blocking
#   rule: fund.eligibility.agrobanco.cost_share
#   norm: Fondo AgroPerú, hasta 70 % del costo de producción
#   source: gob.pe/institucion/agrobanco/pages/53011
#   cure_es: Baje el crédito o suba el aporte propio.
#   cure_en: Lower the credit or raise the own contribution.
findings contains found if {
	parameter := lookup.parameter("agroperu.max_cost_share", input.as_of)
	credit := dossier.line_total("agrobanco")
	cost := dossier.plan_total
	not credit * 100 <= cost * parameter.value
	share := values.percent_up(credit, cost)
	texts := [share, values.soles(credit), values.soles(cost), parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"agrobanco_centimos": credit, "total_centimos": cost},
		"parameter": parameter,
		"message_es": sprintf("El crédito cubre %s del costo (%s de %s); el máximo es %v %%.", texts),
		"message_en": sprintf("The credit covers %s of the cost (%s of %s); the maximum is %v %%.", texts),
	})
}

# METADATA
# title: Con crédito, el área del productor llega al mínimo
# custom:
#   code: AGB-003
#   severity: blocking
#   rule: fund.eligibility.agrobanco.area_min
#   norm: Fondo AgroPerú, de 0.5 a 5 ha
#   source: gob.pe/institucion/agrobanco/pages/53011
#   cure_es: Corrija los predios del productor o retire el crédito del plan.
#   cure_en: Correct the producer's parcels or take the credit out of the plan.
findings contains found if {
	parameter := lookup.parameter("agroperu.min_ha", input.as_of)
	dossier.line_total("agrobanco") > 0
	some member in dossier.members
	values.is_amount(member.total_area_m2)
	not member.total_area_m2 >= parameter.value * 10000
	found := finding.make(rego.metadata.rule(), _area_detail(member, parameter, ["menos", "less"]))
}

# METADATA
# title: Con crédito, el área del productor no pasa del máximo de AgroPerú
# description: Silent about whom the fund's own maximum (MEM-003) already refuses.
# custom:
#   code: AGB-004
#   severity: blocking
#   rule: fund.eligibility.agrobanco.area_max
#   norm: Fondo AgroPerú, de 0.5 a 5 ha
#   source: gob.pe/institucion/agrobanco/pages/53011
#   cure_es: Retire al productor o retire el crédito del plan.
#   cure_en: Withdraw the producer or take the credit out of the plan.
findings contains found if {
	parameter := lookup.parameter("agroperu.max_ha", input.as_of)
	dossier.line_total("agrobanco") > 0
	some member in dossier.members
	_accepted_by_the_fund(member)
	not member.total_area_m2 <= parameter.value * 10000
	found := finding.make(rego.metadata.rule(), _area_detail(member, parameter, ["más", "more"]))
}

# METADATA
# title: El crédito se paga en los desembolsos que admite AgroPerú
# custom:
#   code: AGB-005
#   severity: blocking
#   rule: fund.eligibility.agrobanco.tranches
#   norm: Fondo AgroPerú, desembolso en dos partes
#   source: gob.pe/institucion/agrobanco/pages/53011
#   cure_es: Junte los desembolsos del crédito hasta el número admitido.
#   cure_en: Join the credit's tranches until there are no more than admitted.
findings contains found if {
	parameter := lookup.parameter("agroperu.tranches", input.as_of)
	tranches := count([tranche | some tranche in dossier.tranches; tranche.channel == "agrobanco"])
	not tranches <= parameter.value
	texts := [tranches, parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.channel_subject("agrobanco"),
		"fact": {"tranches": tranches},
		"parameter": parameter,
		"message_es": sprintf("El crédito se paga en %d desembolsos; el máximo es %d.", texts),
		"message_en": sprintf("The credit is paid in %d tranches; the maximum is %d.", texts),
	})
}

# METADATA
# title: Con crédito, el productor no tiene demasiados otros préstamos
# description: Silent where nobody said how many loans the producer has.
# custom:
#   code: AGB-006
#   severity: blocking
#   rule: fund.eligibility.agrobanco.other_loans
#   norm: Fondo AgroPerú, hasta tres préstamos en otras entidades
#   source: gob.pe/institucion/agrobanco/pages/53011
#   cure_es: Cancele otros préstamos o retire al productor del crédito.
#   cure_en: Pay other loans off or take the producer out of the credit.
findings contains found if {
	parameter := lookup.parameter("agroperu.max_other_loans", input.as_of)
	dossier.line_total("agrobanco") > 0
	some member in dossier.members
	loans := object.get(member, "other_loans", null)
	loans != null
	not _few_loans(loans, parameter.value)
	texts := [dossier.member_label(member), loans, parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"other_loans": loans},
		"parameter": parameter,
		"message_es": sprintf("%s tiene %v préstamos en otras entidades; el máximo es %d.", texts),
		"message_en": sprintf("%s has %v loans elsewhere; the maximum is %d.", texts),
	})
}

_few_loans(loans, most) if {
	values.is_amount(loans)
	loans <= most
}

_accepted_by_the_fund(member) if {
	values.is_amount(member.total_area_m2)
	fund_max := lookup.parameter("fund.producer.max_ha", input.as_of)
	member.total_area_m2 < fund_max.value * 10000
}

_area_detail(member, parameter, words) := {
	"subject": dossier.member_subject(member),
	"fact": {"total_area_m2": member.total_area_m2},
	"parameter": parameter,
	"message_es": sprintf("%s tiene %s, %s que las %v ha que pide el crédito.", [
		dossier.member_label(member),
		values.hectares(member.total_area_m2),
		words[0],
		parameter.value,
	]),
	"message_en": sprintf("%s has %s, %s than the %v ha that the credit asks for.", [
		dossier.member_label(member),
		values.hectares(member.total_area_m2),
		words[1],
		parameter.value,
	]),
}

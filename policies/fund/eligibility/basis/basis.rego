# METADATA
# title: Basis of the assessment
# description: The day of the assessment and the parameters in force on it.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.basis

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: Parameters that the eligibility rules read
keys := {
	"agrobanco.producer.max_credit_uit",
	"agroideas.line.max_share",
	"agroideas.once_per_incentive",
	"agroideas.producer.max_grant_uit",
	"agroideas.ruc_condition",
	"agroideas.ruc_state",
	"agroperu.max_cost_share",
	"agroperu.max_ha",
	"agroperu.max_other_loans",
	"agroperu.min_ha",
	"agroperu.producer.max_credit",
	"agroperu.tranches",
	"concentration.anchor.max_share",
	"concentration.crop.max_share",
	"concentration.region.max_share",
	"consortium.independent_accounting",
	"consortium.members_min",
	"crops.max_yield",
	"fund.anchor_firm.exporting",
	"fund.line.both_programmes",
	"fund.own_contribution.min_share",
	"fund.producer.max_ha",
	"org.max_associative_forms",
	"paper.bulk.others_min",
	"paper.bulk.same_day_min",
	"paper.formed.months_before_call",
	"paper.plan.similarity_min",
	"paper.reject.weight_min",
	"paper.review.weight_min",
	"paper.weight.account",
	"paper.weight.address",
	"paper.weight.adviser",
	"paper.weight.bulk_adviser",
	"paper.weight.bulk_day",
	"paper.weight.bulk_notary",
	"paper.weight.director",
	"paper.weight.email",
	"paper.weight.formed_late",
	"paper.weight.phone",
	"paper.weight.plan",
	"paper.weight.supplier",
	"paper.weight.supplier_late",
	"registers.area_tolerance",
	"registers.coercive_debt_max",
	"registers.credit_classes",
	"registers.organisation_age_min",
	"score.small_area_max_ha",
	"score.small_area_weight",
	"score.under30_weight",
	"score.women_weight",
	"score.young_age_max",
	"tax.excluded_ubigeo_prefixes",
	"tax.producer.income_max_uit",
	"splitting.answer_term",
	"splitting.evidence_min",
	"splitting.parcels_min",
	"splitting.reference_date",
	"uit.value",
}

# METADATA
# title: The versions used, by key
used := [version | some key in sort(keys); version := lookup.parameter(key, input.as_of)]

# METADATA
# title: El día de la evaluación es una fecha
# custom:
#   code: INP-001
#   severity: blocking
#   rule: fund.eligibility.basis.day
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9
#   cure_es: Envíe la fecha de evaluación como AAAA-MM-DD.
#   cure_en: Send the day of the assessment as YYYY-MM-DD.
findings contains found if {
	not _day_known
	day := object.get(input, "as_of", null)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"as_of": day},
		"message_es": sprintf("La fecha de evaluación «%v» no es una fecha.", [day]),
		"message_en": sprintf("The day of the assessment '%v' is not a date.", [day]),
	})
}

# METADATA
# title: Cada parámetro tiene un valor vigente
# custom:
#   code: PAR-001
#   severity: blocking
#   rule: fund.eligibility.basis.parameters
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 40, requisitos establecidos por norma
#   source: peru-norms, proposed policy parameters
#   cure_es: El fondo debe registrar el valor vigente del parámetro; no depende del solicitante.
#   cure_en: The fund must record the value in force; this does not depend on the applicant.
findings contains found if {
	_day_known
	some key in (keys - {version.key | some version in used})
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "parameter", "id": key, "label": key},
		"fact": {"key": key, "as_of": input.as_of},
		"message_es": sprintf("El parámetro %s no tiene valor vigente el %s.", [key, input.as_of]),
		"message_en": sprintf("The parameter %s has no value in force on %s.", [key, input.as_of]),
	})
}

_day_known if values.is_date(input.as_of)

# METADATA
# title: Splitting
# description: |
#   Land cut up so that each piece is under the area limit, the same plot claimed twice, and a family
#   unit over the limit together. No norm refuses any of it: each is a signal that the consortium
#   sees and may answer before anybody decides. Facts that the registers do not hold say nothing.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.splitting

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: Predios cortados de un mismo título después de la fecha de referencia
# custom:
#   code: SPL-001
#   severity: signal
#   rule: fund.eligibility.splitting.one_title
#   norm: Sin norma; control contra el fraccionamiento de predios C8
#   source: peru-norms 9 C8, precedente AIS de Colombia; parameter splitting.reference_date
#   cure_es: Explique por escrito la independización y adjunte su sustento (sucesión, anticipo de legítima, compraventa).
#   cure_en: Explain the division in writing and attach its papers (inheritance, advance on it, sale).
findings contains found if {
	reference := lookup.parameter("splitting.reference_date", input.as_of)
	limit_ha := lookup.parameter("fund.producer.max_ha", input.as_of).value
	some group in _list("parcel_groups")
	recent := _recent(group, reference.value)
	people := {parcel.dni | some parcel in recent}
	count(people) >= lookup.parameter("splitting.parcels_min", input.as_of).value
	total_m2 := sum([parcel.area_m2 | some parcel in recent])
	total_m2 >= limit_ha * 10000
	common := _in_common(group, recent)
	kinds := count([kind | some kind, shared in common; count(shared) > 0])
	kinds >= lookup.parameter("splitting.evidence_min", input.as_of).value
	texts := [
		count(recent),
		count(people),
		values.hectares(total_m2),
		values.shown(group, "parent_title"),
		values.hectares(object.get(group, "parent_area_m2", null)),
		reference.value,
		limit_ha,
		count(common.boundaries),
		count(common.households),
		count(common.accounts),
		count(object.get(group, "siblings", [])),
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": {
			"type": "title",
			"id": object.get(group, "parent_title", null),
			"label": sprintf("Título %s", [values.shown(group, "parent_title")]),
		},
		"fact": {
			"parent_title": object.get(group, "parent_title", null),
			"parent_area_m2": object.get(group, "parent_area_m2", null),
			"parcels": recent,
			"total_area_m2": total_m2,
			"limit_m2": limit_ha * 10000,
			"common_boundaries": common.boundaries,
			"shared_households": common.households,
			"shared_accounts": common.accounts,
			"siblings": object.get(group, "siblings", []),
		},
		"parameter": reference,
		"message_es": sprintf(
			concat(" ", [
				"%d predios de %d miembros, %s en total, se cortaron del título %s (%s) después del %s; el límite",
				"es %v ha por productor. En común: %d linderos, %d hogares, %d cuentas;",
				"predios del mismo título en otros consorcios: %d.",
			]),
			texts,
		),
		"message_en": sprintf(
			concat(" ", [
				"%d parcels of %d members, %s in all, were cut from title %s (%s) after %s; the limit is %v ha",
				"a producer. In common: %d boundaries, %d households, %d accounts;",
				"parcels of the same title in other consortia: %d.",
			]),
			texts,
		),
	})
}

# METADATA
# title: El mismo predio figura también en otra inscripción
# custom:
#   code: SPL-002
#   severity: signal
#   rule: fund.eligibility.splitting.claimed_twice
#   norm: Sin norma; control contra organizaciones de papel C8
#   source: peru-norms 9 C8
#   cure_es: Explique por escrito quién conduce el predio y adjunte su título, contrato o constancia de posesión.
#   cure_en: Explain in writing who works the plot and attach the title, contract or proof of possession.
findings contains found if {
	some parcel in _list("shared_parcels")
	claims := object.get(parcel, "claims", [])
	count(claims) > 0
	names := concat("; ", {values.shown(claim, "consortium_name") | some claim in claims})
	texts := [values.shown(parcel, "code"), dossier.member_label(parcel), count(claims), names]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(parcel),
		"fact": {
			"code": object.get(parcel, "code", null),
			"title_number": object.get(parcel, "title_number", null),
			"claims": claims,
		},
		"message_es": sprintf("El predio %s de %s figura también a nombre de otros (%d veces) en: %s.", texts),
		"message_en": sprintf("Parcel %s of %s also stands under others' names (%d times) in: %s.", texts),
	})
}

# METADATA
# title: La unidad familiar suma menos que el máximo
# custom:
#   code: SPL-003
#   severity: signal
#   rule: fund.eligibility.splitting.family_unit
#   norm: Sin norma; control C8, la unidad familiar cuenta una vez
#   source: peru-norms 9 C8; parameter fund.producer.max_ha
#   cure_es: Explique por escrito si los miembros conducen sus predios por separado, y adjunte su sustento.
#   cure_en: Explain in writing whether the members work their parcels separately, and attach the papers.
findings contains found if {
	parameter := lookup.parameter("fund.producer.max_ha", input.as_of)
	some unit in _list("family_units")
	dnis := object.get(unit, "dnis", [])
	count(dnis) > 1
	unit.total_area_m2 >= parameter.value * 10000
	texts := [
		count(dnis),
		values.shown(unit, "household"),
		values.hectares(unit.total_area_m2),
		parameter.value,
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": {
			"type": "household",
			"id": object.get(unit, "household", null),
			"label": sprintf("Hogar %s", [values.shown(unit, "household")]),
		},
		"fact": {"household": object.get(unit, "household", null), "dnis": dnis, "total_area_m2": unit.total_area_m2},
		"parameter": parameter,
		"message_es": sprintf("%d miembros del hogar %s suman %s; el máximo por productor es menos de %v ha.", texts),
		"message_en": sprintf("%d members of household %s have %s together; the maximum a producer is under %v ha.", texts),
	})
}

_list(name) := [item | some item in object.get(input, ["facts", name], []); is_object(item)]

_recent(group, day) := [parcel |
	some parcel in group.parcels
	values.is_date(parcel.cut_on)
	parcel.cut_on > day
	values.is_amount(parcel.area_m2)
]

# What the recent parcels and their holders have in common, by kind.
_in_common(group, recent) := {
	"boundaries": [pair |
		some pair in object.get(group, "common_boundaries", [])
		every label in pair { label in labels }
	],
	"households": [one |
		some one in object.get(group, "shared_households", [])
		count({dni | some dni in one.dnis} & people) > 1
	],
	"accounts": [one |
		some one in object.get(group, "shared_accounts", [])
		count({dni | some dni in one.dnis} & people) > 1
	],
} if {
	labels := {parcel.label | some parcel in recent}
	people := {parcel.dni | some parcel in recent}
}

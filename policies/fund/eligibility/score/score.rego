# METADATA
# title: Score
# description: |
#   Three simple criteria, each the share of members who meet it times its weight. The score orders
#   applications for people; it refuses nobody.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.score

import data.fund.eligibility.dossier
import data.fund.lookup
import data.fund.values

# METADATA
# title: Points and their reasons
default result := {"total": 0, "by_criterion": {}}

result := {
	"total": sum([criterion.points | some criterion in _criteria]),
	"by_criterion": _criteria,
} if {
	dossier.members_count > 0
}

# METADATA
# title: Women among the members, in whole percent rounded down
women_percent := _percent(_women)

# METADATA
# title: Members under the young age among all, in whole percent rounded down
under30_percent := _percent(_young)

_percent(members) := floor((count(members) * 100) / dossier.members_count) if {
	dossier.members_count > 0
}

_criteria["women_share"] := _criterion(_women, "score.women_weight", [
	"Mujeres entre los miembros",
	"Women among the members",
])

_criteria["under30_share"] := _criterion(_young, "score.under30_weight", [
	"Menores de 30 años entre los miembros",
	"Members under 30 years of age",
])

_criteria["small_area"] := _criterion(_small, "score.small_area_weight", [
	"Miembros con área menor que la de referencia",
	"Members under the area of reference",
])

_criterion(members, weight_key, labels) := {
	"points": floor((weight * count(members)) / dossier.members_count),
	"max_points": weight,
	"members": count(members),
	"of": dossier.members_count,
	"label_es": labels[0],
	"label_en": labels[1],
} if {
	weight := lookup.parameter(weight_key, input.as_of).value
}

_women contains member.dni if {
	some member in dossier.members
	member.sex == "F"
}

_young contains member.dni if {
	some member in dossier.members
	values.is_date(member.born_on)
	member.born_on > _born_after
}

_small contains member.dni if {
	some member in dossier.members
	values.is_amount(member.total_area_m2)
	member.total_area_m2 > 0
	reference := lookup.parameter("score.small_area_max_ha", input.as_of)
	member.total_area_m2 < reference.value * 10000
}

_born_after := sprintf("%04d%s", [year, substring(input.as_of, 4, 6)]) if {
	year := to_number(substring(input.as_of, 0, 4)) - lookup.parameter("score.young_age_max", input.as_of).value
}

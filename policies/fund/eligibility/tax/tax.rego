# METADATA
# title: Tax
# description: |
#   Who counts as a small producer under the tax law. A second predicate beside the fund's own and
#   never mixed with it: it refuses nobody. The law knows no hectares; it asks for the PPA and for an
#   income, and where nobody declared the income the answer is that it is not known.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.tax

import data.fund.eligibility.dossier
import data.fund.lookup
import data.fund.values

# METADATA
# title: Members by what the tax law would say of them
# description: Ley 32434 art. 3.b, in the PPA on the day and at most 150 UIT of the year of income.
members := {
	"n_yes": count([member | some member in dossier.members; _answer(member) == "yes"]),
	"n_no": count([member | some member in dossier.members; _answer(member) == "no"]),
	"n_unknown": count([member | some member in dossier.members; _answer(member) == "unknown"]),
}

_answer(member) := "no" if {
	not _in_ppa(member)
} else := "unknown" if {
	not values.is_amount(member.annual_income_centimos)
} else := "yes" if {
	member.annual_income_centimos <= _income_max_centimos
} else := "no" if {
	member.annual_income_centimos > _income_max_centimos
} else := "unknown"

_income_max_centimos := (limit.value * uit.value) * 100 if {
	limit := lookup.parameter("tax.producer.income_max_uit", input.as_of)
	uit := lookup.parameter("uit.value", input.as_of)
}

_in_ppa(member) if {
	values.is_date(input.as_of)
	values.is_date(member.ppa.valid_from)
	member.ppa.valid_from <= input.as_of
	_open(member.ppa)
}

_open(period) if period.valid_to == null

_open(period) if {
	values.is_date(period.valid_to)
	input.as_of < period.valid_to
}

# METADATA
# title: Loan
# description: What the law and the programme together let one producer be lent.
package fund.loan

import data.fund.lookup

# METADATA
# title: Most credit for one producer on a day, in céntimos
# description: The lesser of the AgroPerú level and the legal cap in UIT (Ley 29064 art. 5.4).
producer_cap_centimos(day) := min({_agroperu(day), _law(day)})

# METADATA
# title: The parameter that sets that cap
binding(day) := _law_parameter(day) if {
	_law(day) < _agroperu(day)
} else := lookup.parameter("agroperu.producer.max_credit", day)

_agroperu(day) := lookup.parameter("agroperu.producer.max_credit", day).value * 100

_law(day) := (_law_parameter(day).value * lookup.parameter("uit.value", day).value) * 100

_law_parameter(day) := lookup.parameter("agrobanco.producer.max_credit_uit", day)

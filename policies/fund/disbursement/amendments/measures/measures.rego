# METADATA
# title: Measures of an addendum
# description: |
#   How much an addendum moves between budget lines, by how long it extends, and what else of the
#   plan that the board approved last (`board`) is not as it is proposed now (`proposed`).
package fund.disbursement.amendments.measures

import data.fund.values

default known := false

# METADATA
# title: Are all three plans told in full?
known if {
	every name in ["board", "current", "proposed"] {
		plan := input[name]
		values.is_text(plan.title)
		is_string(plan.summary)
		count(plan.budget_lines) > 0
		every line in plan.budget_lines { _line_known(line) }
		is_array(plan.tranches)
		every tranche in plan.tranches { _tranche_known(tranche) }
	}
	is_array(input.started)
}

_line_known(line) if {
	is_number(line.line_no)
	values.is_text(line.item)
	every source in _sources { values.is_amount(line[source]) }
}

_tranche_known(tranche) if {
	is_number(tranche.sequence)
	tranche.channel in {"agroideas", "agrobanco"}
	values.is_amount(tranche.amount_centimos)
	_days_told(tranche.due_working_days)
}

_days_told(days) if days == null

_days_told(days) if values.is_amount(days)

_sources := ["agroideas_centimos", "agrobanco_centimos", "own_centimos"]

_unlimited := 1000

# METADATA
# title: The measures, for whoever reads the decision
found := {
	"moved_centimos": moved,
	"approved_centimos": approved_total,
	"extension_working_days": extension,
} if {
	known
} else := null

# METADATA
# title: What moves between lines, in céntimos
# description: What some cells lose or what others gain, whichever is more.
moved := max([sum(_lost), sum(_gained)])

_cells(plan) := {sprintf("%v/%s", [line.line_no, source]): line[source] |
	some line in plan.budget_lines
	some source in _sources
}

_of_board := _cells(input.board)

_of_proposed := _cells(input.proposed)

_places := object.keys(_of_board) | object.keys(_of_proposed)

_lost := [max([0, 0 - _gain(place)]) | some place in _places]

_gained := [max([0, _gain(place)]) | some place in _places]

_gain(place) := object.get(_of_proposed, place, 0) - object.get(_of_board, place, 0)

# METADATA
# title: The whole that the board approved, in céntimos
approved_total := sum([amount | some amount in totals("board")])

# METADATA
# title: The total of each source in a plan
totals(name) := {source: sum([line[source] | some line in input[name].budget_lines]) | some source in _sources}

# METADATA
# title: Sources whose total is another
other_totals contains source if {
	some source in _sources
	totals("board")[source] != totals("proposed")[source]
}

# METADATA
# title: By how many working days the longest milestone is extended
extension := max({0} | _extensions)

_due(plan) := {sprintf("%s/%v", [one.channel, one.sequence]): one.due_working_days | some one in plan.tranches}

_extensions contains days if {
	some name, now in _due(input.proposed)
	before := object.get(_due(input.board), name, _last)
	days := _longer(before, now)
}

# A tranche that the board did not see is measured against the last day that it saw.
_last := max([days | some days in _due(input.board); days != null])

_longer(before, now) := now - before if {
	before != null
	now != null
}

_longer(before, now) := _unlimited if {
	before != null
	now == null
}

# METADATA
# title: Parts of the object that are not what the board approved
other_object contains part if {
	some part in ["title", "summary"]
	input.board[part] != input.proposed[part]
}

other_object contains "items" if _items(input.board) != _items(input.proposed)

_items(plan) := {line.item | some line in plan.budget_lines}

# METADATA
# title: Tranches that have begun and are not kept, or that are taken away
broken contains {"sequence": tranche.sequence, "channel": tranche.channel} if {
	some tranche in input.started
	not _kept(tranche)
}

broken contains {"sequence": tranche.sequence, "channel": tranche.channel} if {
	some tranche in input.current.tranches
	not _named(tranche)
}

_kept(tranche) if {
	some now in input.proposed.tranches
	some before in input.current.tranches
	[before.sequence, before.channel] == [tranche.sequence, tranche.channel]
	now == before
}

_named(tranche) if {
	some now in input.proposed.tranches
	[now.sequence, now.channel] == [tranche.sequence, tranche.channel]
}

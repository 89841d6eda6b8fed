package fund.parameters_test

import data.fund.parameters
import data.fund.values

versions := [
	{"value": 1, "valid_from": "2025-01-01", "valid_to": "2026-01-01"},
	{"value": 2, "valid_from": "2026-01-01", "valid_to": null},
]

test_the_period_is_half_open if {
	parameters.in_force(versions, "2025-01-01").value == 1
	parameters.in_force(versions, "2025-12-31").value == 1
	parameters.in_force(versions, "2026-01-01").value == 2
	parameters.in_force(versions, "2099-01-01").value == 2
}

test_outside_of_every_period_there_is_none if {
	not parameters.in_force(versions, "2024-12-31")
	not parameters.in_force([], "2025-01-01")
	not parameters.in_force([{"value": 1, "valid_from": "2025-01-01"}], "2025-01-01")
}

test_a_day_that_is_no_date_has_none if {
	every day in ["mañana", null, ""] { not parameters.in_force(versions, day) }
}

test_the_uit_is_that_of_its_year if {
	uit := {"2020": 4300, "2021": 4400, "2022": 4600, "2023": 4950, "2024": 5150, "2025": 5350, "2026": 5500}
	every year, value in uit {
		parameters.in_force(data.fund.parameters.uit.value, sprintf("%s-01-01", [year])).value == value
		parameters.in_force(data.fund.parameters.uit.value, sprintf("%s-12-31", [year])).value == value
	}
	not parameters.in_force(data.fund.parameters.uit.value, "2019-12-31")
	not parameters.in_force(data.fund.parameters.uit.value, "2027-01-01")
}

stored contains {"key": sprintf("%s.%s", [topic, name]), "versions": entry} if {
	some topic, named in data.fund.parameters
	some name, entry in named
}

test_every_version_has_every_part if {
	count(stored) >= 80
	every parameter in stored {
		count(parameter.versions) > 0
		every version in parameter.versions {
			_complete(version)
		}
	}
}

_complete(version) if {
	object.keys(version) == {"value", "unit", "kind", "source", "confidence", "enforce", "valid_from", "valid_to"}
	version.kind in {"law", "program", "proposal"}
	version.confidence in {"high", "medium", "low", "gk"}
	is_boolean(version.enforce)
	values.is_text(version.unit)
	values.is_text(version.source)
	values.is_date(version.valid_from)
	_ends(version)
}

_ends(version) if version.valid_to == null

_ends(version) if version.valid_from < version.valid_to

test_versions_follow_each_other_without_overlap if {
	every parameter in stored {
		every i in numbers.range(1, count(parameter.versions) - 1) {
			_follows(parameter.versions, i)
		}
	}
}

# numbers.range counts down for a single version: nothing follows there.
_follows(entry, i) if {
	i < count(entry)
	i > 0
	entry[i - 1].valid_to != null
	entry[i - 1].valid_to <= entry[i].valid_from
}

_follows(entry, _) if count(entry) == 1

# A proposal whose number nobody has seen in a norm must not refuse anybody.
test_low_confidence_is_not_enforced_but_where_the_board_needs_a_number if {
	every parameter in stored {
		every version in parameter.versions { _no_guess_enforced(parameter.key, version) }
	}
}

_no_guess_enforced(key, _) if key in {"board.quorum.votes_min", "board.notice", "board.notice_extraordinary"}

_no_guess_enforced(_, version) if not version.confidence in {"low", "gk"}

_no_guess_enforced(_, version) if version.enforce == false

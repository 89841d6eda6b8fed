# METADATA
# title: Parameters
# description: |
#   Dated values of every number that the rules use. The values lie beside this file in
#   <topic>/data.yaml; this package only says which version holds on a day.
package fund.parameters

import data.fund.values

# METADATA
# title: Version in force
# description: |
#   The one version whose period [valid_from, valid_to) holds the day. Undefined when no version
#   does; an evaluation error when two do.
in_force(versions, day) := version if {
	values.is_date(day)
	some version in versions
	version.valid_from <= day
	_not_ended(version, day)
}

_not_ended(version, _) if version.valid_to == null

_not_ended(version, day) if {
	is_string(version.valid_to)
	day < version.valid_to
}

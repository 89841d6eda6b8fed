# METADATA
# title: Lookup of parameters
# description: Finds a parameter by its key, the topic before the first dot and the name after it.
package fund.lookup

import data.fund.parameters

# METADATA
# title: Parameter on a day
# description: The version in force with its key; undefined when the key or the day has none.
parameter(key, day) := object.union(version, {"key": key}) if {
	topic := split(key, ".")[0]
	name := trim_prefix(key, sprintf("%s.", [topic]))
	version := parameters.in_force(data.fund.parameters[topic][name], day)
}

# METADATA
# title: Lookup of parameters
# description: Finds a parameter by its key, the topic before the first dot and the name after it.
package fund.lookup

import data.fund.parameters

# METADATA
# title: Parameters found before
# description: |
#   By day and key. Nothing by itself: whoever asks many questions at once puts here what they share,
#   found by `parameter`, so that it is found once.
found_before := {}

# METADATA
# title: Parameter on a day
# description: The version in force with its key; undefined when the key or the day has none.
parameter(key, day) := found if {
	found := found_before[day][key]
} else := object.union(version, {"key": key}) if {
	topic := split(key, ".")[0]
	name := trim_prefix(key, sprintf("%s.", [topic]))
	version := parameters.in_force(data.fund.parameters[topic][name], day)
}

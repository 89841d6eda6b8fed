# METADATA
# title: Values
# description: |
#   Checks and texts of the plain values in the input: céntimos, square metres, dates. The texts
#   are total, so that a missing value can never silence a finding.
package fund.values

# METADATA
# title: A whole number, zero or more
is_amount(x) if {
	is_number(x)
	x >= 0
	x == floor(x)
}

# METADATA
# title: A date of the calendar written YYYY-MM-DD
is_date(x) if {
	is_string(x)
	regex.match(`^\d{4}-\d{2}-\d{2}$`, x)
	time.parse_ns("2006-01-02", x)
}

# METADATA
# title: A string that says something
is_text(x) if {
	is_string(x)
	trim_space(x) != ""
}

# METADATA
# title: Céntimos as soles, grouped by thousands
soles(centimos) := sprintf("S/ %s.%02d", [_grouped(floor(centimos / 100)), centimos % 100]) if {
	is_amount(centimos)
} else := "S/ —"

# METADATA
# title: Square metres as hectares
hectares(area_m2) := sprintf("%v ha", [area_m2 / 10000]) if {
	is_amount(area_m2)
} else := "— ha"

# METADATA
# title: A share as a percentage, rounded up to hundredths
percent_up(part, whole) := sprintf("%v %%", [ceil((part * 10000) / whole) / 100]) if {
	is_amount(part)
	is_amount(whole)
	whole > 0
} else := "— %"

# METADATA
# title: A share as a percentage, rounded down to hundredths
percent_down(part, whole) := sprintf("%v %%", [floor((part * 10000) / whole) / 100]) if {
	is_amount(part)
	is_amount(whole)
	whole > 0
} else := "— %"

# METADATA
# title: A field as text, a dash when it is missing
shown(thing, field) := sprintf("%v", [thing[field]]) if {
	thing[field] != null
} else := "—"

_grouped(whole) := concat(" ", groups) if {
	digits := sprintf("%d", [whole])
	length := count(digits)
	head := ((length - 1) % 3) + 1
	starts := [s | some i in numbers.range(0, floor((length - 1) / 3)); s := head + ((i - 1) * 3)]
	groups := [_slice(digits, start) | some start in starts]
}

_slice(digits, start) := substring(digits, start, 3) if start >= 0

_slice(digits, start) := substring(digits, 0, start + 3) if start < 0

package fund.values_test

import data.fund.values

test_amounts_are_whole_and_not_negative if {
	every x in [0, 1, 100000000000000] { values.is_amount(x) }
	every x in [-1, 0.5, "1", null, true, {}] { not values.is_amount(x) }
}

test_dates_are_of_the_calendar if {
	values.is_date("2028-02-29")
	every x in ["2026-02-29", "2026-1-01", "2026-01-01T00:00:00Z", "", null, 20260101] {
		not values.is_date(x)
	}
}

test_texts_say_something if {
	values.is_text("a")
	every x in ["", "  ", null, 1] { not values.is_text(x) }
}

test_soles_are_grouped_by_thousands if {
	every pair in [
		[0, "S/ 0.00"], [5, "S/ 0.05"], [99999, "S/ 999.99"], [100000, "S/ 1 000.00"],
		[123456789, "S/ 1 234 567.89"], [100000000000000, "S/ 1 000 000 000 000.00"],
	] {
		values.soles(pair[0]) == pair[1]
	}
}

test_what_is_no_amount_is_a_dash if {
	every x in [null, -1, "5", 1.5] { values.soles(x) == "S/ —" }
	values.hectares(null) == "— ha"
	values.percent_up(null, 5) == "— %"
	values.percent_down(5, 0) == "— %"
	values.shown({}, "a") == "—"
	values.shown({"a": null}, "a") == "—"
}

test_hectares_and_shares_are_short if {
	values.hectares(62000) == "6.2 ha"
	values.hectares(50000) == "5 ha"
	values.percent_up(85, 100) == "85 %"
	values.percent_up(80001, 100000) == "80.01 %"
	values.percent_down(99999, 1000000) == "9.99 %"
	values.shown({"a": 3}, "a") == "3"
}

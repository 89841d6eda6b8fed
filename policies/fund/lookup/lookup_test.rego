package fund.lookup_test

import data.fund.disbursement.agrobanco
import data.fund.eligibility.basis
import data.fund.lookup

test_a_parameter_comes_with_its_key if {
	parameter := lookup.parameter("uit.value", "2026-06-15")
	parameter.key == "uit.value"
	parameter.value == 5500
}

test_a_name_may_have_dots if {
	lookup.parameter("fund.producer.max_ha", "2026-06-15").value == 5
}

test_an_unknown_key_or_day_has_none if {
	not lookup.parameter("uit.valor", "2026-06-15")
	not lookup.parameter("nada.valor", "2026-06-15")
	not lookup.parameter("uit.value", "2030-01-01")
}

# Every key that some rule reads; a test outside compares it with the rules' text.
read_keys := (((basis.keys | board_keys) | credit_keys) | addenda_keys) | {"release.accounted.min_share", "release.own.min_share", "rtf.deadline", "rtf.reminders"}

credit_keys := {sprintf("agroperu.%s", [name]) | some name in agrobanco.keys} | {"agrobanco.subloans_allowed"}

addenda_keys := {"addenda.extension.max", "addenda.moved.max_share", "addenda.term", "agroideas.no_objection"}

board_keys := {
	"board.escalation",
	"board.notice",
	"board.notice_extraordinary",
	"board.quorum.second_min",
	"board.quorum.votes_min",
	"board.reminder",
	"board.reopening",
	"board.second_call",
}

test_every_parameter_that_a_rule_reads_is_defined if {
	count(read_keys) == 83
	every key in read_keys { lookup.parameter(key, "2026-06-15") }
}

test_what_was_found_before_is_not_looked_up_again if {
	before := {"2026-06-15": {"uit.value": {"key": "uit.value", "value": 1}}}
	lookup.parameter("uit.value", "2026-06-15").value == 1 with lookup.found_before as before
}

test_what_was_found_before_is_of_its_day_and_key_only if {
	before := {"2026-06-15": {"uit.value": {"key": "uit.value", "value": 1}}}
	later := lookup.parameter("uit.value", "2026-06-16")
	later == lookup.parameter("uit.value", "2026-06-16") with lookup.found_before as before
	other := lookup.parameter("fund.producer.max_ha", "2026-06-15")
	other == lookup.parameter("fund.producer.max_ha", "2026-06-15") with lookup.found_before as before
}

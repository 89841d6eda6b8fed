package fund.disbursement.accountability_test

import data.fund.disbursement.accountability

asked(reports, claims) := {"as_of": "2026-06-15", "reports": reports, "claims": claims}

report(due_on) := {"id": "rep_1", "due_on": due_on}

claim(kind, due_on, open) := {"id": "clm_1", "kind": kind, "due_on": due_on, "open_centimos": open}

codes(question) := [found.code |
	some found in accountability.findings with input as question
]

test_what_is_in_time_is_clear if {
	every question in [
		asked([], []),
		asked([report("2026-06-15")], [claim("refund", "2026-06-15", 100)]),
		asked([], [claim("undue", null, 0), claim("refund", "2026-01-01", 0)]),
	] {
		accountability.clear with input as question
		codes(question) == []
	}
}

test_an_open_undue_payment_blocks_whatever_its_term if {
	every due_on in [null, "2026-07-01", "2026-01-01"] {
		question := asked([], [claim("undue", due_on, 1)])
		not accountability.clear with input as question
		codes(question) == ["DIS-020"]
	}
}

test_a_refund_blocks_past_its_day if {
	every due_on in [null, "2026-06-14", "pronto"] {
		question := asked([], [claim("refund", due_on, 1)])
		not accountability.clear with input as question
		codes(question) == ["DIS-021"]
	}
}

test_a_report_blocks_past_its_day if {
	every due_on in [null, "2026-06-14"] {
		question := asked([report(due_on)], [])
		not accountability.clear with input as question
		codes(question) == ["DIS-022"]
	}
}

test_what_is_not_told_blocks if {
	question := {"as_of": "2026-06-15"}
	not accountability.clear with input as question
	codes(question) == ["DIS-020", "DIS-022"]
	unknown := asked([], [claim("otro", "2026-07-01", 5)])
	codes(unknown) == ["DIS-020"]
}

test_without_a_day_nothing_is_clear if {
	question := {"reports": [], "claims": []}
	not accountability.clear with input as question
}

test_the_term_is_stated_in_working_days if {
	accountability.terms == {"report_days": 15, "reminder_days": [5, 3, 1]} with input as asked([], [])
	accountability.terms == null with input as {"as_of": "1999-01-01"}
}

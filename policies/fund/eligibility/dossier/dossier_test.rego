package fund.eligibility.dossier_test

import data.fund.eligibility.dossier
import data.fund.eligibility_test as example

test_sums_are_of_valid_amounts if {
	dossier.plan_total == 16000000 with input as example.valid
	dossier.line_total("agroideas") == 8000000 with input as example.valid
	dossier.requested_total == 12000000 with input as example.valid
}

test_a_list_with_a_stranger_in_it_is_no_list if {
	dossier.members == [] with input as example.with_value("/facts/members/0", "nadie")
	dossier.lines == [] with input as example.with_value("/application/plan/budget_lines", {"a": 1})
	dossier.tranches == [] with input as example.with_value("/application/plan/tranches/0", null)
}

test_a_producer_counts_once if {
	dossier.members_count == 9 with input as example.with_value("/facts/members/0/dni", "45678902")
}

test_subjects_without_facts_have_a_dash if {
	dossier.consortium_subject.label == "—" with input as {}
	dossier.anchor_subject.label == "— (RUC —)" with input as {}
	dossier.member_label({}) == "— (DNI —)"
}

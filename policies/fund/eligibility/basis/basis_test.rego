package fund.eligibility.basis_test

import data.fund.eligibility
import data.fund.eligibility.basis
import data.fund.eligibility_test as example

test_a_day_that_is_not_a_date_is_found if {
	some day in ["2026-02-30", "15/06/2026", 20260615]
	found := basis.findings with input as example.with_value("/as_of", day)
	example.codes(found) == ["INP-001"]
}

test_a_missing_day_is_found if {
	found := basis.findings with input as example.without("/as_of")
	example.codes(found) == ["INP-001"]
}

test_a_year_without_its_uit_is_found_and_blocks if {
	decision := eligibility.decision with input as example.with_value("/as_of", "2027-01-01")
	not decision.eligible
	some found in decision.findings
	found.code == "PAR-001"
	found.subject.id == "uit.value"
}

test_the_last_day_of_the_uit_has_one if {
	found := basis.findings with input as example.with_value("/as_of", "2026-12-31")
	count(found) == 0
}

test_a_day_before_the_law_lacks_its_parameters if {
	found := basis.findings with input as example.with_value("/as_of", "2025-09-10")
	{f.subject.id | some f in found} == {
		"consortium.independent_accounting",
		"org.max_associative_forms",
		"tax.excluded_ubigeo_prefixes",
		"tax.producer.income_max_uit",
	}
}

test_the_day_the_law_enters_into_force_has_them if {
	found := basis.findings with input as example.with_value("/as_of", "2025-09-11")
	count(found) == 0
}

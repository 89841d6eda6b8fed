package fund.disbursement.agrobanco_test

import data.fund.disbursement.agrobanco

asked := {"as_of": "2026-06-15", "borrower": "producer", "parts": 2}

test_the_terms_of_the_day if {
	found := agrobanco.decision with input as asked
	found.allow
	found.findings == []
	found.terms == {
		"tea_basis_points": 350,
		"day_base": 360,
		"term_months": 12,
		"parts_max": 2,
		"levels_centimos": [1000000, 2000000, 3000000],
		"producer_cap_centimos": 3000000,
		"collection": "at_harvest",
		"allocation": ["interest", "principal"],
		"at_source": true,
		"arrears_buckets": [30, 60, 90],
	}
}

test_more_parts_than_admitted_or_none_block if {
	every parts in [0, 3, null, "dos", -1] {
		found := agrobanco.decision with input as object.union(asked, {"parts": parts})
		not found.allow
		[f.code | some f in found.findings] == ["CRE-001"]
	}
}

test_an_organisation_is_not_lent_to if {
	every borrower in ["consortium", null, ""] {
		found := agrobanco.decision with input as object.union(asked, {"borrower": borrower})
		not found.allow
		[f.code | some f in found.findings] == ["CRE-002"]
	}
}

test_without_a_value_for_each_term_nothing_is_allowed if {
	every day in ["2019-12-31", "", null] {
		found := agrobanco.decision with input as object.union(asked, {"as_of": day})
		not found.allow
		found.terms == null
	}
}

test_missing_input_allows_nothing if {
	every missing in ["borrower", "parts", "as_of"] {
		found := agrobanco.decision with input as object.remove(asked, [missing])
		not found.allow
	}
}

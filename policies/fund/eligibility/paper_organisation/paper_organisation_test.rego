package fund.eligibility.paper_organisation_test

import data.fund.eligibility
import data.fund.eligibility.paper_organisation
import data.fund.eligibility_test as example

old := {"formed_on": "2019-03-01", "sales_before_centimos": 100, "suppliers": []}

link(kind, number) := {
	"kind": kind,
	"shown": "…321",
	"others": [{"consortium_id": sprintf("con_%d", [number]), "application_id": sprintf("app_%d", [number])}],
	"count": 1,
	"similarity_percent": null,
}

like(profile, links) := example.patched([{
	"op": "add",
	"path": "/facts/likeness",
	"value": {"profile": profile, "links": links},
}])

reviewed(profile, links) := review if {
	review := paper_organisation.review with input as like(profile, links)
}

clear := {"level": "clear", "weight": 0, "signals": []}

test_without_likenesses_nothing_is_said if {
	count(paper_organisation.findings) == 0 with input as example.valid
	paper_organisation.review == clear with input as example.valid
	reviewed(null, []) == clear
	reviewed(old, []) == clear
}

test_each_shared_value_has_its_code_and_its_weight if {
	expected := {
		"cci": ["PAP-001", 5],
		"director": ["PAP-002", 4],
		"phone": ["PAP-003", 4],
		"email": ["PAP-004", 4],
		"address": ["PAP-005", 2],
	}
	every kind, one in expected {
		review := reviewed(old, [link(kind, 2)])
		review == {"level": "clear", "weight": one[1], "signals": [one[0]]}
	}
}

test_a_finding_shows_the_linked_records_and_never_blocks if {
	decision := eligibility.decision with input as like(old, [link("phone", 2), link("cci", 2)])
	decision.eligible
	decision.review == {"level": "review", "weight": 9, "signals": ["PAP-001", "PAP-003"]}
	example.codes(decision.findings) == ["PAP-001", "PAP-003"]
	example.blocking(decision.findings) == []
	found := decision.findings[1]
	found.severity == "signal"
	found.fact == {"weight": 4, "links": [link("phone", 2)]}
	found.message_es == "Comparte un teléfono con otros consorcios: …321, con con_2."
	found.message_en == "It shares a telephone with other consortia: …321, with con_2."
}

test_two_shared_values_of_one_kind_count_once if {
	reviewed(old, [link("cci", 2), link("cci", 3)]).weight == 5
}

test_an_adviser_or_supplier_counts_only_beside_another_link_to_the_same if {
	every kind in ["adviser", "supplier"] {
		reviewed(old, [link(kind, 2)]) == clear
		reviewed(old, [link(kind, 2), link("phone", 3)]).signals == ["PAP-003"]
		reviewed(old, [link(kind, 2), link("address", 2)]).signals == ["PAP-005"]
	}
	reviewed(old, [link("adviser", 2), link("phone", 2)]) == {"level": "clear", "weight": 5, "signals": ["PAP-003", "PAP-006"]}
	reviewed(old, [link("supplier", 2), link("phone", 2)]) == {"level": "review", "weight": 6, "signals": ["PAP-003", "PAP-007"]}
}

test_plans_count_from_the_similarity_on if {
	reviewed(old, [object.union(link("plan", 2), {"similarity_percent": 69})]) == clear
	same := object.union(link("plan", 2), {"similarity_percent": 70})
	reviewed(old, [same]) == {"level": "clear", "weight": 4, "signals": ["PAP-008"]}
	reviewed(old, [same, link("supplier", 2)]).signals == ["PAP-007", "PAP-008"]
}

test_formation_in_bulk_counts_from_a_number_on if {
	expected := {"notary_day": ["PAP-009", 3, 2], "adviser_day": ["PAP-010", 3, 2], "formed_day": ["PAP-011", 10, 1]}
	every kind, one in expected {
		reviewed(old, [object.union(link(kind, 2), {"count": one[1] - 1})]) == clear
		reviewed(old, [object.union(link(kind, 2), {"count": one[1]})]) == {"level": "clear", "weight": one[2], "signals": [one[0]]}
	}
}

test_formed_late_without_sales if {
	late := {"formed_on": "2025-12-02", "sales_before_centimos": 0, "suppliers": []}
	reviewed(late, []) == {"level": "clear", "weight": 2, "signals": ["PAP-012"]}
	reviewed(object.union(late, {"sales_before_centimos": 1}), []) == clear
	reviewed(object.union(late, {"formed_on": "2025-12-01"}), []) == clear
	reviewed(object.union(late, {"formed_on": null}), []) == clear
}

test_suppliers_formed_after_the_call if {
	supplier := {"ruc": "20100070970", "name": "Insumos SAC", "formed_on": "2026-06-02"}
	late := object.union(old, {"suppliers": [supplier]})
	reviewed(late, []) == {"level": "clear", "weight": 3, "signals": ["PAP-013"]}
	found := paper_organisation.findings with input as like(late, [])
	some one in found
	one.fact.suppliers == [supplier]
	contains(one.message_es, "Insumos SAC (RUC 20100070970)")
	known := object.union(old, {"suppliers": [
		object.union(supplier, {"formed_on": "2026-06-01"}),
		object.union(supplier, {"formed_on": null}),
	]})
	reviewed(known, []) == clear
}

test_all_together_advise_to_reject if {
	reviewed(old, [link("cci", 2), link("phone", 2), link("director", 2), link("supplier", 2)]) == {
		"level": "reject",
		"weight": 15,
		"signals": ["PAP-001", "PAP-002", "PAP-003", "PAP-007"],
	}
}

test_without_a_day_people_look if {
	paper_organisation.review.level == "review" with input as {}
}

package fund.eligibility.splitting_test

import data.fund.eligibility
import data.fund.eligibility.splitting
import data.fund.eligibility_test as example

places := [0, 1, 2, 3, 4, 5]

parcel(i, cut_on) := {
	"label": sprintf("P%d (DNI %s)", [i, example.dnis[i]]),
	"code": sprintf("P%d", [i]),
	"producer_id": sprintf("pro_%02d", [i]),
	"dni": example.dnis[i],
	"area_m2": 49000,
	"cut_on": cut_on,
}

# Six parcels of 4.9 ha cut from one title of 29.4 ha, in a row.
group := {
	"parent_title": "11001234",
	"parent_area_m2": 294000,
	"cut_on": "2025-11-03",
	"parcels": [parcel(i, "2025-11-03") | some i in places],
	"total_area_m2": 294000,
	"common_boundaries": [[parcel(i, "").label, parcel(i + 1, "").label] | some i in [0, 1, 2, 3, 4]],
	"shared_households": [],
	"shared_accounts": [],
	"siblings": [],
}

with_facts(name, items) := example.patched([{
	"op": "add",
	"path": sprintf("/facts/%s", [name]),
	"value": items,
}])

found(changed) := result if {
	result := example.codes(splitting.findings) with input as with_facts("parcel_groups", [changed])
}

changed(field, value) := object.union(object.remove(group, [field]), {field: value})

test_six_pieces_of_one_title_are_a_signal_with_the_evidence if {
	whole := with_facts("parcel_groups", [group])
	findings := splitting.findings with input as whole
	some it in findings
	it.code == "SPL-001"
	it.severity == "signal"
	it.subject == {"type": "title", "id": "11001234", "label": "Título 11001234"}
	it.fact.total_area_m2 == 294000
	count(it.fact.parcels) == 6
	count(it.fact.common_boundaries) == 5
	it.parameter.key == "splitting.reference_date"
	startswith(it.message_es, "6 predios de 6 miembros, 29.4 ha en total, se cortaron del título 11001234 (29.4 ha)")
	contains(it.message_en, "5 boundaries, 0 households, 0 accounts")
	decision := eligibility.decision with input as whole
	decision.eligible == true
	example.codes(decision.findings) == ["SPL-001"]
}

test_without_anything_in_common_there_is_none if found(changed("common_boundaries", [])) == []

test_a_household_or_an_account_in_common_is_enough if {
	alone := changed("common_boundaries", [])
	dnis := [example.dnis[0], example.dnis[1]]
	found(object.union(alone, {"shared_households": [{"household": "H1", "dnis": dnis}]})) == ["SPL-001"]
	found(object.union(alone, {"shared_accounts": [{"cci": "1", "dnis": dnis}]})) == ["SPL-001"]
	found(object.union(alone, {"shared_accounts": [{"cci": "1", "dnis": [dnis[0]]}]})) == []
	found(object.union(alone, {"shared_households": [{"household": "H1", "dnis": [dnis[0]]}]})) == []
}

test_what_was_cut_by_the_reference_date_is_none if {
	found(changed("parcels", [parcel(i, "2025-09-11") | some i in places])) == []
	found(changed("parcels", [parcel(i, "2025-09-12") | some i in places])) == ["SPL-001"]
	found(changed("parcels", [parcel(i, "ayer") | some i in places])) == []
}

test_an_old_piece_neither_counts_nor_binds if {
	old := [parcel(0, "2001-05-02"), parcel(1, "2025-11-03")]
	found(changed("parcels", old)) == []
	boundary := [parcel(0, "").label, parcel(1, "").label]
	three := array.concat(old, [parcel(4, "2025-11-03")])
	found(object.union(changed("parcels", three), {"common_boundaries": [boundary]})) == []
}

test_under_the_limit_together_is_none if {
	small := [object.union(parcel(i, "2025-11-03"), {"area_m2": 8000}) | some i in places]
	found(changed("parcels", small)) == []
	at_limit := [object.union(parcel(i, "2025-11-03"), {"area_m2": 25000}) | some i in [0, 1]]
	found(changed("parcels", at_limit)) == ["SPL-001"]
}

test_one_holder_alone_is_none if {
	same := [object.union(parcel(i, "2025-11-03"), {"dni": example.dnis[0]}) | some i in places]
	found(changed("parcels", same)) == []
}

claim := {"producer_id": "pro_99", "code": "P0", "consortium_id": "con_02", "consortium_name": "Otro", "same_title": true}

shared := {
	"code": "P0",
	"title_number": "11001240",
	"producer_id": "pro_00",
	"dni": example.dnis[0],
	"full_name": "Rosa Quispe 0",
	"claims": [claim],
}

test_a_plot_claimed_twice_is_a_signal if {
	findings := splitting.findings with input as with_facts("shared_parcels", [shared])
	some it in findings
	[it.code, it.severity] == ["SPL-002", "signal"]
	it.fact.claims == [claim]
	contains(it.message_es, "El predio P0 de Rosa Quispe 0 (DNI 45678901)")
	nobody := object.union(object.remove(shared, ["claims"]), {"claims": []})
	none := splitting.findings with input as with_facts("shared_parcels", [nobody])
	count(none) == 0
}

unit(total_m2, dnis) := {"household": "H1", "dnis": dnis, "total_area_m2": total_m2}

family(one) := result if {
	result := example.codes(splitting.findings) with input as with_facts("family_units", [one])
}

test_a_family_unit_at_the_limit_together_is_a_signal if {
	pair := [example.dnis[0], example.dnis[1]]
	family(unit(50000, pair)) == ["SPL-003"]
	family(unit(49999, pair)) == []
	family(unit(50000, [example.dnis[0]])) == []
}

test_registers_that_say_nothing_say_nothing if {
	count(splitting.findings) == 0 with input as example.valid
	count(splitting.findings) == 0 with input as with_facts("parcel_groups", ["nada"])
}

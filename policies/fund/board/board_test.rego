package fund.board_test

import data.fund.board

seats := [
	{"seat": "midagri", "chair": true},
	{"seat": "produce", "chair": false},
	{"seat": "mincetur", "chair": false},
	{"seat": "mef", "chair": false},
]

votes(choices) := [{"seat": seat, "choice": choice} | some seat, choice in choices]

ballot(choices, recused) := {
	"as_of": "2026-06-15",
	"call": "first",
	"seats": seats,
	"recused": recused,
	"votes": votes(choices),
	"closed": true,
}

ask(choices, recused) := decision if {
	decision := board.decision with input as ballot(choices, recused)
}

changed(patches) := decision if {
	full := ballot({"midagri": "for", "produce": "for", "mef": "for", "mincetur": "against"}, [])
	decision := board.decision with input as json.patch(full, patches)
}

codes(decision) := [found.code | some found in decision.findings]

test_three_for_and_one_against_is_approved if {
	decision := changed([])
	decision == {
		"quorum_met": true, "quorum_required": 3, "present": 4, "for": 3, "against": 1, "abstained": 0,
		"result": "approved", "presiding": "midagri", "tie_broken_by": null, "alternates": [], "conditions": [],
		"norm": "LPAG (TUO DS 004-2019-JUS) arts. 110, 111.1 y 112", "findings": [],
	}
}

test_two_of_three_present_is_approved if {
	ask({"midagri": "against", "produce": "for", "mef": "for"}, []).result == "approved"
}

test_one_of_three_present_is_rejected if {
	ask({"midagri": "for", "produce": "against", "mef": "against"}, []).result == "rejected"
}

test_two_votes_are_no_quorum_on_either_call if {
	decision := ask({"midagri": "for", "produce": "for"}, [])
	decision.result == "no_quorum"
	decision.quorum_met == false
	codes(decision) == ["BRD-001"]
	second := board.decision with input as object.union(
		ballot({"midagri": "for", "produce": "for"}, []),
		{"call": "second"},
	)
	second.quorum_required == 3
	second.result == "no_quorum"
}

test_the_chair_breaks_a_tie if {
	yes := ask({"midagri": "for", "produce": "for", "mef": "against", "mincetur": "against"}, [])
	yes.result == "approved"
	yes.tie_broken_by == "midagri"
	no := ask({"midagri": "against", "produce": "against", "mef": "for", "mincetur": "for"}, [])
	no.result == "rejected"
	no.tie_broken_by == "midagri"
}

test_a_tie_without_the_chairs_vote_is_rejected if {
	decision := ask({"produce": "for", "mef": "against"}, ["midagri"])
	decision.quorum_met
	decision.present == 3
	decision.result == "rejected"
	decision.tie_broken_by == null
}

test_recused_seats_are_present_but_two_must_vote if {
	ask({"produce": "for", "mef": "for"}, ["midagri"]).result == "approved"
	one := ask({"produce": "for"}, ["midagri", "mef"])
	one.present == 3
	one.result == "no_quorum"
}

test_two_votes_and_no_third_present_is_no_quorum if {
	ask({"produce": "for"}, ["midagri"]).result == "no_quorum"
}

test_a_recused_seats_vote_does_not_count if {
	decision := ask({"midagri": "for", "produce": "against", "mef": "against"}, ["midagri"])
	decision.for == 0
	decision.against == 2
	codes(decision) == ["BRD-002"]
	decision.result == "rejected"
}

test_an_unknown_seat_does_not_count if {
	decision := ask({"minam": "for", "produce": "for", "mef": "for"}, ["pcm"])
	decision.present == 2
	codes(decision) == ["BRD-001", "BRD-003", "BRD-003"]
}

test_two_votes_of_a_seat_are_none if {
	decision := changed([{"op": "add", "path": "/votes/-", "value": {"seat": "mef", "choice": "against"}}])
	decision.present == 3
	codes(decision) == ["BRD-004"]
}

test_a_blank_vote_is_none if {
	decision := changed([{"op": "replace", "path": "/votes/0/choice", "value": "blank"}])
	decision.present == 3
	codes(decision) == ["BRD-004"]
	codes(changed([{"op": "remove", "path": "/votes/0/choice"}])) == ["BRD-004"]
}

test_who_abstains_on_a_legal_bar_is_present_and_has_no_vote if {
	decision := ask({"midagri": "abstain", "produce": "for", "mef": "for"}, [])
	[decision.present, decision.for, decision.abstained] == [3, 2, 1]
	decision.result == "approved"
	decision.findings == []
	two := ask({"midagri": "abstain", "produce": "abstain", "mef": "for"}, [])
	[two.present, two.quorum_met, two.result] == [3, false, "no_quorum"]
	two.alternates == ["mincetur"]
}

deputy(choices, recused) := decision if {
	places := [object.union(entry, {"deputy_chair": entry.seat == "mef"}) | some entry in seats]
	decision := board.decision with input as object.union(ballot(choices, recused), {"seats": places})
}

test_the_deputy_chair_breaks_a_tie_where_the_chair_does_not_vote if {
	yes := deputy({"produce": "against", "mef": "for"}, ["midagri"])
	[yes.result, yes.presiding, yes.tie_broken_by] == ["approved", "mef", "mef"]
	no := deputy({"midagri": "abstain", "produce": "for", "mef": "against"}, [])
	[no.result, no.presiding, no.tie_broken_by] == ["rejected", "mef", "mef"]
	chair := deputy({"midagri": "against", "mef": "for", "produce": "against", "mincetur": "for"}, [])
	[chair.result, chair.tie_broken_by] == ["rejected", "midagri"]
}

test_two_deputies_preside_nothing if {
	decision := changed([
		{"op": "add", "path": "/seats/1/deputy_chair", "value": true},
		{"op": "add", "path": "/seats/2/deputy_chair", "value": true},
	])
	decision.presiding == null
}

test_the_alternates_of_the_seats_without_a_vote_would_help if {
	ask({"midagri": "for"}, ["mef"]).alternates == ["produce", "mincetur", "mef"]
	ask({"midagri": "for", "produce": "for", "mincetur": "for"}, []).alternates == []
}

guarantee := {"text": "Póliza de caución", "evidence": "Copia de la póliza", "due_working_days": 10}

report := {"text": "Informe de agua", "evidence": "Informe de la ANA", "due_working_days": 20}

conditional(choices) := [vote |
	some seat, choice in choices
	vote := {"seat": seat, "choice": choice, "conditions": {
		"midagri": [guarantee],
		"produce": [guarantee, report],
		"mincetur": [],
		"mef": [report],
	}[seat]}
]

test_an_approval_is_subject_to_the_conditions_of_its_votes_each_once if {
	choices := {"midagri": "for", "produce": "for", "mincetur": "for", "mef": "against"}
	decision := changed([{"op": "replace", "path": "/votes", "value": conditional(choices)}])
	decision.conditions == [guarantee, report]
	refused := changed([{
		"op": "replace", "path": "/votes",
		"value": conditional({"midagri": "for", "produce": "against", "mincetur": "against", "mef": "against"}),
	}])
	refused.conditions == []
}

test_a_board_with_no_or_two_chairs_is_found if {
	codes(changed([{"op": "replace", "path": "/seats/0/chair", "value": false}])) == ["BRD-005"]
	codes(changed([{"op": "replace", "path": "/seats/1/chair", "value": true}])) == ["BRD-005"]
	codes(changed([{"op": "remove", "path": "/seats/0/chair"}])) == ["BRD-005"]
}

test_an_open_ballot_is_provisional if {
	every patch in [
		{"op": "replace", "path": "/closed", "value": false},
		{"op": "remove", "path": "/closed"},
	] {
		decision := changed([patch])
		codes(decision) == ["BRD-006"]
		decision.result == "approved"
	}
}

test_missing_input_is_no_quorum if {
	every field in ["as_of", "call", "recused", "seats", "votes"] {
		decision := changed([{"op": "remove", "path": sprintf("/%s", [field])}])
		"BRD-007" in codes(decision)
		decision.result == "no_quorum"
		decision.quorum_met == false
	}
}

test_an_unknown_call_is_no_quorum if {
	decision := changed([{"op": "replace", "path": "/call", "value": "third"}])
	decision.result == "no_quorum"
	decision.quorum_required == null
}

test_nothing_is_no_quorum if {
	every nothing in [{}, "nada", null] {
		decision := board.decision with input as nothing
		decision.result == "no_quorum"
	}
}

test_without_the_parameters_there_is_no_second_call if {
	decision := changed([
		{"op": "replace", "path": "/as_of", "value": "2019-12-31"},
		{"op": "replace", "path": "/call", "value": "second"},
	])
	decision.result == "no_quorum"
	codes(decision) == ["BRD-001", "PAR-001", "PAR-001"]
}

test_the_quorum_of_other_boards if {
	every case in [[4, 3, 3], [5, 3, 3], [7, 4, 3], [12, 7, 4]] {
		many := [{"seat": sprintf("s%d", [i]), "chair": i == 1} | some i in numbers.range(1, case[0])]
		first := board.decision with input as object.union(ballot({}, []), {"seats": many})
		first.quorum_required == case[1]
		second := board.decision with input as object.union(ballot({}, []), {"seats": many, "call": "second"})
		second.quorum_required == case[2]
	}
}

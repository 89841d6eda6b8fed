# METADATA
# title: Board
# description: |
#   Quorum and majority of one ballot. Votes of recused, unknown or twice voting seats do not count;
#   who abstains on a legal bar is present and has no vote.
#   Quorum after recusals is a proposal, as the law is silent: the recused count as present, and
#   enough others must vote.
package fund.board

import data.fund.finding
import data.fund.lookup
import data.fund.values

_norm := "LPAG (TUO DS 004-2019-JUS) arts. 110, 111.1 y 112"

default decision := {
	"quorum_met": false,
	"quorum_required": null,
	"present": 0,
	"for": 0,
	"against": 0,
	"abstained": 0,
	"result": "no_quorum",
	"presiding": null,
	"tie_broken_by": null,
	"alternates": [],
	"conditions": [],
	"norm": "LPAG (TUO DS 004-2019-JUS) arts. 110, 111.1 y 112",
	"findings": [],
}

# METADATA
# title: Board decision
# description: What the votes come to; final once the ballot is closed (finding BRD-006 until then).
# entrypoint: true
# custom:
#   norm: LPAG (TUO DS 004-2019-JUS) arts. 110, 111.1 y 112
decision := {
	"quorum_met": _quorum_met,
	"quorum_required": _quorum_required,
	"present": count(_present),
	"for": count(_for),
	"against": count(_against),
	"abstained": count(_answered - _counted),
	"result": _result,
	"presiding": _presiding,
	"tie_broken_by": _tie_broken_by,
	"alternates": _alternates,
	"conditions": _conditions,
	"norm": _norm,
	"findings": finding.ordered(findings),
}

# METADATA
# title: La votación tiene quórum
# custom:
#   code: BRD-001
#   severity: blocking
#   rule: fund.board.quorum
#   norm: LPAG (TUO DS 004-2019-JUS) art. 110
#   source: peru-norms 8.1
#   cure_es: Cite a segunda convocatoria o llame a los miembros alternos.
#   cure_en: Make a second call or call the alternates.
findings contains found if {
	not _quorum_met
	texts := [count(_present), count(_counted), _quorum_required]
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject("ballot"),
		"fact": {"present": texts[0], "votes": texts[1], "quorum_required": texts[2]},
		"message_es": sprintf("Sin quórum: %d asientos presentes y %d votos; se requieren %v.", texts),
		"message_en": sprintf("No quorum: %d seats present and %d votes; %v are required.", texts),
	})
}

# METADATA
# title: Un asiento que se abstuvo no vota
# custom:
#   code: BRD-002
#   severity: signal
#   rule: fund.board.recused_vote
#   norm: LPAG (TUO DS 004-2019-JUS) arts. 99, 100 y 112
#   source: peru-norms 8.1
#   cure_es: Anule el voto en el acta.
#   cure_en: Annul the vote in the acta.
findings contains found if {
	some seat in _voting
	seat in _recused
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject(seat),
		"fact": {"seat": seat},
		"message_es": sprintf("El asiento %v se abstuvo; su voto no cuenta.", [seat]),
		"message_en": sprintf("The seat %v is recused; its vote does not count.", [seat]),
	})
}

# METADATA
# title: Solo votan o se abstienen asientos del consejo
# custom:
#   code: BRD-003
#   severity: signal
#   rule: fund.board.unknown_seat
#   norm: LPAG (TUO DS 004-2019-JUS) art. 110
#   source: peru-norms 8.1
#   cure_es: Revise la lista de asientos del consejo.
#   cure_en: Check the list of the board's seats.
findings contains found if {
	some seat in (_voting | {seat | some seat in _list("recused")})
	not seat in _seats
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject(seat),
		"fact": {"seat": seat},
		"message_es": sprintf("El asiento %v no es del consejo; no cuenta.", [seat]),
		"message_en": sprintf("The seat %v is not on the board; it does not count.", [seat]),
	})
}

# METADATA
# title: Cada asiento vota una vez, a favor o en contra, o se abstiene por impedimento legal
# custom:
#   code: BRD-004
#   severity: signal
#   rule: fund.board.one_vote
#   norm: LPAG (TUO DS 004-2019-JUS) art. 112.1
#   source: peru-norms 8.1
#   cure_es: Corrija el registro de votos; el asiento vota a favor o en contra, una vez.
#   cure_en: Correct the record of votes; the seat votes for or against, once.
findings contains found if {
	some seat in _voting
	seat in _seats
	not _choice(seat)
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject(seat),
		"fact": {"votes": [vote | some vote in _list("votes"); vote.seat == seat]},
		"message_es": sprintf("El asiento %v no tiene un voto único a favor o en contra; no cuenta.", [seat]),
		"message_en": sprintf("The seat %v has no single vote for or against; it does not count.", [seat]),
	})
}

# METADATA
# title: El consejo tiene una presidencia
# custom:
#   code: BRD-005
#   severity: signal
#   rule: fund.board.chair
#   norm: LPAG (TUO DS 004-2019-JUS) arts. 107 y 111.1
#   source: peru-norms 8.1
#   cure_es: Designe una sola presidencia; sin ella un empate se rechaza.
#   cure_en: Appoint one chair; without it a tie is a rejection.
findings contains found if {
	not count(_chairs) == 1
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject("board"),
		"fact": {"chairs": _chairs},
		"message_es": sprintf("El consejo tiene %d presidencias; debe tener una.", [count(_chairs)]),
		"message_en": sprintf("The board has %d chairs; it must have one.", [count(_chairs)]),
	})
}

# METADATA
# title: La votación está cerrada
# custom:
#   code: BRD-006
#   severity: info
#   rule: fund.board.closed
#   norm: LPAG (TUO DS 004-2019-JUS) art. 113
#   source: peru-norms 8.1
#   cure_es: Cierre la votación para que el resultado sea definitivo.
#   cure_en: Close the ballot so that the result is final.
findings contains found if {
	not _closed
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject("ballot"),
		"fact": {"closed": object.get(input, "closed", null)},
		"message_es": "La votación sigue abierta; el resultado es provisional.",
		"message_en": "The ballot is still open; the result is provisional.",
	})
}

# METADATA
# title: Se conocen la fecha, los asientos y la convocatoria
# custom:
#   code: BRD-007
#   severity: blocking
#   rule: fund.board.complete
#   norm: LPAG (TUO DS 004-2019-JUS) art. 113.1
#   source: peru-norms 8.1
#   cure_es: Envíe fecha, asientos, votos, abstenciones y si es primera o segunda convocatoria.
#   cure_en: Send the day, seats, votes, recusals and whether it is the first or second call.
findings contains found if {
	some field in {"as_of", "call", "recused", "seats", "votes"}
	not _known(field)
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject(field),
		"fact": {field: object.get(input, field, null)},
		"message_es": sprintf("Falta o no vale el dato «%s».", [field]),
		"message_en": sprintf("The datum '%s' is missing or not valid.", [field]),
	})
}

# METADATA
# title: Los parámetros de la votación están vigentes
# custom:
#   code: PAR-001
#   severity: blocking
#   rule: fund.board.parameters
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 40, requisitos establecidos por norma
#   source: peru-norms, proposed policy parameters
#   cure_es: El fondo debe registrar el valor vigente del parámetro.
#   cure_en: The fund must record the value in force.
findings contains found if {
	values.is_date(input.as_of)
	some key in {"board.quorum.second_min", "board.quorum.votes_min"}
	day := input.as_of
	not lookup.parameter(key, day)
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "parameter", "id": key, "label": key},
		"fact": {"key": key, "as_of": input.as_of},
		"message_es": sprintf("El parámetro %s no tiene valor vigente el %s.", [key, input.as_of]),
		"message_en": sprintf("The parameter %s has no value in force on %s.", [key, input.as_of]),
	})
}

_subject(id) := {"type": "seat", "id": id, "label": sprintf("%v", [id])}

_closed if input.closed == true

_known("as_of") if values.is_date(input.as_of)

_known("call") if input.call in {"first", "second"}

_known("recused") if is_array(input.recused)

_known("seats") if count(_seats) > 0

_known("votes") if is_array(input.votes)

_list(field) := input[field] if {
	is_array(input[field])
} else := []

_seats := {entry.seat | some entry in _list("seats"); values.is_text(entry.seat)}

_chairs := {entry.seat | some entry in _list("seats"); entry.chair == true}

_recused := {seat | some seat in _list("recused")} & _seats

_voting := {vote.seat | some vote in _list("votes")}

_choice(seat) := choices[0] if {
	choices := [vote.choice | some vote in _list("votes"); vote.seat == seat]
	count(choices) == 1
	choices[0] in {"for", "against", "abstain"}
}

_answered := {seat | some seat in (_seats - _recused); _choice(seat)}

_counted := {seat | some seat in _answered; _choice(seat) != "abstain"}

_for := {seat | some seat in _counted; _choice(seat) == "for"}

_against := _counted - _for

_present := _answered | _recused

default _quorum_required := null

_quorum_required := floor(count(_seats) / 2) + 1 if {
	input.call == "first"
	count(_seats) > 0
}

_quorum_required := max([minimum, ceil(count(_seats) / 3)]) if {
	input.call == "second"
	count(_seats) > 0
	minimum := lookup.parameter("board.quorum.second_min", input.as_of).value
}

default _quorum_met := false

_quorum_met if {
	every field in ["as_of", "call", "recused", "seats", "votes"] { _known(field) }
	is_number(_quorum_required)
	count(_present) >= _quorum_required
	count(_counted) >= lookup.parameter("board.quorum.votes_min", input.as_of).value
}

_with_office(office) := [entry.seat |
	some entry in _list("seats")
	values.is_text(entry.seat)
	object.get(entry, office, false) == true
]

# The casting vote: the chair's, or the deputy chair's where the chair does not vote.
default _presiding := null

_presiding := voting[0] if {
	count(_chairs) < 2
	count(_with_office("deputy_chair")) < 2
	offices := array.concat(_with_office("chair"), _with_office("deputy_chair"))
	voting := [seat | some seat in offices; seat in _counted]
	count(voting) > 0
}

# Whose alternates would help to a quorum that is missed, in the board's order.
default _alternates := []

_alternates := [entry.seat |
	some entry in _list("seats")
	values.is_text(entry.seat)
	not entry.seat in _answered
] if {
	not _quorum_met
}

# What an approval is subject to: the conditions of the votes for it, each once.
default _conditions := []

_conditions := [condition |
	some place, condition in _conditions_given
	not condition in array.slice(_conditions_given, 0, place)
] if {
	_result == "approved"
}

_conditions_given := [condition |
	some entry in _list("seats")
	entry.seat in _for
	some vote in _list("votes")
	vote.seat == entry.seat
	some condition in object.get(vote, "conditions", [])
]

_tie if {
	_quorum_met
	count(_for) == count(_against)
}

default _tie_broken_by := null

_tie_broken_by := _presiding if {
	_tie
	_presiding != null
}

default _result := "no_quorum"

_result := "approved" if {
	_quorum_met
	_carried
}

_result := "rejected" if {
	_quorum_met
	not _carried
}

_carried if count(_for) > count(_against)

_carried if {
	_tie
	_presiding in _for
}

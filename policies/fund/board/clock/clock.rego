# METADATA
# title: Board clock
# description: |
#   The terms of the board's sessions and ballots, in working days: notice of a session by its kind,
#   second call, reminder, escalation to the alternates, and the term of a reopened ballot. What has
#   no value in force on the day is null; a caller that needs it must stop.
package fund.board.clock

import data.fund.lookup

_terms := {
	"notice": "board.notice",
	"notice_extraordinary": "board.notice_extraordinary",
	"second_call": "board.second_call",
	"reminder": "board.reminder",
	"escalation": "board.escalation",
	"reopening": "board.reopening",
}

_norm := "LPAG (TUO DS 004-2019-JUS) arts. 109.2, 110.2 y 145"

# METADATA
# title: Terms in force
# description: Each term of the board in working days on the day asked for.
# entrypoint: true
# custom:
#   norm: LPAG (TUO DS 004-2019-JUS) arts. 109.2, 110.2 y 145
decision := {
	"norm": _norm,
	"working_days": {name: _days(key) | some name, key in _terms},
}

_day := object.get(input, "as_of", "")

_days(key) := lookup.parameter(key, _day).value

_days(key) := null if not lookup.parameter(key, _day)

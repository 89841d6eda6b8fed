# METADATA
# title: Limits of payments
# description: |
#   What a list of payments may hold, whom it may pay, and from which amount on a release takes a
#   second releaser. What has no value in force on the day is null; a caller that needs it must stop.
package fund.disbursement.limits

import data.fund.lookup

_keys := {
	"instruction_max": "payment.instruction_max",
	"batch_max": "payment.batch_max",
	"second_release_from": "release.second_from",
	"banks": "payment.banks",
}

_norm := "DL 1441 art. 17; controles C13 y C15 del fondo"

# METADATA
# title: Limits in force
# description: Each limit on the day asked for; amounts in soles.
# entrypoint: true
# custom:
#   norm: DL 1441 art. 17; controles C13 y C15 del fondo
decision := {
	"norm": _norm,
	"limits": {name: _value(key) | some name, key in _keys},
}

_day := object.get(input, "as_of", "")

_value(key) := lookup.parameter(key, _day).value

_value(key) := null if not lookup.parameter(key, _day)

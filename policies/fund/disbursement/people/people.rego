# METADATA
# title: People
# description: Whoever prepares, requests and releases a tranche; the one who releases is another person.
package fund.disbursement.people

import data.fund.finding
import data.fund.values

default separate := false

# METADATA
# title: Prepared by somebody, released by somebody else
separate if {
	_prepared
	_released_by_another("prepared_by")
	_released_by_another("requested_by")
}

# METADATA
# title: Un operador preparó el desembolso
# custom:
#   code: DIS-005
#   severity: blocking
#   rule: fund.disbursement.people.prepared
#   norm: Sin norma leída; segregación de funciones (Ley 28716, por verificar)
#   source: proposal of the fund, two people on every payment
#   cure_es: Un operador debe preparar el desembolso.
#   cure_en: An operator must prepare the tranche.
findings contains found if {
	not _prepared
	found := finding.make(rego.metadata.rule(), {
		"subject": subject,
		"fact": {"prepared_by": object.get(input, ["tranche", "prepared_by"], null)},
		"message_es": "Nadie ha preparado el desembolso.",
		"message_en": "Nobody has prepared the tranche.",
	})
}

# METADATA
# title: Quien libera no es quien preparó
# custom:
#   code: DIS-006
#   severity: blocking
#   rule: fund.disbursement.people.not_preparer
#   norm: Sin norma leída; segregación de funciones (Ley 28716, por verificar)
#   source: proposal of the fund, two people on every payment
#   cure_es: Otra persona debe liberar el desembolso.
#   cure_en: Another person must release the tranche.
findings contains found if {
	not _released_by_another("prepared_by")
	found := finding.make(rego.metadata.rule(), {
		"subject": subject,
		"fact": _people,
		"message_es": sprintf("Libera %v y preparó %v; deben ser dos personas.", [
			_people.releaser,
			_people.prepared_by,
		]),
		"message_en": sprintf("%v releases and %v prepared; they must be two people.", [
			_people.releaser,
			_people.prepared_by,
		]),
	})
}

# METADATA
# title: Quien libera no es quien solicitó
# custom:
#   code: DIS-007
#   severity: blocking
#   rule: fund.disbursement.people.not_requester
#   norm: Sin norma leída; segregación de funciones (Ley 28716, por verificar)
#   source: proposal of the fund, two people on every payment
#   cure_es: Otra persona debe liberar el desembolso.
#   cure_en: Another person must release the tranche.
findings contains found if {
	not _released_by_another("requested_by")
	found := finding.make(rego.metadata.rule(), {
		"subject": subject,
		"fact": _people,
		"message_es": sprintf("Libera %v y solicitó %v; deben ser dos personas.", [
			_people.releaser,
			_people.requested_by,
		]),
		"message_en": sprintf("%v releases and %v requested; they must be two people.", [
			_people.releaser,
			_people.requested_by,
		]),
	})
}

# METADATA
# title: The tranche that findings name
subject := {
	"type": "tranche",
	"id": object.get(input, ["tranche", "sequence"], null),
	"label": sprintf("%v %v", [
		object.get(input, ["tranche", "channel"], "—"),
		object.get(input, ["tranche", "sequence"], "—"),
	]),
}

_people := {
	"releaser": object.get(input, "releaser", null),
	"prepared_by": object.get(input, ["tranche", "prepared_by"], null),
	"requested_by": object.get(input, ["tranche", "requested_by"], null),
}

_prepared if values.is_text(input.tranche.prepared_by)

_released_by_another(field) if {
	values.is_text(input.releaser)
	values.is_text(input.tranche[field])
	input.releaser != input.tranche[field]
}

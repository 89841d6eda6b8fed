# METADATA
# title: Public registers
# description: |
#   What SUNAT and SUNARP say of the anchor firm, against what was declared, and whether the registers
#   were asked at all. What is said of the producers is the package below.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.registers

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

default _said := null

_said := object.get(input, ["facts", "registers"], null)

# METADATA
# title: Were the registers asked? Whatever is there counts as asked, so that it must be whole.
asked if _said != null

default _sunat := {}

_sunat := object.get(_said, "sunat", {}) if is_object(_said)

default _sunarp := {}

_sunarp := object.get(_said, "sunarp", {}) if is_object(_said)

# METADATA
# title: The one record of a person in a register
# description: An empty one when it is missing or given twice.
record(register, person) := _said[register][place] if {
	places := _places[register][person.dni]
	count(places) == 1
	some place in places
} else := {}

# Where the records of a DNI stand, found once for all members.
_places := _places_of

_places_of[register][one.dni] contains place if {
	some register in ["reniec", "ppa", "credit"]
	some place, one in _said[register]
}

# METADATA
# title: Is a credit record of these classes?
# description: No credit history is nothing against anybody.
creditworthy(standing, _) if standing.found == false

creditworthy(standing, classes) if {
	standing.found == true
	standing.classification in classes
}

_day := object.get(input, ["application", "submitted_on"], "—")

# METADATA
# title: Los registros públicos no fueron consultados
# custom:
#   code: REG-000
#   severity: info
#   rule: fund.eligibility.registers.asked
#   norm: Ley 27444 (TUO DS 004-2019-JUS) arts. IV.1.11 y 48
#   source: peru-norms 0.7 y 8.4
#   cure_es: El fondo debe habilitar la consulta a los registros; no depende del solicitante.
#   cure_en: The fund must switch the registers on; this does not depend on the applicant.
findings contains found if {
	not asked
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"registers": null},
		"message_es": "Se evaluó con los datos del padrón del fondo; no se consultó a SUNAT, RENIEC, PPA, SUNARP ni central de riesgos.",
		"message_en": "Assessed on the fund's own registry; SUNAT, RENIEC, PPA, SUNARP and the credit bureau were not asked.",
	})
}

# METADATA
# title: Cada registro respondió por cada persona
# custom:
#   code: REG-009
#   severity: blocking
#   rule: fund.eligibility.registers.whole
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 8.4
#   cure_es: El fondo debe volver a consultar los registros; no depende del solicitante.
#   cure_en: The fund must ask the registers again; this does not depend on the applicant.
findings contains found if {
	asked
	some register in ["sunat", "sunarp", "reniec", "ppa", "credit"]
	not _whole(register)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"register": register},
		"message_es": sprintf("La respuesta del registro «%s» no está completa.", [register]),
		"message_en": sprintf("The answer of the register '%s' is not whole.", [register]),
	})
}

_whole(register) if {
	register in {"sunat", "sunarp"}
	_said[register].ruc == input.facts.anchor_firm.ruc
	is_boolean(_said[register].found)
}

_whole(register) if {
	register in {"reniec", "ppa", "credit"}
	every member in dossier.members {
		is_boolean(record(register, member).found)
	}
}

# METADATA
# title: La tractora está activa y habida según la SUNAT
# custom:
#   code: REG-001
#   severity: blocking
#   rule: fund.eligibility.registers.anchor_active
#   norm: Requisitos de Agroideas, RUC activo y habido
#   source: gob.pe/qu/11073; peru-norms 9 C4
#   cure_es: La empresa debe regularizar su RUC ante la SUNAT, o el consorcio cambiar de tractora.
#   cure_en: The firm must put its RUC in order at SUNAT, or the consortium change its anchor firm.
findings contains found if {
	asked
	states := lookup.parameter("agroideas.ruc_state", input.as_of)
	conditions := lookup.parameter("agroideas.ruc_condition", input.as_of)
	not _in_order(_sunat, states.value, conditions.value)
	texts := [values.shown(_sunat, "state"), values.shown(_sunat, "condition")]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"sunat": _sunat},
		"parameter": states,
		"message_es": sprintf("Según la SUNAT, la tractora está en estado «%s» y condición «%s».", texts),
		"message_en": sprintf("By SUNAT, the anchor firm is in state '%s' and condition '%s'.", texts),
	})
}

_in_order(taxpayer, states, conditions) if {
	taxpayer.found == true
	taxpayer.state in states
	taxpayer.condition in conditions
}

# METADATA
# title: Lo declarado de la tractora coincide con la SUNAT
# custom:
#   code: REG-002
#   severity: signal
#   rule: fund.eligibility.registers.anchor_declared
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 8.4
#   cure_es: Corrija los datos de la tractora según su ficha RUC.
#   cure_en: Correct the anchor firm's data as on its RUC record.
findings contains found if {
	asked
	_sunat.found == true
	some declared, recorded in {"ruc_state": "state", "ruc_condition": "condition", "exporting": "exporting"}
	said := object.get(input, ["facts", "anchor_firm", declared], null)
	sunat_says := object.get(_sunat, recorded, null)
	said != sunat_says
	texts := [declared, said, sunat_says]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"field": declared, "declared": said, "sunat": sunat_says},
		"message_es": sprintf("Tractora, %s: se declaró «%v» y la SUNAT dice «%v».", texts),
		"message_en": sprintf("Anchor firm, %s: '%v' was declared and SUNAT says '%v'.", texts),
	})
}

# METADATA
# title: La tractora no tiene deuda coactiva
# custom:
#   code: REG-003
#   severity: signal
#   rule: fund.eligibility.registers.anchor_debt
#   norm: Sin norma para la tractora; Agroideas lo pide de los directivos de la organización
#   source: gob.pe/qu/11073; parameter registers.coercive_debt_max
#   cure_es: La empresa puede pagar o fraccionar su deuda ante la SUNAT.
#   cure_en: The firm may pay its debt at SUNAT or agree on instalments.
findings contains found if {
	asked
	_sunat.found == true
	parameter := lookup.parameter("registers.coercive_debt_max", input.as_of)
	debt := object.get(_sunat, "coercive_debt_centimos", null)
	not _at_most(debt, parameter.value * 100)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"coercive_debt_centimos": debt},
		"parameter": parameter,
		"message_es": sprintf("La tractora tiene deuda coactiva ante la SUNAT: %s.", [values.soles(debt)]),
		"message_en": sprintf("The anchor firm has coercive debt at SUNAT: %s.", [values.soles(debt)]),
	})
}

_at_most(amount, limit) if {
	values.is_amount(amount)
	amount <= limit
}

# METADATA
# title: La tractora está inscrita en la SUNARP
# custom:
#   code: REG-004
#   severity: signal
#   rule: fund.eligibility.registers.anchor_entered
#   norm: Sin norma; control contra organizaciones de papel C5
#   source: peru-norms 8.4 y 9 C5
#   cure_es: Presente la partida registral de la empresa.
#   cure_en: Hand in the firm's entry at SUNARP.
findings contains found if {
	asked
	not _sunarp_knows
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"sunarp": _sunarp},
		"message_es": "La tractora no figura como persona jurídica en la SUNARP.",
		"message_en": "The anchor firm is not on record as a legal person at SUNARP.",
	})
}

_sunarp_knows if _sunarp.found == true

# METADATA
# title: La tractora no es recién constituida
# custom:
#   code: REG-005
#   severity: signal
#   rule: fund.eligibility.registers.anchor_age
#   norm: Sin norma; control contra organizaciones de papel C5
#   source: peru-norms 9 C5; parameter registers.organisation_age_min
#   cure_es: La secretaría puede pedir que se acrediten compras y exportaciones anteriores.
#   cure_en: The secretariat may ask for proof of earlier purchases and exports.
findings contains found if {
	asked
	parameter := lookup.parameter("registers.organisation_age_min", input.as_of)
	some register, entry in {"SUNAT": _sunat, "SUNARP": _sunarp}
	entry.found == true
	since := object.get(entry, "registered_on", null)
	not _older(since, _day, parameter.value)
	texts := [register, since, parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"register": register, "registered_on": since, "submitted_on": _day},
		"parameter": parameter,
		"message_es": sprintf("La tractora está inscrita en %s desde %v; se esperan al menos %v meses.", texts),
		"message_en": sprintf("The anchor firm is on record at %s since %v; at least %v months are expected.", texts),
	})
}

_older(since, day, months) if {
	values.is_date(since)
	values.is_date(day)
	time.add_date(time.parse_ns("2006-01-02", since), 0, months, 0) <= time.parse_ns("2006-01-02", day)
}

# METADATA
# title: Los directivos de la tractora tienen calificación crediticia normal
# custom:
#   code: REG-015
#   severity: signal
#   rule: fund.eligibility.registers.directors_credit
#   norm: Sin norma para la tractora; Agroideas lo pide de los directivos de la organización
#   source: gob.pe/qu/11073; parameter registers.credit_classes
#   cure_es: El directivo puede regularizar su deuda; la secretaría valora el caso.
#   cure_en: The director may settle the debt; the secretariat judges the case.
findings contains found if {
	asked
	parameter := lookup.parameter("registers.credit_classes", input.as_of)
	some director in object.get(_sunarp, "directors", [])
	_in_office(director, input.as_of)
	standing := record("credit", director)
	not creditworthy(standing, parameter.value)
	texts := [
		values.shown(director, "full_name"), values.shown(director, "dni"),
		values.shown(standing, "classification"),
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"director": director, "credit": standing},
		"parameter": parameter,
		"message_es": sprintf("Directivo de la tractora %s (DNI %s): clasificación crediticia «%s».", texts),
		"message_en": sprintf("Anchor firm's director %s (DNI %s): credit classification '%s'.", texts),
	})
}

_in_office(director, day) if {
	director.term_from <= day
	director.term_to == null
}

_in_office(director, day) if {
	director.term_from <= day
	day < director.term_to
	is_string(director.term_to)
}

# METADATA
# title: Amendments
# description: |
#   May this addendum (adenda) go on, and who decides on it? What the board approved last is held
#   against what is proposed now, so that many small changes are seen as the large one that they are.
package fund.disbursement.amendments

import data.fund.disbursement.amendments.measures
import data.fund.finding
import data.fund.lookup
import data.fund.values

default decision := {"allow": false, "route": "board", "findings": [], "term_working_days": null}

# METADATA
# title: Decision on an addendum
# description: |
#   allow: whether it may go on as it is; route: whether another person of the secretariat decides on
#   it or the board does; term_working_days: within how many it is decided and signed.
# entrypoint: true
# custom:
#   norm: DL 1077 art. 6.1; convenio del consorcio
decision := {
	"allow": _allow,
	"route": _route,
	"findings": finding.ordered(findings),
	"term_working_days": _term,
	"measures": measures.found,
}

default _allow := false

_allow if {
	_day_known
	_in_force
	measures.known
	is_number(_term)
	_approver_apart
	not finding.blocks(findings)
}

default _route := "board"

_route := "secretariat" if {
	measures.known
	count(_past) == 0
}

# Which of the limits it passes whose parameters are enforced.
_past := {found.code | some found in findings; found.code in _of_the_board; _counts(found)}

_of_the_board := {"ADD-005", "ADD-006", "ADD-007", "ADD-008"}

_counts(found) if found.parameter == null

_counts(found) if found.parameter.enforce == true

default _term := null

_term := lookup.parameter("addenda.term", input.as_of).value

# METADATA
# title: El convenio está vigente
# custom:
#   code: ADD-001
#   severity: blocking
#   rule: fund.disbursement.amendments.in_force
#   norm: Convenio del consorcio
#   source: peru-norms 2.4
#   cure_es: Solo se modifica un convenio firmado que no terminó.
#   cure_en: Only a signed agreement that has not ended is amended.
findings contains found if {
	not _in_force
	state := object.get(input, ["agreement", "state"], null)
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": {"state": state},
		"message_es": sprintf("El convenio está en estado «%v»; no se puede modificar.", [state]),
		"message_en": sprintf("The agreement is in state '%v'; it cannot be amended.", [state]),
	})
}

# METADATA
# title: Quien aprueba la adenda no es quien la elaboró
# custom:
#   code: ADD-002
#   severity: blocking
#   rule: fund.disbursement.amendments.approver_apart
#   norm: Sin norma leída; segregación de funciones (Ley 28716, por verificar)
#   source: proposal of the fund, two people on every change
#   cure_es: Otra persona debe aprobar la adenda.
#   cure_en: Another person must approve the addendum.
findings contains found if {
	not _approver_apart
	fact := {
		"drafted_by": object.get(input, ["addendum", "drafted_by"], null),
		"approver": object.get(input, "approver", null),
	}
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": fact,
		"message_es": sprintf("Elaboró %v y aprueba %v; deben ser dos personas.", [fact.drafted_by, fact.approver]),
		"message_en": sprintf("%v drafted and %v approves; they must be two people.", [fact.drafted_by, fact.approver]),
	})
}

# METADATA
# title: La adenda y los planes se conocen
# custom:
#   code: ADD-003
#   severity: blocking
#   rule: fund.disbursement.amendments.known
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9
#   cure_es: Envíe el plan aprobado, el vigente y el propuesto, completos.
#   cure_en: Send the approved, the current and the proposed plan, complete.
findings contains found if {
	not measures.known
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": {"measures": null},
		"message_es": "No se conocen completos el plan aprobado, el vigente y el propuesto.",
		"message_en": "The approved, the current and the proposed plan are not known in full.",
	})
}

# METADATA
# title: La adenda cambia algo
# custom:
#   code: ADD-004
#   severity: blocking
#   rule: fund.disbursement.amendments.changes
#   norm: Convenio del consorcio
#   source: peru-norms 2.4
#   cure_es: Proponga un cambio del plan vigente.
#   cure_en: Propose a change of the plan in force.
findings contains found if {
	measures.known
	input.proposed == input.current
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": {"changes": 0},
		"message_es": "Lo propuesto es igual al plan vigente.",
		"message_en": "What is proposed equals the plan in force.",
	})
}

# METADATA
# title: Lo movido entre partidas es poco
# description: Of the whole that the board approved, over all addenda since.
# custom:
#   code: ADD-005
#   severity: signal
#   rule: fund.disbursement.amendments.moved
#   norm: DL 1077 art. 6.1, el consejo directivo aprueba
#   source: parameter addenda.moved.max_share
#   cure_es: Pasa al consejo directivo; para que decida la secretaría, mueva menos.
#   cure_en: It goes to the board; for the secretariat to decide, move less.
findings contains found if {
	parameter := lookup.parameter("addenda.moved.max_share", input.as_of)
	measures.moved * 100 > measures.approved_total * parameter.value
	fact := {"moved_centimos": measures.moved, "approved_centimos": measures.approved_total}
	texts := [
		values.soles(measures.moved),
		values.soles(measures.approved_total),
		values.percent_up(measures.moved, measures.approved_total),
		parameter.value,
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": fact,
		"parameter": parameter,
		"message_es": sprintf("Se mueven %s de %s entre partidas (%s); sobre el %v %% decide el consejo.", texts),
		"message_en": sprintf("%s of %s move between lines (%s); above %v %% the board decides.", texts),
	})
}

# METADATA
# title: La ampliación de plazo es corta
# description: The longest of the milestones', against what the board approved.
# custom:
#   code: ADD-006
#   severity: signal
#   rule: fund.disbursement.amendments.extension
#   norm: DL 1077 art. 6.1, el consejo directivo aprueba
#   source: parameter addenda.extension.max
#   cure_es: Pasa al consejo directivo; para que decida la secretaría, amplíe menos.
#   cure_en: It goes to the board; for the secretariat to decide, extend by less.
findings contains found if {
	parameter := lookup.parameter("addenda.extension.max", input.as_of)
	measures.extension > parameter.value
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": {"extension_working_days": measures.extension},
		"parameter": parameter,
		"message_es": sprintf("El plazo se amplía %v días hábiles; sobre %v decide el consejo.", [measures.extension, parameter.value]),
		"message_en": sprintf("The term is extended by %v working days; above %v the board decides.", [measures.extension, parameter.value]),
	})
}

# METADATA
# title: Los totales por fuente no cambian
# custom:
#   code: ADD-007
#   severity: signal
#   rule: fund.disbursement.amendments.totals
#   norm: DL 1077 art. 6.1, el consejo directivo aprueba y autoriza
#   source: peru-norms 2.1
#   cure_es: Pasa al consejo directivo, que aprobó los totales.
#   cure_en: It goes to the board, which approved the totals.
findings contains found if {
	some source in measures.other_totals
	amounts := {"from": measures.totals("board")[source], "to": measures.totals("proposed")[source]}
	texts := [source, values.soles(amounts.from), values.soles(amounts.to)]
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "source", "id": source, "label": source},
		"fact": {"source": source, "from_centimos": amounts.from, "to_centimos": amounts.to},
		"message_es": sprintf("El total de %s pasa de %s a %s; decide el consejo.", texts),
		"message_en": sprintf("The total of %s goes from %s to %s; the board decides.", texts),
	})
}

# METADATA
# title: El objeto del convenio no cambia
# description: Its title, its summary and what its budget lines are for.
# custom:
#   code: ADD-008
#   severity: signal
#   rule: fund.disbursement.amendments.object
#   norm: DL 1077 art. 6.1, el consejo directivo aprueba
#   source: peru-norms 2.1
#   cure_es: Pasa al consejo directivo, que aprobó el objeto.
#   cure_en: It goes to the board, which approved the object.
findings contains found if {
	some part in measures.other_object
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "part", "id": part, "label": part},
		"fact": {"part": part},
		"message_es": sprintf("Cambia el objeto del convenio (%s); decide el consejo.", [part]),
		"message_en": sprintf("The agreement's object changes (%s); the board decides.", [part]),
	})
}

# METADATA
# title: Un desembolso comenzado no se cambia
# custom:
#   code: ADD-009
#   severity: blocking
#   rule: fund.disbursement.amendments.started
#   norm: Convenio del consorcio
#   source: peru-norms 2.4
#   cure_es: Deje como está el desembolso que ya se preparó o pagó, y no quite ninguno.
#   cure_en: Leave a tranche that was prepared or paid as it is, and take none away.
findings contains found if {
	some tranche in measures.broken
	texts := [tranche.sequence, tranche.channel]
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "tranche", "id": tranche.sequence, "label": sprintf("%v %v", [tranche.channel, tranche.sequence])},
		"fact": tranche,
		"message_es": sprintf("El desembolso %v de %v ya comenzó o falta en la propuesta.", texts),
		"message_en": sprintf("Tranche %v of %v has begun or is missing in the proposal.", texts),
	})
}

# METADATA
# title: La fecha es una fecha
# custom:
#   code: INP-001
#   severity: blocking
#   rule: fund.disbursement.amendments.day
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9
#   cure_es: Envíe la fecha como AAAA-MM-DD.
#   cure_en: Send the day as YYYY-MM-DD.
findings contains found if {
	not _day_known
	found := finding.make(rego.metadata.rule(), {
		"subject": _subject,
		"fact": {"as_of": object.get(input, "as_of", null)},
		"message_es": "La fecha de la adenda no es una fecha.",
		"message_en": "The day of the addendum is not a date.",
	})
}

# METADATA
# title: Los parámetros de las adendas están vigentes
# custom:
#   code: PAR-001
#   severity: blocking
#   rule: fund.disbursement.amendments.parameters
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 40, requisitos establecidos por norma
#   source: peru-norms, proposed policy parameters
#   cure_es: El fondo debe registrar el valor vigente del parámetro.
#   cure_en: The fund must record the value in force.
findings contains found if {
	_day_known
	day := input.as_of
	some key in {"addenda.moved.max_share", "addenda.extension.max", "addenda.term"}
	not lookup.parameter(key, day)
	found := finding.make(rego.metadata.rule(), {
		"subject": {"type": "parameter", "id": key, "label": key},
		"fact": {"key": key, "as_of": day},
		"message_es": sprintf("El parámetro %s no tiene valor vigente el %s.", [key, day]),
		"message_en": sprintf("The parameter %s has no value in force on %s.", [key, day]),
	})
}

_subject := {"type": "addendum", "id": _number, "label": sprintf("%v", [_number])}

_number := object.get(input, ["addendum", "number"], null)

_day_known if values.is_date(input.as_of)

_in_force if input.agreement.state in {"active", "suspended"}

# Nobody approves yet while it is drafted: approver is null then.
_approver_apart if {
	values.is_text(input.addendum.drafted_by)
	input.approver == null
}

_approver_apart if {
	values.is_text(input.addendum.drafted_by)
	values.is_text(input.approver)
	input.approver != input.addendum.drafted_by
}

# METADATA
# title: Producers in public registers
# description: What RENIEC, PPA and the credit bureau say of each member, against what was declared.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.registers.producers

import data.fund.eligibility.dossier
import data.fund.eligibility.registers
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: El productor está vivo según el RENIEC
# custom:
#   code: REG-010
#   severity: blocking
#   rule: fund.eligibility.registers.producers.alive
#   norm: Ley 32434 art. 3.b, productor persona natural
#   source: peru-norms 8.4, consulta DNI del RENIEC
#   cure_es: Retire al miembro del consorcio o corrija el dato ante el RENIEC.
#   cure_en: Withdraw the member from the consortium or correct the datum at RENIEC.
findings contains found if {
	registers.asked
	some member in dossier.members
	record := registers.record("reniec", member)
	not _alive(record)
	state := _reniec_state(record)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"reniec": record},
		"message_es": sprintf("%s: según el RENIEC, %s.", [dossier.member_label(member), state.es]),
		"message_en": sprintf("%s: by RENIEC, %s.", [dossier.member_label(member), state.en]),
	})
}

_alive(record) if {
	record.found == true
	record.alive == true
}

_reniec_state(record) := {"es": "falleció", "en": "deceased"} if {
	record.found == true
	record.alive == false
} else := {"es": "el DNI no existe", "en": "the DNI does not exist"} if {
	record.found == false
} else := {"es": "sin dato", "en": "no datum"}

# METADATA
# title: El nombre del productor es el del RENIEC
# custom:
#   code: REG-011
#   severity: signal
#   rule: fund.eligibility.registers.producers.name
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 8.4, consulta DNI del RENIEC
#   cure_es: Corrija el nombre o el DNI según el documento del productor.
#   cure_en: Correct the name or the DNI as on the producer's document.
findings contains found if {
	registers.asked
	some member in dossier.members
	record := registers.record("reniec", member)
	record.found == true
	said := object.get(member, "full_name", "")
	recorded := object.get(record, "full_name", "")
	_words(said) != _words(recorded)
	texts := [dossier.member_label(member), recorded]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"declared": said, "reniec": recorded},
		"message_es": sprintf("%s: el RENIEC dice «%v».", texts),
		"message_en": sprintf("%s: RENIEC says '%v'.", texts),
	})
}

# A name is its words, whatever their order, capitals and accents.
_words(name) := {word |
	plain := strings.replace_n(
		{"Á": "A", "É": "E", "Í": "I", "Ó": "O", "Ú": "U", "Ü": "U", ",": " ", ".": " ", "-": " "},
		upper(name),
	)
	some word in split(plain, " ")
	word != ""
}

# METADATA
# title: El productor está en el PPA el día de la presentación, según el PPA
# custom:
#   code: REG-012
#   severity: blocking
#   rule: fund.eligibility.registers.producers.ppa
#   norm: Ley 32434 arts. 3.b y 14.2.a
#   source: Ley 32434; peru-norms 4.1
#   cure_es: Inscriba al productor en el padrón o renueve su inscripción.
#   cure_en: Enrol the producer in the register or renew the enrolment.
findings contains found if {
	registers.asked
	some member in dossier.members
	record := registers.record("ppa", member)
	day := object.get(input, "as_of", "—")
	not _enrolled(record, day)
	texts := [
		dossier.member_label(member), day,
		values.shown(record, "valid_from"), values.shown(record, "valid_to"),
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"ppa": record, "day": day},
		"message_es": sprintf("%s: según el PPA no está inscrito el %v (vigencia: de %s a %s).", texts),
		"message_en": sprintf("%s: by the PPA, not enrolled on %v (in force: from %s to %s).", texts),
	})
}

_enrolled(record, day) if {
	record.found == true
	values.is_date(day)
	values.is_date(record.valid_from)
	record.valid_from <= day
	_not_ended(record, day)
}

_not_ended(record, _) if record.valid_to == null

_not_ended(record, day) if {
	values.is_date(record.valid_to)
	day < record.valid_to
}

# METADATA
# title: El área declarada es la del PPA
# custom:
#   code: REG-013
#   severity: signal
#   rule: fund.eligibility.registers.producers.area
#   norm: Sin norma; control contra organizaciones de papel C8
#   source: peru-norms 9 C8; parameter registers.area_tolerance
#   cure_es: Corrija los predios declarados o actualice la inscripción en el PPA.
#   cure_en: Correct the declared parcels or update the enrolment in the PPA.
findings contains found if {
	registers.asked
	parameter := lookup.parameter("registers.area_tolerance", input.as_of)
	some member in dossier.members
	record := registers.record("ppa", member)
	record.found == true
	said := object.get(member, "total_area_m2", null)
	recorded := object.get(record, "total_area_m2", null)
	not _near(said, recorded, parameter.value)
	texts := [dossier.member_label(member), values.hectares(said), values.hectares(recorded), parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"declared_m2": said, "ppa_m2": recorded},
		"parameter": parameter,
		"message_es": sprintf("%s: declara %s y el PPA dice %s (tolerancia %v %%).", texts),
		"message_en": sprintf("%s: declares %s and the PPA says %s (tolerance %v %%).", texts),
	})
}

_near(said, recorded, percent) if {
	values.is_amount(said)
	values.is_amount(recorded)
	abs(said - recorded) * 100 <= recorded * percent
}

# METADATA
# title: El productor tiene calificación crediticia normal
# custom:
#   code: REG-014
#   severity: signal
#   rule: fund.eligibility.registers.producers.credit
#   norm: Sin norma para el miembro; Agroideas lo pide de los directivos de la organización
#   source: gob.pe/qu/11073; parameter registers.credit_classes
#   cure_es: El productor puede regularizar su deuda; la secretaría valora el caso.
#   cure_en: The producer may settle the debt; the secretariat judges the case.
findings contains found if {
	registers.asked
	parameter := lookup.parameter("registers.credit_classes", input.as_of)
	some member in dossier.members
	record := registers.record("credit", member)
	not registers.creditworthy(record, parameter.value)
	texts := [
		dossier.member_label(member), values.shown(record, "classification"),
		values.soles(object.get(record, "overdue_centimos", null)),
	]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"credit": record},
		"parameter": parameter,
		"message_es": sprintf("%s: clasificación crediticia «%s», vencido %s.", texts),
		"message_en": sprintf("%s: credit classification '%s', overdue %s.", texts),
	})
}

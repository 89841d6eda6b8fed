# METADATA
# title: Members
# description: Each producer of the consortium, as the registers show them on the day.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.members

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: El DNI tiene ocho dígitos
# custom:
#   code: MEM-001
#   severity: blocking
#   rule: fund.eligibility.members.dni
#   norm: Ley 32434 art. 3.b, productor persona natural
#   source: peru-norms 4.3
#   cure_es: Corrija el DNI según el documento del productor.
#   cure_en: Correct the DNI as on the producer's document.
findings contains found if {
	some member in dossier.members
	not _dni_valid(member)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"dni": object.get(member, "dni", null)},
		"message_es": sprintf("%s: el DNI no es válido.", [dossier.member_label(member)]),
		"message_en": sprintf("%s: the DNI is not valid.", [dossier.member_label(member)]),
	})
}

# METADATA
# title: El productor está vivo según el RENIEC
# custom:
#   code: MEM-002
#   severity: blocking
#   rule: fund.eligibility.members.alive
#   norm: Ley 32434 art. 3.b, productor persona natural
#   source: peru-norms 8.4, consulta DNI del RENIEC
#   cure_es: Retire al miembro del consorcio o corrija el dato ante el RENIEC.
#   cure_en: Withdraw the member from the consortium or correct the datum at RENIEC.
findings contains found if {
	some member in dossier.members
	not _alive(member)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"alive": object.get(member, "alive", null)},
		"message_es": sprintf("%s no consta con vida en el RENIEC.", [dossier.member_label(member)]),
		"message_en": sprintf("%s is not on record as alive at RENIEC.", [dossier.member_label(member)]),
	})
}

# METADATA
# title: El área total del productor es menor que el máximo
# custom:
#   code: MEM-003
#   severity: blocking
#   rule: fund.eligibility.members.area_max
#   norm: Fondo AgroPerú (0.5 a 5 ha) y política del fondo (menos de 5 ha)
#   source: gob.pe/institucion/agrobanco/pages/53011; parameter fund.producer.max_ha
#   cure_es: Retire al productor del consorcio o corrija sus predios en el padrón.
#   cure_en: Withdraw the producer from the consortium or correct the parcels in the register.
findings contains found if {
	parameter := lookup.parameter("fund.producer.max_ha", input.as_of)
	some member in dossier.members
	not _under(member, parameter.value)
	texts := [dossier.member_label(member), _area_text(member), parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"total_area_m2": object.get(member, "total_area_m2", null)},
		"parameter": parameter,
		"message_es": sprintf("%s tiene %s; debe tener menos de %v ha.", texts),
		"message_en": sprintf("%s has %s; it must be under %v ha.", texts),
	})
}

# METADATA
# title: El productor está en el Padrón de Productores Agrarios el día de la evaluación
# custom:
#   code: MEM-004
#   severity: blocking
#   rule: fund.eligibility.members.ppa
#   norm: Ley 32434 arts. 3.b y 14.2.a
#   source: Ley 32434
#   cure_es: Inscriba al productor en el padrón o renueve su inscripción.
#   cure_en: Enrol the producer in the register or renew the enrolment.
findings contains found if {
	some member in dossier.members
	day := object.get(input, "as_of", "—")
	not _in_ppa(member, day)
	texts := [dossier.member_label(member), day, _ppa_text(member)]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"ppa": object.get(member, "ppa", null), "as_of": day},
		"message_es": sprintf("%s no está en el PPA el %v (inscripción: %s).", texts),
		"message_en": sprintf("%s is not in the PPA on %v (enrolment: %s).", texts),
	})
}

# METADATA
# title: El productor integra una sola forma asociativa
# custom:
#   code: MEM-005
#   severity: blocking
#   rule: fund.eligibility.members.single_consortium
#   norm: Ley 32434 arts. 3.d y 4.2
#   source: Ley 32434; peru-norms 9 C1
#   cure_es: El productor debe retirarse de uno de los consorcios.
#   cure_en: The producer must leave one of the consortia.
findings contains found if {
	parameter := lookup.parameter("org.max_associative_forms", input.as_of)
	some member in dossier.members
	not _single(member, parameter.value)
	texts := [dossier.member_label(member), _others_text(member), parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"other_consortia": object.get(member, "other_consortia", null)},
		"parameter": parameter,
		"message_es": sprintf("%s también integra %s; el máximo es %d.", texts),
		"message_en": sprintf("%s is also a member of %s; the maximum is %d.", texts),
	})
}

# METADATA
# title: Otro consorcio inscribió después al productor
# custom:
#   code: MEM-010
#   severity: signal
#   rule: fund.eligibility.members.claimed_later
#   norm: Ley 32434 arts. 3.d y 4.2
#   source: Ley 32434; peru-norms 9 C1
#   cure_es: Pida al otro consorcio que retire al productor, o confirme que se va.
#   cure_en: Ask the other consortium to remove the producer, or confirm that it leaves.
findings contains found if {
	some member in dossier.members
	is_array(member.other_consortia)
	names := concat("; ", [values.shown(other, "name") | some other in _later(member)])
	not names == ""
	texts := [names, dossier.member_label(member)]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"other_consortia": _later(member)},
		"message_es": sprintf("%s inscribió después a %s, que ya era miembro de este consorcio.", texts),
		"message_en": sprintf("%s took in %s later, already a member of this consortium.", texts),
	})
}

# METADATA
# title: Un DNI aparece una sola vez en el consorcio
# custom:
#   code: MEM-006
#   severity: blocking
#   rule: fund.eligibility.members.dni_once
#   norm: Ley 32434 arts. 3.d y 4.2
#   source: Ley 32434; peru-norms 9 C1
#   cure_es: Retire la inscripción repetida.
#   cure_en: Remove the repeated entry.
findings contains found if {
	some dni in {member.dni | some member in dossier.members}
	same := [member | some member in dossier.members; member.dni == dni]
	not count(same) == 1
	texts := [dossier.member_label(same[0]), count(same)]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(same[0]),
		"fact": {"dni": dni, "times": count(same)},
		"message_es": sprintf("%s aparece %d veces en el consorcio.", texts),
		"message_en": sprintf("%s appears %d times in the consortium.", texts),
	})
}

# METADATA
# title: El productor tiene al menos un predio
# custom:
#   code: MEM-007
#   severity: signal
#   rule: fund.eligibility.members.parcels
#   norm: Sin norma; control contra organizaciones de papel C8
#   source: peru-norms 9 C8
#   cure_es: Registre los predios del productor.
#   cure_en: Register the producer's parcels.
findings contains found if {
	some member in dossier.members
	not _has_parcels(member)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"parcels": object.get(member, "parcels", null)},
		"message_es": sprintf("%s no tiene predios registrados.", [dossier.member_label(member)]),
		"message_en": sprintf("%s has no parcel on record.", [dossier.member_label(member)]),
	})
}

# METADATA
# title: El productor tiene un compromiso de compra con fórmula de precio y volumen
# custom:
#   code: MEM-008
#   severity: signal
#   rule: fund.eligibility.members.contract
#   norm: Sin norma; condición del esquema asociativo
#   source: peru-norms 3.5, FINAGRO; seed proposal
#   cure_es: Registre producto, volumen anual y fórmula de precio del contrato.
#   cure_en: Record the contract's product, annual volume and price formula.
findings contains found if {
	some member in dossier.members
	not _contracted(member)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"contract": object.get(member, "contract", null)},
		"message_es": sprintf(
			"%s no tiene un compromiso de compra completo con la tractora.",
			[dossier.member_label(member)],
		),
		"message_en": sprintf(
			"%s has no complete purchase commitment with the anchor firm.",
			[dossier.member_label(member)],
		),
	})
}

# METADATA
# title: Cada miembro tiene su propia cuenta bancaria
# custom:
#   code: MEM-009
#   severity: signal
#   rule: fund.eligibility.members.shared_cci
#   norm: Sin norma; control contra organizaciones de papel C6
#   source: peru-norms 9 C6
#   cure_es: Explique por escrito por qué los miembros comparten la cuenta, o cámbiela.
#   cure_en: Explain in writing why the members share the account, or change it.
findings contains found if {
	some cci in {_cci(member) | some member in dossier.members}
	values.is_text(cci)
	same := [member | some member in dossier.members; _cci(member) == cci]
	people := {member.dni | some member in same}
	not count(people) <= 1
	names := concat("; ", [dossier.member_label(member) | some member in same])
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"cci": cci, "members": count(people)},
		"message_es": sprintf("%d miembros comparten la cuenta %s: %s.", [count(people), cci, names]),
		"message_en": sprintf("%d members share the account %s: %s.", [count(people), cci, names]),
	})
}

# METADATA
# title: El volumen comprometido cabe en las hectáreas del productor
# description: |
#   The whole area of the producer at the highest plausible yield of the product, known by its first
#   word. A product without a yield in the table says nothing, nor does an area that MEM-003 refuses.
# custom:
#   code: MEM-011
#   severity: signal
#   rule: fund.eligibility.members.volume
#   norm: Sin norma; control contra organizaciones de papel C12
#   source: peru-norms 9 C12; parameter crops.max_yield
#   cure_es: Corrija el volumen del compromiso o las hectáreas del productor.
#   cure_en: Correct the volume of the commitment or the producer's hectares.
findings contains found if {
	parameter := lookup.parameter("crops.max_yield", input.as_of)
	some member in dossier.members
	product := split(lower(trim_space(member.contract.product)), " ")[0]
	yield := parameter.value[product]
	values.is_amount(member.total_area_m2)
	volume := member.contract.annual_volume_kg
	not volume * 10 <= member.total_area_m2 * yield
	texts := [dossier.member_label(member), volume, product, _area_text(member), yield]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.member_subject(member),
		"fact": {"annual_volume_kg": volume, "total_area_m2": member.total_area_m2},
		"parameter": object.union(parameter, {"value": yield}),
		"message_es": sprintf("%s compromete %v kg de %s al año y tiene %s (hasta %v t por ha).", texts),
		"message_en": sprintf("%s commits %v kg of %s a year and has %s (up to %v t a ha).", texts),
	})
}

_dni_valid(member) if {
	is_string(member.dni)
	regex.match(`^\d{8}$`, member.dni)
}

_cci(member) := object.get(member, "cci", null)

_alive(member) if member.alive == true

_has_parcels(member) if count(member.parcels) > 0

_under(member, limit_ha) if {
	values.is_amount(member.total_area_m2)
	member.total_area_m2 < limit_ha * 10000
}

_area_text(member) := values.hectares(object.get(member, "total_area_m2", null))

_in_ppa(member, day) if {
	values.is_date(day)
	values.is_date(member.ppa.valid_from)
	member.ppa.valid_from <= day
	_open_on(member.ppa, day)
}

_open_on(period, _) if period.valid_to == null

_open_on(period, day) if {
	values.is_date(period.valid_to)
	day < period.valid_to
}

_ppa_text(member) := sprintf("%v – %v", [
	object.get(member.ppa, "valid_from", "—"),
	object.get(member.ppa, "valid_to", "—"),
]) if {
	is_object(member.ppa)
} else := "—"

_single(member, most) if {
	is_array(member.other_consortia)
	count(_former(member)) + 1 <= most
}

# Consortia where the producer was first; one that took the producer in later must cure it itself.
_former(member) := [other | some other in member.other_consortia; not other.joined_first == false]

_later(member) := [other | some other in member.other_consortia; other.joined_first == false]

_others_text(member) := concat("; ", names) if {
	is_array(member.other_consortia)
	names := [values.shown(other, "name") | some other in _former(member)]
} else := "—"

_contracted(member) if {
	values.is_text(member.contract.product)
	values.is_text(member.contract.price_formula)
	is_number(member.contract.annual_volume_kg)
	member.contract.annual_volume_kg > 0
}

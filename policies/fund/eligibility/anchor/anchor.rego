# METADATA
# title: Anchor firm
# description: The agro-export firm (empresa tractora) that buys from the members.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.anchor

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup

_fact(field) := object.get(input, ["facts", "anchor_firm", field], null)

# METADATA
# title: El RUC de la tractora es un RUC
# custom:
#   code: ANC-001
#   severity: blocking
#   rule: fund.eligibility.anchor.ruc
#   norm: Ley 32434 art. 3.c (empresa agraria) y requisitos de Agroideas (RUC activo y habido)
#   source: gob.pe/qu/11073; peru-norms 4.2
#   cure_es: Corrija el RUC de la empresa tractora (11 dígitos con dígito verificador).
#   cure_en: Correct the anchor firm's RUC (11 digits with a check digit).
findings contains found if {
	ruc := _fact("ruc")
	not _ruc_valid(ruc)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"ruc": ruc},
		"message_es": sprintf("El RUC «%v» de la empresa tractora no es válido.", [ruc]),
		"message_en": sprintf("The anchor firm's RUC '%v' is not valid.", [ruc]),
	})
}

# METADATA
# title: La tractora está activa ante la SUNAT
# custom:
#   code: ANC-002
#   severity: blocking
#   rule: fund.eligibility.anchor.ruc_state
#   norm: Requisitos de Agroideas, RUC activo y habido
#   source: gob.pe/qu/11073; peru-norms 9 C4
#   cure_es: La empresa debe reactivar su RUC ante la SUNAT, o el consorcio cambiar de tractora.
#   cure_en: The firm must reactivate its RUC at SUNAT, or the consortium change its anchor firm.
findings contains found if {
	parameter := lookup.parameter("agroideas.ruc_state", input.as_of)
	state := _fact("ruc_state")
	not state in parameter.value
	wanted := concat(", ", parameter.value)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"ruc_state": state},
		"parameter": parameter,
		"message_es": sprintf("El RUC de la tractora está en estado «%v»; debe estar %s.", [state, wanted]),
		"message_en": sprintf("The anchor firm's RUC is in state '%v'; it must be %s.", [state, wanted]),
	})
}

# METADATA
# title: La tractora es habida ante la SUNAT
# custom:
#   code: ANC-003
#   severity: blocking
#   rule: fund.eligibility.anchor.ruc_condition
#   norm: Requisitos de Agroideas, RUC activo y habido
#   source: gob.pe/qu/11073; peru-norms 9 C4
#   cure_es: La empresa debe levantar su condición de domicilio ante la SUNAT.
#   cure_en: The firm must have its address condition lifted at SUNAT.
findings contains found if {
	parameter := lookup.parameter("agroideas.ruc_condition", input.as_of)
	condition := _fact("ruc_condition")
	not condition in parameter.value
	wanted := concat(", ", parameter.value)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"ruc_condition": condition},
		"parameter": parameter,
		"message_es": sprintf(
			"El domicilio fiscal de la tractora tiene condición «%v»; debe ser %s.",
			[condition, wanted],
		),
		"message_en": sprintf(
			"The anchor firm's tax address has condition '%v'; it must be %s.",
			[condition, wanted],
		),
	})
}

# METADATA
# title: La tractora exporta
# custom:
#   code: ANC-004
#   severity: blocking
#   rule: fund.eligibility.anchor.exporting
#   norm: Propuesta de consorcios productivos, la tractora es agroexportadora
#   source: gestion.pe 10-11-2025; parameter fund.anchor_firm.exporting
#   cure_es: Acredite exportaciones de la empresa o elija una tractora exportadora.
#   cure_en: Prove the firm's exports or choose an anchor firm that exports.
findings contains found if {
	parameter := lookup.parameter("fund.anchor_firm.exporting", input.as_of)
	exporting := _fact("exporting")
	not _exporting_as(parameter.value, exporting)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"exporting": exporting},
		"parameter": parameter,
		"message_es": sprintf("La empresa tractora no figura como exportadora (dato: %v).", [exporting]),
		"message_en": sprintf("The anchor firm is not on record as an exporter (datum: %v).", [exporting]),
	})
}

# METADATA
# title: La agroindustria está fuera de Lima Metropolitana y del Callao
# description: |
#   The law asks where the plant stands; the register only knows the tax address, hence a signal.
#   An address that nobody gave says nothing.
# custom:
#   code: ANC-005
#   severity: signal
#   rule: fund.eligibility.anchor.territory
#   norm: Ley 32434 art. 4.2, agroindustria fuera de Lima Metropolitana y Callao
#   source: Ley 32434; parameter tax.excluded_ubigeo_prefixes
#   cure_es: Acredite que la planta está fuera de Lima Metropolitana y del Callao.
#   cure_en: Prove that the plant stands outside of Lima Metropolitana and Callao.
findings contains found if {
	parameter := lookup.parameter("tax.excluded_ubigeo_prefixes", input.as_of)
	ubigeo := _fact("ubigeo")
	is_string(ubigeo)
	some prefix in parameter.value
	startswith(ubigeo, prefix)
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.anchor_subject,
		"fact": {"ubigeo": ubigeo},
		"parameter": parameter,
		"message_es": sprintf("El domicilio de la tractora (ubigeo %s) está en Lima o el Callao.", [ubigeo]),
		"message_en": sprintf("The anchor firm's address (ubigeo %s) is in Lima or Callao.", [ubigeo]),
	})
}

_exporting_as(false, _)

_exporting_as(_, exporting) if exporting == true

_ruc_valid(ruc) if {
	is_string(ruc)
	regex.match(`^(10|15|16|17|20)\d{9}$`, ruc)
	digits := [to_number(character) | some character in split(ruc, "")]
	weights := [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]
	total := sum([product | some i, weight in weights; product := digits[i] * weight])
	digits[10] == (11 - (total % 11)) % 10
}

# METADATA
# title: Consortium
# description: The alliance as a whole, its size and its form.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.consortium

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

# METADATA
# title: El consorcio reúne el mínimo de productores
# custom:
#   code: CON-001
#   severity: blocking
#   rule: fund.eligibility.consortium.members_min
#   norm: DL 1020, entidad asociativa agraria de diez productores o más
#   source: agroforum.pe; parameter consortium.members_min
#   cure_es: Incorpore productores hasta llegar al mínimo.
#   cure_en: Add producers until the minimum is reached.
findings contains found if {
	parameter := lookup.parameter("consortium.members_min", input.as_of)
	not dossier.members_count >= parameter.value
	numbers := [dossier.members_count, parameter.value]
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"members": dossier.members_count},
		"parameter": parameter,
		"message_es": sprintf("El consorcio tiene %d productores; el mínimo es %d.", numbers),
		"message_en": sprintf("The consortium has %d producers; the minimum is %d.", numbers),
	})
}

# METADATA
# title: El consorcio no lleva contabilidad independiente
# description: The registry may not know; then nothing is said, as the convenio declares it.
# custom:
#   code: CON-002
#   severity: blocking
#   rule: fund.eligibility.consortium.independent_accounting
#   norm: Ley 32434 art. 4.2, último párrafo
#   source: Ley 32434
#   cure_es: Use contratos de suministro y un convenio, sin contabilidad independiente.
#   cure_en: Use supply contracts and a convenio, without independent accounting.
findings contains found if {
	parameter := lookup.parameter("consortium.independent_accounting", input.as_of)
	independent := object.get(input, ["facts", "consortium", "independent_accounting"], false)
	not independent == parameter.value
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"independent_accounting": independent},
		"parameter": parameter,
		"message_es": "El consorcio lleva contabilidad independiente, lo que la ley prohíbe a sus miembros.",
		"message_en": "The consortium keeps independent accounts, which the law forbids its members.",
	})
}

# METADATA
# title: El consorcio está identificado
# custom:
#   code: CON-003
#   severity: blocking
#   rule: fund.eligibility.consortium.identified
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9
#   cure_es: Registre el consorcio con su nombre antes de evaluar.
#   cure_en: Register the consortium with its name before the assessment.
findings contains found if {
	not _identified
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"consortium": object.get(input, ["facts", "consortium"], null)},
		"message_es": "Los hechos del registro no identifican al consorcio.",
		"message_en": "The registry's facts do not identify the consortium.",
	})
}

_identified if {
	values.is_text(input.facts.consortium.id)
	values.is_text(input.facts.consortium.name)
}

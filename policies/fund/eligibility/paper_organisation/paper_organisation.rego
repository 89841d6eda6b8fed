# METADATA
# title: Paper organisation
# description: |
#   Signals that a consortium exists on paper only: values shared with other consortia, formation in
#   bulk or shortly before the call, suppliers younger than the call. No norm lets any of them refuse;
#   their weights add up to a level at which people look, with reasons. A finding's fact holds its
#   weight and the linked records. The facts may lack likenesses; then nothing is said.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.paper_organisation

import data.fund.eligibility.dossier
import data.fund.finding
import data.fund.lookup
import data.fund.values

default review := {"level": "review", "weight": 0, "signals": []}

# METADATA
# title: What the signals come to
# description: |
#   `clear`, `review` (the secretariat resolves each signal in writing) or `reject` (it is advised
#   to reject). Each code counts once.
review := {"level": _level, "weight": _weight, "signals": sort(object.keys(_weights))}

_weights[found.code] := found.fact.weight if some found in findings

_weight := sum([weight | some weight in _weights])

_level := "reject" if {
	_weight >= lookup.parameter("paper.reject.weight_min", input.as_of).value
} else := "review" if {
	_weight >= lookup.parameter("paper.review.weight_min", input.as_of).value
} else := "clear" if {
	_weight < lookup.parameter("paper.review.weight_min", input.as_of).value
}

# METADATA
# title: Comparte una cuenta bancaria con otro consorcio
# custom:
#   code: PAP-001
#   severity: signal
#   rule: fund.eligibility.paper_organisation.account
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C6; parameter paper.weight.account
#   cure_es: Explique la cuenta compartida o registre la cuenta propia de cada uno.
#   cure_en: Explain the shared account or register each one's own.
findings contains found if {
	parameter := lookup.parameter("paper.weight.account", input.as_of)
	links := _shared("cci")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte una cuenta bancaria con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares a bank account with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Comparte un directivo con otro consorcio
# custom:
#   code: PAP-002
#   severity: signal
#   rule: fund.eligibility.paper_organisation.director
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C2; parameter paper.weight.director
#   cure_es: Explique el cargo en ambos consorcios o renueve la directiva.
#   cure_en: Explain the seat in both consortia or renew the board.
findings contains found if {
	parameter := lookup.parameter("paper.weight.director", input.as_of)
	links := _shared("director")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte un directivo con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares a director with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Comparte un teléfono con otro consorcio
# custom:
#   code: PAP-003
#   severity: signal
#   rule: fund.eligibility.paper_organisation.phone
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C6; parameter paper.weight.phone
#   cure_es: Registre un teléfono propio o explique el compartido.
#   cure_en: Register a telephone of its own or explain the shared one.
findings contains found if {
	parameter := lookup.parameter("paper.weight.phone", input.as_of)
	links := _shared("phone")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte un teléfono con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares a telephone with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Comparte un correo electrónico con otro consorcio
# custom:
#   code: PAP-004
#   severity: signal
#   rule: fund.eligibility.paper_organisation.email
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C6; parameter paper.weight.email
#   cure_es: Registre un correo propio o explique el compartido.
#   cure_en: Register an e-mail address of its own or explain the shared one.
findings contains found if {
	parameter := lookup.parameter("paper.weight.email", input.as_of)
	links := _shared("email")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte un correo electrónico con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares an e-mail address with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Comparte un domicilio con otro consorcio
# custom:
#   code: PAP-005
#   severity: signal
#   rule: fund.eligibility.paper_organisation.address
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C6; parameter paper.weight.address
#   cure_es: Acredite el domicilio propio o explique el compartido.
#   cure_en: Show an address of its own or explain the shared one.
findings contains found if {
	parameter := lookup.parameter("paper.weight.address", input.as_of)
	links := _shared("address")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte un domicilio con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares an address with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Comparte asesor con un consorcio vinculado también por otra vía
# custom:
#   code: PAP-006
#   severity: signal
#   rule: fund.eligibility.paper_organisation.adviser
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C6; parameter paper.weight.adviser
#   cure_es: Explique la relación con el asesor y con el otro consorcio.
#   cure_en: Explain the relation to the adviser and to the other consortium.
findings contains found if {
	parameter := lookup.parameter("paper.weight.adviser", input.as_of)
	links := _shared_by_linked("adviser")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte un asesor con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares an adviser with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Comparte proveedor con un consorcio vinculado también por otra vía
# custom:
#   code: PAP-007
#   severity: signal
#   rule: fund.eligibility.paper_organisation.supplier
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C9; parameter paper.weight.supplier
#   cure_es: Presente otras cotizaciones o explique la elección del proveedor.
#   cure_en: Present other quotations or explain the choice of the supplier.
findings contains found if {
	parameter := lookup.parameter("paper.weight.supplier", input.as_of)
	links := _shared_by_linked("supplier")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte un proveedor con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares a supplier with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: El plan repite el texto de otra solicitud
# custom:
#   code: PAP-008
#   severity: signal
#   rule: fund.eligibility.paper_organisation.plan
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C6; parameter paper.weight.plan
#   cure_es: Presente un plan propio o explique las partes comunes.
#   cure_en: Present a plan of its own or explain the common parts.
findings contains found if {
	parameter := lookup.parameter("paper.weight.plan", input.as_of)
	links := _same_plans
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte el texto del plan con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares the plan's text with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Se constituyó en serie ante un mismo notario
# custom:
#   code: PAP-009
#   severity: signal
#   rule: fund.eligibility.paper_organisation.bulk_notary
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C5; parameter paper.weight.bulk_notary
#   cure_es: Explique cómo y con quién se constituyó el consorcio.
#   cure_en: Explain how and with whom the consortium was formed.
findings contains found if {
	parameter := lookup.parameter("paper.weight.bulk_notary", input.as_of)
	links := _in_bulk("notary_day", "paper.bulk.others_min")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte el notario y el día de constitución con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares the notary and the day of formation with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Se constituyó en serie con un mismo asesor
# custom:
#   code: PAP-010
#   severity: signal
#   rule: fund.eligibility.paper_organisation.bulk_adviser
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C5; parameter paper.weight.bulk_adviser
#   cure_es: Explique cómo y con quién se constituyó el consorcio.
#   cure_en: Explain how and with whom the consortium was formed.
findings contains found if {
	parameter := lookup.parameter("paper.weight.bulk_adviser", input.as_of)
	links := _in_bulk("adviser_day", "paper.bulk.others_min")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte el asesor y el día de constitución con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares the adviser and the day of formation with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Se constituyó el mismo día que muchos otros
# custom:
#   code: PAP-011
#   severity: signal
#   rule: fund.eligibility.paper_organisation.bulk_day
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C5; parameter paper.weight.bulk_day
#   cure_es: Explique cómo y con quién se constituyó el consorcio.
#   cure_en: Explain how and with whom the consortium was formed.
findings contains found if {
	parameter := lookup.parameter("paper.weight.bulk_day", input.as_of)
	links := _in_bulk("formed_day", "paper.bulk.same_day_min")
	count(links) > 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "links": links},
		"parameter": parameter,
		"message_es": sprintf("Comparte el día de constitución con otros consorcios: %s.", [_shown_es(links)]),
		"message_en": sprintf("It shares the day of formation with other consortia: %s.", [_shown_en(links)]),
	})
}

# METADATA
# title: Se constituyó poco antes de la convocatoria y no tuvo ventas
# custom:
#   code: PAP-012
#   severity: signal
#   rule: fund.eligibility.paper_organisation.formed_late
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C5 and C7; parameter paper.weight.formed_late
#   cure_es: Presente comprobantes de ventas conjuntas anteriores a la convocatoria.
#   cure_en: Present vouchers of joint sales from before the call.
findings contains found if {
	parameter := lookup.parameter("paper.weight.formed_late", input.as_of)
	months := lookup.parameter("paper.formed.months_before_call", input.as_of).value
	profile := input.facts.likeness.profile
	_formed_after(profile.formed_on, input.call.opens_on, months)
	profile.sales_before_centimos == 0
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {
			"weight": parameter.value,
			"formed_on": profile.formed_on,
			"call_opens_on": input.call.opens_on,
			"sales_before_centimos": 0,
		},
		"parameter": parameter,
		"message_es": sprintf("Se constituyó el %s, menos de %d meses antes de la convocatoria, y no tuvo ventas.", [profile.formed_on, months]),
		"message_en": sprintf("It was formed on %s, less than %d months before the call, and had no sales.", [profile.formed_on, months]),
	})
}

# METADATA
# title: Un proveedor se constituyó después de abrirse la convocatoria
# custom:
#   code: PAP-013
#   severity: signal
#   rule: fund.eligibility.paper_organisation.supplier_late
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. IV.1.11, verdad material
#   source: peru-norms 9, C9; parameter paper.weight.supplier_late
#   cure_es: Proponga otro proveedor o acredite la trayectoria del propuesto.
#   cure_en: Propose another supplier or show the record of the proposed one.
findings contains found if {
	parameter := lookup.parameter("paper.weight.supplier_late", input.as_of)
	count(_late_suppliers) > 0
	names := concat(", ", [sprintf("%s (RUC %s)", [one.name, one.ruc]) | some one in _late_suppliers])
	found := finding.make(rego.metadata.rule(), {
		"subject": dossier.consortium_subject,
		"fact": {"weight": parameter.value, "suppliers": _late_suppliers, "call_opens_on": input.call.opens_on},
		"parameter": parameter,
		"message_es": sprintf("Proveedores constituidos después de abrirse la convocatoria: %s.", [names]),
		"message_en": sprintf("Suppliers formed after the call opened: %s.", [names]),
	})
}

_late_suppliers := [supplier |
	some supplier in input.facts.likeness.profile.suppliers
	values.is_date(supplier.formed_on)
	values.is_date(input.call.opens_on)
	supplier.formed_on > input.call.opens_on
]

_formed_after(formed_on, opens_on, months) if {
	values.is_date(formed_on)
	values.is_date(opens_on)
	limit := time.add_date(time.parse_ns("2006-01-02", opens_on), 0, 0 - months, 0)
	time.parse_ns("2006-01-02", formed_on) > limit
}

_shared(kind) := [link |
	some link in input.facts.likeness.links
	link.kind == kind
]

# An adviser or a supplier of many is no sign by itself: it counts beside a link of another kind.
_shared_by_linked(kind) := [link |
	some link in _shared(kind)
	count({other.consortium_id | some other in link.others} & _linked) > 0
]

_linked contains other.consortium_id if {
	some kind in ["cci", "director", "phone", "email"]
	some link in _shared(kind)
	some other in link.others
}

_linked contains other.consortium_id if {
	some link in _same_plans
	some other in link.others
}

_same_plans := [link |
	some link in _shared("plan")
	link.similarity_percent >= lookup.parameter("paper.plan.similarity_min", input.as_of).value
]

_in_bulk(kind, key) := [link |
	some link in _shared(kind)
	link.count >= lookup.parameter(key, input.as_of).value
]

_shown_es(links) := concat("; ", [sprintf("%s, con %s", [link.shown, _others(link)]) | some link in links])

_shown_en(links) := concat("; ", [sprintf("%s, with %s", [link.shown, _others(link)]) | some link in links])

_others(link) := concat(", ", [other.consortium_id | some other in link.others])

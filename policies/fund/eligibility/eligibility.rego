# METADATA
# title: Eligibility
# description: |
#   May this application go to the board, and what would cure it if not? Combines the findings of the
#   packages below it. Money in the input is whole céntimos, areas are whole square metres, the only
#   time is input.as_of.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility

import data.fund.eligibility.agrobanco
import data.fund.eligibility.agroideas
import data.fund.eligibility.anchor
import data.fund.eligibility.basis
import data.fund.eligibility.concentration
import data.fund.eligibility.consortium
import data.fund.eligibility.dossier
import data.fund.eligibility.members
import data.fund.eligibility.paper_organisation
import data.fund.eligibility.plan
import data.fund.eligibility.score
import data.fund.eligibility.splitting
import data.fund.eligibility.tax
import data.fund.finding
import data.fund.lookup

default decision := {
	"eligible": false,
	"outcome": "ineligible",
	"findings": [],
	"limits": {},
	"score": {"total": 0, "by_criterion": {}},
	"parameters_used": [],
	"predicates": {"fund_eligible": false, "tax_eligible": {"members": {"n_yes": 0, "n_no": 0, "n_unknown": 0}}},
	"review": {"level": "review", "weight": 0, "signals": []},
}

# METADATA
# title: Eligibility decision
# description: Eligible when no finding blocks; signals and notes are for people.
# entrypoint: true
# custom:
#   norm: Ley 32434; Ley 29064; DL 1077; Ley 27444 (TUO DS 004-2019-JUS)
decision := {
	"eligible": _outcome == "eligible",
	"outcome": _outcome,
	"findings": finding.ordered(_findings),
	"limits": _limits,
	"score": score.result,
	"parameters_used": basis.used,
	"predicates": {"fund_eligible": _outcome == "eligible", "tax_eligible": {"members": tax.members}},
	"review": paper_organisation.review,
}

_findings := union({
	basis.findings,
	anchor.findings,
	consortium.findings,
	members.findings,
	agroideas.findings,
	agrobanco.findings,
	plan.findings,
	concentration.findings,
	splitting.findings,
	paper_organisation.findings,
})

default _outcome := "ineligible"

# What must be there to be judged at all is asked for by name: no silence makes anybody eligible.
_outcome := "eligible" if {
	is_object(input)
	count(basis.used) == count(basis.keys)
	dossier.members_count > 0
	count(dossier.lines) > 0
	not finding.blocks(_findings)
}

_limits["members"] := dossier.members_count

_limits["women_percent"] := score.women_percent

_limits["under30_percent"] := score.under30_percent

_limits["requested_centimos"] := dossier.requested_total

_limits["credit_per_producer_max_centimos"] := agrobanco.producer_cap_centimos

_limits["credit_max_centimos"] := agrobanco.producer_cap_centimos * dossier.members_count

_limits["grant_line_max_percent"] := lookup.parameter("agroideas.line.max_share", input.as_of).value

_limits["own_contribution_min_percent"] := lookup.parameter("fund.own_contribution.min_share", input.as_of).value

_limits["call_envelope_centimos"] := input.call.envelope_centimos

_limits["call_max_for_members_centimos"] := input.call.per_producer_cap_centimos * dossier.members_count

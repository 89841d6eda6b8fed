"""The compiled dossier (expediente compilado): all that a member decides on, under one hash.

Texts, whole numbers and their lists only, in one order, with nothing that the hour of compiling
changes: an unchanged dossier gives the same hash whenever it is compiled. Pure; the neighbours'
answers come from `sources`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.board.concentration import concentration, land_by_region
from services.board.readers import (
    AssessmentReader,
    PlanReader,
    RoundReader,
    SignalsReader,
    plain,
)
from services.board.sources import Sources, gather
from services.kernel.db import instant_text
from services.kernel.errors import Conflict
from services.kernel.neighbours import Neighbours
from services.kernel.proof import sha256_of
from services.kernel.values import to_amount

TYPE: Final = "fondo.file.v1"
SUBJECT: Final = ("application_id", "consortium_id", "call_id", "dossier_sha256")
ON_ADDENDUM: Final = "addendum_id"
AMOUNTS: Final = ("total", "agroideas", "agrobanco", "own")


async def compiled(
    neighbours: Neighbours, subject: Mapping[str, Any], *, earlier: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The file of a ballot's subject; `earlier` are the ended ballots of its consortium. Of an
    addendum, the file holds what it proposes beside the dossier that the agreement stands on.

    Raises Unavailable when a neighbour is silent, board.application_unknown, and
    board.dossier_differs when the application is of another call, consortium or dossier by now, or
    the addendum is of another application or text.
    """
    asked = subject.get(ON_ADDENDUM)
    sources = await gather(neighbours, subject["application_id"], asked)
    application, addendum = sources.application, sources.addendum
    dossier = addendum.proposal_sha256 if addendum else application.dossier_sha256
    now_is = (application.id, application.consortium_id, application.call_id, dossier)
    submitted = [one for one in sources.rounds if one.dossier_sha256 == application.dossier_sha256]
    is_another = addendum is not None and addendum.application_id != application.id
    if now_is != tuple(subject[name] for name in SUBJECT) or not submitted or is_another:
        raise Conflict(
            "board.dossier_differs",
            "La solicitud tiene hoy otro expediente que el de la votación; retire la votación y"
            " abra una nueva con el expediente vigente.",
        )
    return file_of(sources, submitted[-1], earlier=earlier)


def file_of(
    sources: Sources, submitted: RoundReader, *, earlier: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The file of what the neighbours said."""
    application, facts, call = sources.application, sources.facts, sources.call
    budget = _budget(submitted.plan)
    return {
        "type": TYPE,
        "subject": {
            "application_id": application.id,
            "consortium_id": application.consortium_id,
            "call_id": application.call_id,
            "dossier_sha256": sources.addendum.proposal_sha256
            if sources.addendum
            else submitted.dossier_sha256,
            "round": submitted.round,
        },
        "call": {
            "code": call.code,
            "title": call.title,
            "opens_on": call.opens_on.isoformat(),
            "closes_on": call.closes_on.isoformat(),
            "envelope": call.envelope.amount,
            "per_producer_cap": call.per_producer_cap.amount,
        },
        "consortium": _consortium(sources),
        "plan": _plan(submitted.plan),
        "budget": {
            **{name: to_amount(amount) for name, amount in budget.items()},
            "fund_per_producer": to_amount(budget["fund"] // max(len(facts.members), 1)),
        },
        "rounds": _rounds(sources.rounds),
        "eligibility": _eligibility(sources.assessment),
        "signals": _signals(sources.signals),
        "evaluation": _evaluation(sources),
        "concentration": concentration(sources, asked=budget["fund"]),
        "earlier": {
            "agreements": _agreements(sources),
            "ballots": sorted((dict(one) for one in earlier), key=lambda one: one["ballot_id"]),
        },
        **_addendum(sources),
        "documents": [
            {
                **document.model_dump(include={"id", "kind", "name", "sha256", "size_bytes"}),
                "attached_at": _at(document.attached_at),
            }
            for document in sorted(application.documents, key=lambda document: document.id)
        ],
        "parties": parties(sources),
    }


def _addendum(sources: Sources) -> dict[str, Any]:
    """What an addendum proposes; nothing in the file of an application."""
    if sources.addendum is None:
        return {}
    told = {"id", "agreement_id", "number", "reason", "drafted_by", "approver", "proposal_sha256"}
    addendum = sources.addendum
    return {
        "addendum": {
            **addendum.model_dump(include=told),
            "due_on": addendum.due_on.isoformat(),
            "changes": plain(addendum.changes),
            "proposal": plain(addendum.proposal),
        }
    }


def parts(file: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each part of a file with its own hash, so that whoever compares two files sees which part
    changed."""
    return [
        {"part": name, "sha256": sha256_of({name: file[name]})}
        for name in sorted(file)
        if name != "type"
    ]


def parties(sources: Sources) -> list[dict[str, str]]:
    """Who stands to gain or acts for those who do: what a member's interests are matched with."""
    facts, profile = sources.facts, sources.facts.profile
    firm = facts.anchor_firm
    found = [("anchor_firm", "ruc", firm.ruc, firm.legal_name)]
    found += [("producer", "dni", one.dni, one.full_name) for one in facts.members]
    if profile is not None:
        found += [("director", "dni", one.dni, one.full_name) for one in profile.directors]
        found += [("supplier", "ruc", one.ruc, one.name) for one in profile.suppliers if one.ruc]
        if profile.adviser is not None and profile.adviser.ruc is not None:
            found.append(("adviser", "ruc", profile.adviser.ruc, profile.adviser.name))
    return [
        {"role": role, "kind": kind, "value": value, "name": name}
        for role, kind, value, name in sorted(set(found))
    ]


def _at(instant: datetime | None) -> str | None:
    return instant_text(instant)


def _budget(plan: PlanReader) -> dict[str, int]:
    sums = {
        name: sum(getattr(line, name).centimos for line in plan.budget_lines) for name in AMOUNTS
    }
    return {**sums, "fund": sums["agroideas"] + sums["agrobanco"]}


def _plan(plan: PlanReader) -> dict[str, Any]:
    return {
        "title": plan.title,
        "summary": plan.summary,
        "budget_lines": [
            {
                **line.model_dump(include={"line_no", "item", "description"}),
                **{name: getattr(line, name).amount for name in AMOUNTS},
            }
            for line in sorted(plan.budget_lines, key=lambda line: line.line_no)
        ],
        "tranches": [
            {
                **tranche.model_dump(include={"sequence", "channel", "milestone"}),
                "amount": tranche.amount.amount,
            }
            for tranche in sorted(plan.tranches, key=lambda one: (one.channel, one.sequence))
        ],
    }


def _rounds(rounds: Iterable[RoundReader]) -> list[dict[str, Any]]:
    return [
        {
            "round": one.round,
            "dossier_sha256": one.dossier_sha256,
            "submitted_at": _at(one.submitted_at),
            **{name: to_amount(amount) for name, amount in _budget(one.plan).items()},
        }
        for one in sorted(rounds, key=lambda one: one.round)
    ]


def _eligibility(assessment: AssessmentReader | None) -> dict[str, Any] | None:
    if assessment is None:
        return None
    return {
        "assessment_id": assessment.id,
        "round": assessment.round,
        "as_of": assessment.as_of.isoformat(),
        "outcome": assessment.outcome,
        "policy_revision": assessment.policy_revision,
        "input_sha256": assessment.input_sha256,
        "findings": [finding.model_dump() for finding in assessment.findings],
        "score": plain(assessment.score),
        "limits": plain(assessment.limits),
        "answers": [
            {
                "finding_code": answer.finding_code,
                "text": answer.text,
                "answered_at": _at(answer.answered_at),
            }
            for answer in sorted(
                assessment.answers, key=lambda one: (one.finding_code, one.answered_at, one.text)
            )
        ],
    }


def _signals(found: SignalsReader | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "level": found.level,
        "open": found.open,
        "signals": [
            {
                "open": signal.open,
                "finding": signal.finding.model_dump(),
                "resolution": signal.resolution
                and {
                    **signal.resolution.model_dump(exclude={"confirmed_at"}),
                    "confirmed_at": _at(signal.resolution.confirmed_at),
                },
            }
            for signal in sorted(
                found.signals, key=lambda one: (one.finding.code, one.finding.subject.label)
            )
        ],
    }


def _evaluation(sources: Sources) -> dict[str, Any] | None:
    given = sources.application.evaluation
    if given is None:
        return None
    return {
        **given.model_dump(exclude={"evaluated_at"}),
        "evaluated_at": _at(given.evaluated_at),
    }


def _consortium(sources: Sources) -> dict[str, Any]:
    facts, profile = sources.facts, sources.facts.profile
    footprint = sources.footprints.get(facts.consortium.id)
    return {
        "name": facts.consortium.name,
        "formed_on": profile and profile.formed_on and profile.formed_on.isoformat(),
        "members": len(facts.members),
        "women": sum(member.sex == "F" for member in facts.members),
        "area_ha": footprint.area_ha if footprint else "0.0000",
        "regions": land_by_region(footprint.regions) if footprint else [],
        "crops": [one.model_dump() for one in footprint.crops] if footprint else [],
        "anchor_firm": facts.anchor_firm.model_dump(exclude={"id"}),
        "adviser": profile and profile.adviser and profile.adviser.model_dump(),
        "directors": sorted(one.full_name for one in profile.directors) if profile else [],
        "suppliers": sorted(
            (one.model_dump() for one in profile.suppliers) if profile else [],
            key=lambda one: (one["name"], one["ruc"] or ""),
        ),
    }


def _agreements(sources: Sources) -> list[dict[str, Any]]:
    """The agreements of the same parties: of the consortium, and of those that share its anchor
    firm or a producer; but not this application's own."""
    told = []
    for agreement in sorted(sources.kin_agreements, key=lambda one: one.id):
        if agreement.application_id == sources.application.id:
            continue
        kin = sources.kin[agreement.consortium_id]
        told.append(
            {
                "agreement_id": agreement.id,
                "relation": kin.relation,
                "consortium_name": kin.name,
                "call_id": agreement.call_id,
                "state": agreement.state,
                **{name: getattr(agreement, name).amount for name in AMOUNTS[1:]},
                "drafted_at": _at(agreement.drafted_at),
            }
        )
    return told

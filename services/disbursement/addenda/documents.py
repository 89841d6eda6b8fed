"""The text of an addendum: what the board votes on, and the agreement's next version."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from services.disbursement import conditions
from services.disbursement.addenda import rules
from services.disbursement.milestones.service import EVIDENCE_UNTOLD
from services.disbursement.models import (
    Addendum,
    Agreement,
    AgreementDocument,
    Milestone,
    Tranche,
)
from services.disbursement.signing import document
from services.kernel.db import AsyncSession, instant_text
from services.kernel.proof import sha256_of
from services.kernel.values import to_amount
from services.kernel.work import Work


def proposal_of(addendum: Addendum) -> dict[str, Any]:
    """What is proposed, whole: the board votes on its hash."""
    plan = rules.plain(addendum.plan)
    return {
        "type": "fondo.addendum.v1",
        "addendum_id": addendum.id,
        "agreement_id": addendum.agreement_id,
        "number": addendum.number,
        "reason": addendum.reason,
        "title": plan["title"],
        "summary": plan["summary"],
        "budget": document.budget_of(addendum.plan),
        "tranches": [
            {
                **{name: value for name, value in one.items() if name != "amount_centimos"},
                "amount": to_amount(one["amount_centimos"]),
            }
            for one in plan["tranches"]
        ],
        "changes": addendum.changes,
    }


def proposal_sha256(addendum: Addendum) -> str:
    """The hash of what is proposed."""
    return sha256_of(proposal_of(addendum))


async def draw(
    work: Work, agreement: Agreement, addendum: Addendum, package: Mapping[str, Any] | None
) -> AgreementDocument:
    """Draw up the agreement's next version: the one in force, with what the addendum changes and
    the conditions that the board set on it."""
    former = await document.of_version(work.session, agreement)
    last = await work.session.scalar(
        select(func.max(col(AgreementDocument.version))).where(
            col(AgreementDocument.agreement_id) == agreement.id
        )
    )
    version = int(last or 0) + 1
    content = {
        **former.content,
        "version": version,
        "replaces": former.content_sha256,
        "title": addendum.plan.get("title"),
        "budget": document.budget_of(addendum.plan),
        "tranches": await _tranches(work.session, agreement.id, addendum.plan),
        "conditions": former.content["conditions"] + new_conditions(former.content, package),
        "addendum": {
            "id": addendum.id,
            "number": addendum.number,
            "reason": addendum.reason,
            "decided_by": "board" if package else "secretariat",
            "proposal_sha256": addendum.proposal_sha256,
            "resolution": package
            and {"number": package["resolution_number"], "ballot_id": package["ballot_id"]},
            "changes": addendum.changes,
        },
        "drawn_at": instant_text(work.now),
    }
    return await document.keep(work, agreement, version, content)


def new_conditions(
    former: Mapping[str, Any], package: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """What the board's approval of the addendum is subject to, numbered after those before."""
    names = ("text", "evidence", "due_working_days")
    given: Sequence[Mapping[str, Any]] = (package or {}).get("conditions") or []
    start = len(former["conditions"]) + 1
    return [
        {"number": number, **{name: one[name] for name in names}}
        for number, one in enumerate(given, start=start)
    ]


async def bind_conditions(work: Work, agreement: Agreement, drawn: AgreementDocument) -> None:
    """The conditions that this version adds fall due from its signature on."""
    known = {one.number for one in await conditions.of_agreement(work.session, agreement.id)}
    added = [one for one in drawn.content["conditions"] if one["number"] not in known]
    work.session.add_all(conditions.numbered(agreement.id, added))
    await work.session.flush()
    await conditions.begin_terms(work, agreement, {one["number"] for one in added})


async def _tranches(
    session: AsyncSession, agreement_id: str, plan: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The planned tranches, with the ids of those that there are and the evidence that is asked."""
    rows = await session.execute(
        select(Tranche, Milestone)
        .join(Milestone, col(Milestone.tranche_id) == col(Tranche.id))
        .where(col(Tranche.agreement_id) == agreement_id, col(Tranche.part) == 1)
    )
    known = {(one.sequence, one.channel): (one, milestone) for one, milestone in rows}
    told = []
    for one in sorted(plan["tranches"], key=lambda one: (one["sequence"], one["channel"])):
        tranche, milestone = known.get(rules.key_of(one), (None, None))
        told.append(
            {
                "id": tranche and tranche.id,
                "sequence": one["sequence"],
                "channel": one["channel"],
                "amount": to_amount(one["amount_centimos"]),
                "milestone": one["milestone"],
                "evidence": one.get("evidence")
                or (milestone.evidence_required if milestone else EVIDENCE_UNTOLD),
                "due_working_days": one.get("due_working_days"),
            }
        )
    return told

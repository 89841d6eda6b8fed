"""Use cases of budgets, resolutions and agreements.

Each runs in one transaction that the caller opened (`Work`); state, audit row, event, ledger and
decision commit together or not at all.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.disbursement import conditions, credit, domain, endings, holds, ledger
from services.disbursement.envelopes import service as envelopes
from services.disbursement.events import (
    AgreementClosed,
    AgreementDrafted,
    BudgetAllocated,
)
from services.disbursement.final_reports import service as final_reports
from services.disbursement.ledger import Move
from services.disbursement.milestones import service as milestones
from services.disbursement.models import (
    Agreement,
    Resolution,
    Tranche,
    Withdrawal,
)
from services.disbursement.signing import document
from services.disbursement.tranches import drawn
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.rows import locked
from services.kernel.work import Work


async def allocate(
    work: Work, *, call_id: str, amount_centimos: int, channel: str | None = None
) -> str:
    """Give a call money from the treasury, for one instrument or for any; returns the call's id."""
    target = ledger.available(call_id, channel)
    await ledger.post(
        work,
        [Move("allocate", ledger.TREASURY, target, amount_centimos, call_id)],
        call_id=call_id,
        agreement_id=None,
    )
    change = {"amount_centimos": amount_centimos, "channel": channel}
    work.record("budget.allocate", call_id, change)
    work.publish(BudgetAllocated(call_id=call_id, amount_centimos=amount_centimos), version=1)
    return call_id


async def keep_resolution(work: Work, package: Mapping[str, Any]) -> None:
    """Keep a board's decision after counting its votes again; the same one twice is kept once.

    Raises ValueError when the votes do not support the result, and for another decision of a
    ballot that has one: then nothing may be paid on it.
    """
    result = domain.recount(package)
    row = Resolution(
        ballot_id=str(package["ballot_id"]),
        application_id=str(package["application_id"]),
        dossier_sha256=str(package["dossier_sha256"]),
        result=result,
        resolution_number=str(package["resolution_number"]),
        package=dict(package),
        received_at=work.now,
    )
    kept = await work.session.scalar(
        insert(Resolution)
        .values(row.model_dump())
        .on_conflict_do_nothing()
        .returning(col(Resolution.ballot_id))
    )
    if kept is not None:
        work.record("resolution.keep", row.ballot_id, {"result": result})
        return
    former = await work.session.get(Resolution, row.ballot_id)
    if former is None or former.package != row.package:
        raise ValueError(f"ballot {row.ballot_id} has another resolution")


async def draft_agreement(
    work: Work,
    *,
    application: Mapping[str, Any],
    ballot_id: str,
    opa: Opa,
    footprint: Mapping[str, Any] | None = None,
) -> Agreement:
    """Draw up the agreement of an approved application and commit its money; the terms of its
    credit are those that the policy states today.

    A repetition gives the first agreement. Raises disbursement.resolution_missing (not heard of
    yet: try again), disbursement.not_approved, disbursement.dossier_changed,
    disbursement.tranches_off, disbursement.credit_refused, disbursement.budget_exceeded.
    """
    await endings.lock_application(work, application["id"])
    existing = await work.session.scalar(
        select(Agreement).where(col(Agreement.application_id) == application["id"])
    )
    if existing is not None:
        return existing
    if await work.session.get(Withdrawal, application["id"]) is not None:
        raise Conflict("disbursement.withdrawn", "El consorcio desistió de esta solicitud.")
    package = await _demand_approval(work, application, ballot_id)
    plan = application["plan"]
    totals = {channel: _centimos_of(plan["budget_lines"], channel) for channel in domain.CHANNELS}
    domain.demand_tranche_sums(totals, plan["tranches"])
    agreement = _drafted(work, application, ballot_id, totals, footprint)
    await holds.demand_free(work, holds.subjects_of(agreement))
    work.session.add(agreement)
    await work.session.flush()
    pots = await envelopes.pots(work.session, agreement.call_id, totals)
    tranches = [
        drawn(
            agreement,
            item,
            committed=ledger.committed(agreement.id, item["channel"]),
            budget=pots[item["channel"]],
        )
        for item in plan["tranches"]
    ]
    work.session.add_all([*tranches, *conditions.copied(agreement.id, package)])
    await work.session.flush()
    work.session.add_all(milestones.planned(tranches, plan["tranches"]))
    committed = sum(totals.values())
    if committed == 0:
        raise Conflict(
            "disbursement.nothing_to_commit",
            "El plan no pide dinero al fondo; no hay convenio que financiar.",
        )
    parts = [item for item in plan["tranches"] if item["channel"] == "agrobanco"]
    if parts:
        payer_ruc = (footprint or {}).get("anchor_firm_ruc")
        await credit.fix_terms(work, agreement, opa=opa, parts=len(parts), payer_ruc=payer_ruc)
    await document.draw(work, agreement, footprint)
    await envelopes.commit(work, agreement, pots, totals)  # last: others wait for these accounts
    work.record("agreement.draft", agreement.id, {"to": "drafted", "committed": committed})
    work.publish(
        AgreementDrafted(
            agreement_id=agreement.id,
            application_id=agreement.application_id,
            committed_centimos=committed,
            tranches=len(tranches),
        ),
        version=agreement.version,
    )
    return agreement


def _drafted(
    work: Work,
    application: Mapping[str, Any],
    ballot_id: str,
    totals: Mapping[str, int],
    footprint: Mapping[str, Any] | None,
) -> Agreement:
    """The agreement's row, with the region and the crop of its consortium as told that day."""
    region, crop = document.where_most_land_is(footprint)
    plan = application["plan"]
    return Agreement(
        id=new_id("agr"),
        application_id=application["id"],
        ballot_id=ballot_id,
        call_id=application["call_id"],
        consortium_id=application["consortium_id"],
        dossier_sha256=application["dossier_sha256"],
        state="drafted",
        agroideas_centimos=totals["agroideas"],
        agrobanco_centimos=totals["agrobanco"],
        own_centimos=_centimos_of(plan["budget_lines"], "own"),
        plan=plan,
        drafted_at=work.now,
        region=region,
        crop=crop,
    )


async def _demand_approval(
    work: Work, application: Mapping[str, Any], ballot_id: str
) -> Mapping[str, Any]:
    """The resolution package that approves the application's dossier."""
    resolution = await work.session.get(Resolution, ballot_id)
    if resolution is None:
        raise Conflict(
            "disbursement.resolution_missing",
            "La resolución del consejo aún no llegó aquí; vuelva a intentarlo en un momento.",
            retry_after_s=1,
        )
    if resolution.result != "approved" or resolution.application_id != application["id"]:
        raise Conflict("disbursement.not_approved", "El consejo no aprobó esta solicitud.")
    if resolution.dossier_sha256 != application["dossier_sha256"]:
        raise Conflict(
            "disbursement.dossier_changed",
            "El expediente cambió después de la votación; debe volver al consejo.",
        )
    return resolution.package


def _centimos_of(lines: Sequence[Mapping[str, Any]], source: str) -> int:
    return sum(int(line[f"{source}_centimos"]) for line in lines)


async def locked_agreement(work: Work, agreement_id: str) -> Agreement:
    """The agreement, its row locked; raises Missing."""
    return await locked(work.session, Agreement, agreement_id)


async def close_agreement(work: Work, *, agreement_id: str) -> Agreement:
    """Close a settled agreement and release to the call what it did not use.

    Raises disbursement.tranche_open while money is in transit or a release stands, and
    disbursement.agreement_unsettled with all that is missing: a tranche not accounted for, a claim,
    a purchase or an addendum open, no approved final report.
    """
    agreement = await locked_agreement(work, agreement_id)
    query = (
        select(Tranche)
        .where(col(Tranche.agreement_id) == agreement.id)
        .order_by(col(Tranche.id))
        .with_for_update()  # a release, or money coming back, ends before or begins after
    )
    tranches = (await work.session.scalars(query)).all()
    if {"released", "instructed"} & {tranche.state for tranche in tranches}:
        raise Conflict("disbursement.tranche_open", "Hay un desembolso en curso; espere su final.")
    to = domain.move(domain.AGREEMENT_MOVES, "El convenio", agreement.state, "closed")
    await final_reports.demand_settled(work, agreement)
    agreement.state = to
    agreement.version += 1
    left = await envelopes.release_left(work, agreement, tranches)
    work.record("agreement.close", agreement.id, {"to": "closed", "released": left})
    work.publish(
        AgreementClosed(
            agreement_id=agreement.id,
            application_id=agreement.application_id,
            released_centimos=left,
        ),
        version=agreement.version,
    )
    return agreement

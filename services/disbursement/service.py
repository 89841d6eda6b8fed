"""Use cases of budgets, resolutions and agreements.

Each runs in one transaction that the caller opened (`Work`); state, audit row, event, ledger and
decision commit together or not at all.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from services.disbursement import conditions, domain, endings, holds, ledger
from services.disbursement.events import (
    AgreementClosed,
    AgreementDrafted,
    AgreementSigned,
    BudgetAllocated,
)
from services.disbursement.ledger import Move
from services.disbursement.milestones import service as milestones
from services.disbursement.models import (
    Agreement,
    Resolution,
    Tranche,
    Withdrawal,
)
from services.kernel.errors import Conflict, Denied
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.values import to_amount
from services.kernel.work import Work

PARTIES = {"fund": "secretariat", "consortium": "applicant"}


async def allocate(work: Work, *, call_id: str, amount_centimos: int) -> str:
    """Give a call money from the treasury; returns the call's id."""
    await ledger.post(
        work,
        [Move("allocate", ledger.TREASURY, ledger.available(call_id), amount_centimos, call_id)],
        call_id=call_id,
        agreement_id=None,
    )
    work.record("budget.allocate", call_id, {"amount_centimos": amount_centimos})
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
    work: Work, *, application: Mapping[str, Any], ballot_id: str
) -> Agreement:
    """Draw up the agreement of an approved application and commit its money.

    A repetition gives the first agreement. Raises disbursement.resolution_missing (not heard of
    yet: try again), disbursement.not_approved, disbursement.dossier_changed,
    disbursement.tranches_off, disbursement.budget_exceeded.
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
    agreement = Agreement(
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
    )
    await holds.demand_free(work, holds.subjects_of(agreement))
    work.session.add(agreement)
    await work.session.flush()
    tranches = _tranches_of(agreement, plan["tranches"])
    work.session.add_all([*tranches, *conditions.copied(agreement.id, package)])
    await work.session.flush()
    work.session.add_all(milestones.planned(tranches, plan["tranches"]))
    committed = sum(totals.values())
    if committed == 0:
        raise Conflict(
            "disbursement.nothing_to_commit",
            "El plan no pide dinero al fondo; no hay convenio que financiar.",
        )
    await _commit(work, agreement, committed)
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


async def _commit(work: Work, agreement: Agreement, amount_centimos: int) -> None:
    source = ledger.available(agreement.call_id)
    left = await ledger.balance(work.session, source)
    refusal = Conflict(
        "disbursement.budget_exceeded",
        f"La convocatoria tiene S/ {to_amount(left)} disponibles y el convenio pide"
        f" S/ {to_amount(amount_centimos)}; amplíe el presupuesto o espere.",
    )
    if amount_centimos > left:
        raise refusal
    move = Move("commit", source, ledger.committed(agreement.id), amount_centimos, agreement.id)
    try:
        await ledger.post(work, [move], call_id=agreement.call_id, agreement_id=agreement.id)
    except IntegrityError as error:  # another agreement took it since the balance was read
        raise refusal from error


def _centimos_of(lines: Sequence[Mapping[str, Any]], source: str) -> int:
    return sum(int(line[f"{source}_centimos"]) for line in lines)


def _tranches_of(agreement: Agreement, planned: Sequence[Mapping[str, Any]]) -> list[Tranche]:
    return [
        Tranche(
            id=new_id("tra"),
            agreement_id=agreement.id,
            application_id=agreement.application_id,
            consortium_id=agreement.consortium_id,
            call_id=agreement.call_id,
            sequence=item["sequence"],
            channel=item["channel"],
            amount_centimos=item["amount_centimos"],
            milestone=item["milestone"],
            state="planned",
        )
        for item in planned
    ]


async def locked_agreement(work: Work, agreement_id: str) -> Agreement:
    """The agreement, its row locked; raises Missing."""
    return await locked(work.session, Agreement, agreement_id)


async def sign(work: Work, *, agreement_id: str, party: str) -> Agreement:
    """Sign for one party; with the second signature the agreement is active.

    Raises disbursement.wrong_party and disbursement.already_signed.
    """
    if PARTIES[party] != work.actor.role:
        raise Denied("disbursement.wrong_party", "Solo puede firmar por su propia parte.")
    agreement = await locked_agreement(work, agreement_id)
    if getattr(agreement, f"{party}_signed_by") is not None:
        raise Conflict("disbursement.already_signed", "Esa parte ya firmó.")
    if agreement.state != "drafted":
        domain.move(domain.AGREEMENT_MOVES, "El convenio", agreement.state, "signed")
    await holds.demand_free(work, holds.subjects_of(agreement))
    setattr(agreement, f"{party}_signed_by", work.actor.sub)
    setattr(agreement, f"{party}_signed_at", work.now)
    agreement.version += 1
    if agreement.fund_signed_by is not None and agreement.consortium_signed_by is not None:
        for state in ("signed", "active"):
            agreement.state = domain.move(
                domain.AGREEMENT_MOVES, "El convenio", agreement.state, state
            )
        await conditions.begin_terms(work, agreement)
        await milestones.begin_terms(work, agreement)
        work.publish(
            AgreementSigned(agreement_id=agreement.id, application_id=agreement.application_id),
            version=agreement.version,
        )
    work.record("agreement.sign", agreement.id, {"party": party, "to": agreement.state})
    return agreement


async def close_agreement(work: Work, *, agreement_id: str) -> Agreement:
    """Close the agreement and release to the call what it did not use.

    Raises disbursement.tranche_open while money is in transit or a release stands.
    """
    agreement = await locked_agreement(work, agreement_id)
    tranches = await work.session.scalars(
        select(Tranche)
        .where(col(Tranche.agreement_id) == agreement.id)
        .order_by(col(Tranche.id))
        .with_for_update()  # a release, or money coming back, ends before or begins after
    )
    if {"released", "instructed"} & {tranche.state for tranche in tranches}:
        raise Conflict("disbursement.tranche_open", "Hay un desembolso en curso; espere su final.")
    agreement.state = domain.move(domain.AGREEMENT_MOVES, "El convenio", agreement.state, "closed")
    agreement.version += 1
    source = ledger.committed(agreement.id)
    left = await ledger.balance(work.session, source)
    if left:
        await ledger.post(
            work,
            [Move("release", source, ledger.available(agreement.call_id), left, agreement.id)],
            call_id=agreement.call_id,
            agreement_id=agreement.id,
        )
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

"""Use cases of amendments (adendas): drafted, decided by another person or by the board, signed by
both, or taken back.

Order of locks: the agreement, then its addendum, then its tranches. Until both have signed, the
version in force stands: what the addendum changes waits, all else is paid as before.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlmodel import col

from services.disbursement import domain, holds, pending
from services.disbursement.addenda import documents, entering, policy, rules
from services.disbursement.addendum_tables import OPEN_STATES
from services.disbursement.events import (
    AddendumApproved,
    AddendumDrafted,
    AddendumEnded,
    AddendumEntered,
    AddendumSentToBoard,
)
from services.disbursement.models import (
    Addendum,
    Agreement,
    AgreementDocument,
    AgreementSignature,
    Evidence,
    Tranche,
)
from services.disbursement.signing import keys
from services.disbursement.signing import service as signing
from services.kernel.clock import lima_date
from services.kernel.errors import Conflict, Denied
from services.kernel.ids import new_id
from services.kernel.opa import Opa
from services.kernel.rows import found, locked
from services.kernel.work import Work
from services.kernel.working_days import working_day

NOT_APPROVED: Final = "El consejo directivo denegó la adenda."
ENDED: Final = "El convenio terminó antes de que el consejo decidiera."
AMENDABLE: Final = frozenset({"active", "suspended"})


async def draft(
    work: Work, *, agreement_id: str, reason: str, plan: Mapping[str, Any], opa: Opa
) -> Addendum:
    """Propose the plan as it is to be from now on. The policy says whether it may go on and who
    decides; a second person approves it or sends it to the board.

    Raises Missing, disbursement.addendum_open, disbursement.line_off, disbursement.tranches_off,
    disbursement.milestone_shown and disbursement.addendum_refused with the policy's findings.
    """
    agreement = await locked(work.session, Agreement, agreement_id)
    if await pending.open_addendum(work.session, agreement.id) is not None:
        raise Conflict(
            "disbursement.addendum_open",
            "El convenio ya tiene una adenda en trámite; espere su fin o retírela.",
        )
    rules.demand_sums(plan)
    rules.demand_milestones_kept(agreement.plan, plan, await _shown(work, agreement))
    last = await work.session.scalar(
        select(func.max(col(Addendum.number))).where(col(Addendum.agreement_id) == agreement.id)
    )
    addendum = Addendum(
        id=new_id("add"),
        agreement_id=agreement.id,
        application_id=agreement.application_id,
        consortium_id=agreement.consortium_id,
        number=int(last or 0) + 1,
        state="drafted",
        route="board",
        reason=reason,
        plan=dict(plan),
        former_plan=agreement.plan,
        changes=rules.changes_between(agreement.plan, plan),
        proposal_sha256="",
        due_on=lima_date(work.now),
        drafted_by=work.actor.sub,
        drafted_at=work.now,
    )
    ruling = await _ruled(work, agreement, addendum, opa, approver=None)
    addendum.route, addendum.decision_id = ruling.route, ruling.decision.id
    addendum.due_on = working_day(lima_date(work.now), ruling.term_working_days)
    addendum.proposal_sha256 = documents.proposal_sha256(addendum)
    work.session.add(addendum)
    await work.session.flush()
    told = {"route": addendum.route, "proposal_sha256": addendum.proposal_sha256}
    work.record("addendum.draft", addendum.id, {"agreement_id": agreement.id, **told})
    drafted = AddendumDrafted(**_named(addendum), route=ruling.route, due_on=addendum.due_on)
    work.publish(drafted, version=addendum.version)
    return addendum


async def approve(work: Work, *, addendum_id: str, opa: Opa) -> Addendum:
    """Approve a drafted addendum, by another person than who drafted it. A small one is approved by
    that; a larger one goes to the board, which votes on its hash.

    Raises Missing, disbursement.same_person, disbursement.addendum_moved,
    disbursement.addendum_refused and Held.
    """
    agreement, addendum = await _locked(work, addendum_id)
    domain.demand_other_person(work.actor.sub, addendum.drafted_by, "elabora y aprueba")
    if addendum.state != "drafted":
        raise _moved(addendum)
    await holds.demand_free(work, holds.subjects_of(agreement))
    ruling = await _ruled(work, agreement, addendum, opa, approver=work.actor.sub)
    passed = {
        "approver": work.actor.sub,
        "decision_id": ruling.decision.id,
        "route": ruling.route,
    }
    if ruling.route == "secretariat":
        await _approved(work, agreement, addendum, None, passed)
        return addendum
    _move(work, addendum, "in_board", passed)
    sent = AddendumSentToBoard(
        **_named(addendum),
        call_id=agreement.call_id,
        proposal_sha256=addendum.proposal_sha256,
    )
    work.publish(sent, version=addendum.version)
    return addendum


async def decide(work: Work, *, package: Mapping[str, Any]) -> None:
    """Apply the board's resolution, which is kept already, to the addendum that it is on; one that
    was taken back meanwhile stays so.

    Raises ValueError when the board voted on another text than what is proposed.
    """
    agreement, addendum = await _locked(work, str(package["addendum_id"]))
    if package["dossier_sha256"] != addendum.proposal_sha256:
        raise ValueError(f"ballot {package['ballot_id']} is on another text of {addendum.id}")
    if addendum.state != "in_board":
        work.record("addendum.decided_late", addendum.id, {"ballot_id": package["ballot_id"]})
        return
    voted = {"ballot_id": package["ballot_id"], "resolution_result": package["result"]}
    if agreement.state not in AMENDABLE:
        _end(work, addendum, "refused", ENDED, voted)
    elif package["result"] == "approved":
        await _approved(work, agreement, addendum, package, voted)
    else:
        _end(work, addendum, "refused", NOT_APPROVED, voted)


async def sign(
    work: Work,
    *,
    addendum_id: str,
    party: str,
    signed_at: datetime | None,
    nonce: str | None,
    signature: str | None,
) -> Addendum:
    """Sign the agreement's next version for one party; with the second signature it is in force.

    Raises disbursement.wrong_party, disbursement.already_signed, disbursement.addendum_moved,
    disbursement.signature_required, a refusal of `KeyRegister.check_signed`, Held, and, with the
    second signature, what `entering.enter` raises.
    """
    if signing.PARTIES[party] != work.actor.role:
        raise Denied("disbursement.wrong_party", "Solo puede firmar por su propia parte.")
    agreement, addendum = await _locked(work, addendum_id)
    if addendum.state != "approved" or agreement.state not in AMENDABLE:
        raise _moved(addendum)
    await holds.demand_free(work, holds.subjects_of(agreement))
    key = (agreement.id, addendum.document_version)
    drawn = await work.session.get_one(AgreementDocument, key)
    parties = await _parties_of(work, drawn)
    if party in parties:
        raise Conflict("disbursement.already_signed", "Esa parte ya firmó.")
    if signed_at is None or nonce is None or signature is None:
        raise keys.KEYS.unsigned()
    await signing.keep(work, drawn, party, (signed_at.replace(microsecond=0), nonce, signature))
    if parties:
        await _enter(work, agreement, addendum, drawn)
    return addendum


async def withdraw(work: Work, *, addendum_id: str, reason: str) -> Addendum:
    """Take an addendum back that is not in force; its board's ballot ends uncounted. Again is as it
    is. Raises Missing and disbursement.addendum_moved."""
    _, addendum = await _locked(work, addendum_id)
    if addendum.state != "withdrawn":
        _end(work, addendum, "withdrawn", reason)
    return addendum


async def end_unvoted(work: Work, *, addendum_id: str, reason: str) -> Addendum:
    """The board came to no decision: the addendum is refused, and may be drafted anew. Where the
    board decided or the addendum was taken back meanwhile, that stands."""
    _, addendum = await _locked(work, addendum_id)
    if addendum.state == "in_board":
        _end(work, addendum, "refused", reason)
    return addendum


async def _locked(work: Work, addendum_id: str) -> tuple[Agreement, Addendum]:
    named = await found(work.session, Addendum, addendum_id)
    agreement = await locked(work.session, Agreement, named.agreement_id)
    await work.session.refresh(named, with_for_update=True)
    return agreement, named


async def _ruled(
    work: Work, agreement: Agreement, addendum: Addendum, opa: Opa, *, approver: str | None
) -> policy.Ruling:
    tranches = await entering.locked_tranches(work, agreement.id)
    asked = policy.Asked(
        agreement_state=agreement.state,
        number=addendum.number,
        drafted_by=addendum.drafted_by,
        board=await _approved_by_the_board(work, agreement),
        current=agreement.plan,
        proposed=addendum.plan,
        started=sorted(entering.started(tranches)),
    )
    return await policy.rule(work, opa, asked, approver=approver, subject=addendum.id)


async def _approved_by_the_board(work: Work, agreement: Agreement) -> Mapping[str, Any]:
    """The plan that the board approved last: small changes since are measured against it."""
    query = (
        select(Addendum)
        .where(col(Addendum.agreement_id) == agreement.id, col(Addendum.state) == "in_force")
        .order_by(col(Addendum.number))
    )
    entered = (await work.session.scalars(query)).all()
    by_board = [one.plan for one in entered if one.route == "board"]
    if by_board:
        return by_board[-1]
    return entered[0].former_plan if entered else agreement.plan


async def _shown(work: Work, agreement: Agreement) -> list[rules.Key]:
    """The planned tranches whose milestone has evidence filed or verified."""
    rows = await work.session.execute(
        select(col(Tranche.sequence), col(Tranche.channel))
        .join(Evidence, col(Evidence.tranche_id) == col(Tranche.id))
        .where(col(Tranche.agreement_id) == agreement.id, col(Evidence.state) != "observed")
    )
    return [(int(sequence), str(channel)) for sequence, channel in rows]


async def _approved(
    work: Work,
    agreement: Agreement,
    addendum: Addendum,
    package: Mapping[str, Any] | None,
    changes: Mapping[str, Any],
) -> None:
    drawn = await documents.draw(work, agreement, addendum, package)
    decided = {"document_version": drawn.version, "decided_at": work.now}
    _move(work, addendum, "approved", {**changes, **decided})
    approved = AddendumApproved(**_named(addendum), document_version=drawn.version)
    work.publish(approved, version=addendum.version)


async def _parties_of(work: Work, drawn: AgreementDocument) -> set[str]:
    rows = await work.session.scalars(
        select(col(AgreementSignature.party)).where(
            col(AgreementSignature.agreement_id) == drawn.agreement_id,
            col(AgreementSignature.version) == drawn.version,
        )
    )
    return set(rows)


async def _enter(
    work: Work, agreement: Agreement, addendum: Addendum, drawn: AgreementDocument
) -> None:
    added = await entering.enter(work, agreement, addendum)
    await documents.bind_conditions(work, agreement, drawn)
    agreement.document_version = drawn.version
    agreement.version += 1
    _move(work, addendum, "in_force", {"in_force_at": work.now})
    work.record(
        "agreement.amend", agreement.id, {"addendum_id": addendum.id, "version": drawn.version}
    )
    entered = AddendumEntered(**_named(addendum), document_version=drawn.version, tranche_ids=added)
    work.publish(entered, version=addendum.version)


def _named(addendum: Addendum) -> dict[str, Any]:
    names = ("agreement_id", "application_id", "consortium_id", "number")
    return {"addendum_id": addendum.id, **{name: getattr(addendum, name) for name in names}}


def _move(work: Work, addendum: Addendum, to: str, changes: Mapping[str, Any]) -> None:
    """The next state with all that comes with it: the database takes them together only."""
    before = addendum.state
    addendum.state = domain.move(rules.ADDENDUM_MOVES, "La adenda", before, to)
    for name, value in changes.items():
        setattr(addendum, name, value)
    addendum.version += 1
    work.record("addendum.move", addendum.id, {"state": [before, to]})


def _end(
    work: Work,
    addendum: Addendum,
    state: str,
    reason: str,
    changes: Mapping[str, Any] | None = None,
) -> None:
    if addendum.state not in OPEN_STATES:
        raise _moved(addendum)
    told = {"ended_by": work.actor.sub, "end_reason": reason}
    _move(work, addendum, state, {**(changes or {}), **told})
    ended = AddendumEnded.model_validate({**_named(addendum), "state": state, "reason": reason})
    work.publish(ended, version=addendum.version)


def _moved(addendum: Addendum) -> Conflict:
    return Conflict(
        "disbursement.addendum_moved",
        f"La adenda está en «{addendum.state}»; no admite este paso.",
    )

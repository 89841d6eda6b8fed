"""Use cases on calls and applications: one function, one transaction; state, audit and event."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

import rfc8785

from services.applications import domain, events, queries
from services.applications.domain import State
from services.applications.models import (
    Application,
    ApplicationRound,
    Call,
    Document,
    TimelineEntry,
)
from services.applications.queries import Dossier
from services.kernel import tracing
from services.kernel.db import instant_text
from services.kernel.errors import Conflict, FieldError, Invalid
from services.kernel.events import NotYet
from services.kernel.ids import new_id
from services.kernel.rows import locked
from services.kernel.schemas import Money
from services.kernel.work import Event, Work

DOCUMENTS_MAX: Final = 100


async def open_call(
    work: Work,
    *,
    code: str,
    title: str,
    opens_on: date,
    closes_on: date,
    instruments: Sequence[domain.Instrument],
    envelope_centimos: int,
    per_producer_cap_centimos: int,
    terms: dict[str, int],
) -> Call:
    """Publish a call. Raises applications.call_period and applications.call_code_taken."""
    if closes_on < opens_on:
        raise domain.again(domain.CALL_PERIOD)
    call = Call(
        id=new_id("cal"),
        code=code,
        title=title,
        opens_on=opens_on,
        closes_on=closes_on,
        instruments=list(instruments),
        envelope_centimos=envelope_centimos,
        per_producer_cap_centimos=per_producer_cap_centimos,
        **terms,
        version=1,
        created_by=work.actor.sub,
        created_at=work.now,
    )
    work.session.add(call)
    work.record("applications.call.open", call.id, {"code": code, "title": title, **terms})
    work.publish(
        events.CallOpened(
            call_id=call.id,
            code=code,
            title=title,
            opens_on=opens_on,
            closes_on=closes_on,
            instruments=list(instruments),
            envelope=Money.of(envelope_centimos),
            per_producer_cap=Money.of(per_producer_cap_centimos),
        ),
        version=1,
    )
    return call


async def draft(
    work: Work, *, call_id: str, consortium_id: str, region: str | None, plan: dict[str, Any]
) -> Dossier:
    """Begin an application. Raises applications.call_unknown and applications.already_applied."""
    domain.check_plan_shape(plan=plan)
    if await work.session.get(Call, call_id) is None:
        code, detail = "applications.call_unknown", "Esa convocatoria no existe; revise el id."
        raise Invalid(code, detail, errors=[FieldError("/call_id", code, detail)])
    application = Application(
        id=new_id("app"),
        call_id=call_id,
        consortium_id=consortium_id,
        region=region,
        state=State.DRAFT.value,
        version=1,
        round=0,
        plan=plan,
        created_by=work.actor.sub,
        created_at=work.now,
        updated_at=work.now,
    )
    tracing.begin(application.id)
    work.session.add(application)
    await work.session.flush()
    change = {"call_id": call_id, "consortium_id": consortium_id, "to": State.DRAFT.value}
    work.record("applications.application.draft", application.id, change)
    _note_transition(work, application, before="none", detail={})
    return Dossier(application, [])


async def amend_plan(
    work: Work, *, application_id: str, expected_version: int | None, plan: dict[str, Any]
) -> Dossier:
    """Replace the plan of a draft or observed application; nothing is submitted by it."""
    application = await _locked(work, application_id)
    domain.check_version(expected=expected_version, actual=application.version)
    domain.amend_plan(
        state=State(application.state),
        amendment_due_at=application.amendment_due_at,
        now=work.now,
    )
    domain.check_plan_shape(plan=plan)
    application.plan = plan
    _touch(work, application)
    work.record(
        "applications.application.amend_plan",
        application.id,
        {"version": application.version, "plan_sha256": _sha256(domain.plan_as_shown(plan))},
    )
    return await queries.dossier_of(work.session, application)


async def submit(work: Work, *, application_id: str) -> Dossier:
    """Hand the dossier in: freeze the plan as a new round and fix its hash."""
    application = await _locked(work, application_id)
    call = await queries.call(work.session, call_id=application.call_id)
    state = domain.submit(
        state=State(application.state),
        opens_on=call.opens_on,
        closes_on=call.closes_on,
        amendment_due_at=application.amendment_due_at,
        budget_lines=len(application.plan["budget_lines"]),
        tranches=len(application.plan["tranches"]),
        now=work.now,
    )
    domain.check_tranche_sums(plan=application.plan)
    application.round += 1
    application.dossier_sha256 = dossier_sha256(application)
    application.submitted_at = work.now
    application.first_submitted_at = application.first_submitted_at or work.now
    application.amendment_due_at = None
    work.session.add(
        ApplicationRound(
            application_id=application.id,
            round=application.round,
            plan=application.plan,
            dossier_sha256=application.dossier_sha256,
            submitted_by=work.actor.sub,
            submitted_at=work.now,
        )
    )
    detail = {"round": application.round, "dossier_sha256": application.dossier_sha256}
    event = events.ApplicationSubmitted(**_ids(application), **detail)
    return await _move(work, application, state, "submit", detail, event)


def dossier_sha256(application: Application) -> str:
    """SHA-256 of the RFC 8785 text of the dossier, which anybody can compute from the API."""
    return _sha256(
        {
            "application_id": application.id,
            "call_id": application.call_id,
            "consortium_id": application.consortium_id,
            "round": application.round,
            "plan": domain.plan_as_shown(application.plan),
        }
    )


async def take_up(work: Work, *, application_id: str) -> Dossier:
    """Begin the assessment; an application already taken up stays as it is."""
    application = await _locked(work, application_id)
    if application.state == State.UNDER_ASSESSMENT:
        return await queries.dossier_of(work.session, application)
    state = domain.take_up(state=State(application.state))
    event = events.ApplicationProgressed(
        **_ids(application), to=state.value, reference=None, reason=None
    )
    return await _move(work, application, state, "take_up", {}, event)


async def record_assessment(
    work: Work,
    *,
    application_id: str,
    assessment_id: str,
    outcome: Literal["eligible", "ineligible"],
    findings_count: int,
    amendment_due_at: datetime | None,
) -> Dossier:
    """Take an assessment's result over, once: the same assessment again changes nothing."""
    application = await _locked(work, application_id)
    if application.assessment_id == assessment_id:
        return await queries.dossier_of(work.session, application)
    state = domain.record_assessment(
        state=State(application.state),
        eligible=outcome == "eligible",
        may_amend=amendment_due_at is not None,
    )
    application.assessment_id = assessment_id
    application.findings_count = findings_count
    application.amendment_due_at = amendment_due_at if state == State.OBSERVED else None
    detail = {
        "assessment_id": assessment_id,
        "outcome": outcome,
        "findings_count": findings_count,
        "amendment_due_at": instant_text(application.amendment_due_at),
    }
    event = events.AssessmentRecorded.model_validate(
        {**_ids(application), **detail, "state": state.value}
    )
    return await _move(work, application, state, "record_assessment", detail, event)


async def evaluate(
    work: Work,
    *,
    application_id: str,
    score: int,
    recommendation: Literal["recommend", "do_not_recommend"],
    reasons: str,
) -> Dossier:
    """The secretariat's technical evaluation, by another person than the registrar."""
    application = await _locked(work, application_id)
    state = domain.evaluate(
        state=State(application.state),
        evaluator=work.actor.sub,
        registrar=application.created_by,
    )
    application.evaluated_by = work.actor.sub
    application.evaluated_at = work.now
    application.evaluation_score = score
    application.evaluation_recommendation = recommendation
    application.evaluation_reasons = reasons
    detail = {"score": score, "recommendation": recommendation}
    event = events.ApplicationEvaluated(
        **_ids(application), recommendation=recommendation, score=score
    )
    return await _move(work, application, state, "evaluate", detail, event)


async def progress(
    work: Work, *, application_id: str, to: str, reference: str, reason: str | None
) -> Dossier:
    """Take a later step of the way; a step already taken changes nothing."""
    application = await _locked(work, application_id)
    if application.state == to:
        return await queries.dossier_of(work.session, application)
    state = domain.progress(state=State(application.state), to=State(to), reason=reason)
    application.state_reference = reference
    application.state_reason = reason
    detail = {"reference": reference, "reason": reason}
    event = events.ApplicationProgressed(**_ids(application), to=state.value, **detail)
    return await _move(work, application, state, "progress", detail, event)


async def waive_amendment(work: Work, *, application_id: str) -> Dossier:
    """The consortium lets the observations stand; the application ends as ineligible."""
    application = await _locked(work, application_id)
    state = domain.waive_amendment(state=State(application.state))
    event = events.AmendmentWaived(**_ids(application))
    return await _move(work, application, state, "waive_amendment", {}, event)


async def withdraw(work: Work, *, application_id: str) -> Dossier:
    """The consortium gives the application up (desistimiento), before the agreement."""
    application = await _locked(work, application_id)
    state = domain.withdraw(state=State(application.state))
    event = events.ApplicationWithdrawn(**_ids(application))
    return await _move(work, application, state, "withdraw", {}, event)


async def attach(
    work: Work, *, application_id: str, kind: str, name: str, sha256: str, size_bytes: int
) -> Document:
    """Note a document of the dossier, while the dossier may be changed."""
    application = await _locked(work, application_id)
    domain.amend_plan(
        state=State(application.state),
        amendment_due_at=application.amendment_due_at,
        now=work.now,
    )
    known = await queries.dossier_of(work.session, application)
    if len(known.documents) >= DOCUMENTS_MAX:
        raise Conflict(
            "applications.too_many_documents",
            f"El expediente ya tiene {DOCUMENTS_MAX} documentos; reúna varios en uno.",
        )
    document = Document(
        id=new_id("doc"),
        application_id=application_id,
        kind=kind,
        name=name,
        sha256=sha256,
        size_bytes=size_bytes,
        attached_by=work.actor.sub,
        attached_at=work.now,
    )
    work.session.add(document)
    _touch(work, application)
    work.record(
        "applications.document.attach",
        application.id,
        {"document_id": document.id, "kind": kind, "sha256": sha256},
    )
    return document


async def _locked(work: Work, application_id: str) -> Application:
    return await locked(work.session, Application, application_id)


def _touch(work: Work, application: Application) -> None:
    application.version += 1
    application.updated_at = work.now


async def _move(
    work: Work,
    application: Application,
    to: State,
    verb: str,
    detail: dict[str, Any],
    event: Event,
) -> Dossier:
    before = State(application.state)
    application.state = to.value
    if to in domain.DECIDED and application.first_submitted_at is not None:
        application.decided_in_term = domain.in_term(application.first_submitted_at, work.now)
    _touch(work, application)
    change = {"from": before.value, "to": to.value, **detail}
    work.record(f"applications.application.{verb}", application.id, change)
    work.publish(event, version=application.version)
    _note_transition(work, application, before=before.value, detail=detail)
    return await queries.dossier_of(work.session, application)


def _note_transition(
    work: Work, application: Application, *, before: str, detail: dict[str, Any]
) -> None:
    name, reason = domain.NAMES_ES[State(application.state)], detail.get("reason")
    _note(
        work,
        application_id=application.id,
        at=work.now,
        source="applications",
        what=f"{before}->{application.state}",
        subject=application.id,
        detail={"version": application.version, **detail},
        text_es=f"La solicitud quedó {name}" + (f": {reason}" if reason else "."),
    )


async def note_event(
    work: Work, *, application_id: str | None, subject: str, at: datetime, **entry: Any
) -> None:
    """Put another room's event on the timeline: event_id, source, what, detail and text_es.

    An event without an application's id belongs to the application of earlier events on the same
    subject. Raises NotYet while the application is not known here.
    """
    if application_id is None:
        application_id = await queries.application_of_subject(work.session, subject=subject)
    if application_id is None or await work.session.get(Application, application_id) is None:
        raise NotYet(f"no application {application_id} for an event of {subject}")
    _note(work, application_id=application_id, at=at, subject=subject, **entry)


def _note(work: Work, *, application_id: str, at: datetime, **entry: Any) -> None:
    entry_id = new_id("tim")
    work.session.add(
        TimelineEntry(
            id=entry_id,
            application_id=application_id,
            position=f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}_{entry_id}",
            at=at,
            **entry,
        )
    )


def _ids(application: Application) -> dict[str, Any]:
    return {
        "application_id": application.id,
        "call_id": application.call_id,
        "consortium_id": application.consortium_id,
    }


def _sha256(content: dict[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()

"""The life cycle of an application (solicitud): which moves there are and what each demands.

Every function returns the new state or raises an error with a stable code; none reads a clock,
a database or a setting.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Literal

from services.kernel.clock import lima_date
from services.kernel.errors import Conflict, Denied, FieldError, FundError, Invalid, Stale
from services.kernel.values import MAX_CENTIMOS, to_amount
from services.kernel.working_days import end_of_term

Instrument = Literal["agroideas", "agrobanco"]


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_ASSESSMENT = "under_assessment"
    OBSERVED = "observed"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    EVALUATED = "evaluated"
    IN_BOARD = "in_board"
    APPROVED = "approved"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    AGREED = "agreed"
    EXECUTING = "executing"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


S = State
_ENDS: Final = frozenset({S.WITHDRAWN, S.EXPIRED})
TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    S.DRAFT: frozenset({S.SUBMITTED}) | _ENDS,
    S.SUBMITTED: frozenset({S.UNDER_ASSESSMENT}) | _ENDS,
    S.UNDER_ASSESSMENT: frozenset({S.OBSERVED, S.ELIGIBLE, S.INELIGIBLE}) | _ENDS,
    S.OBSERVED: frozenset({S.SUBMITTED, S.INELIGIBLE}) | _ENDS,
    S.ELIGIBLE: frozenset({S.EVALUATED}) | _ENDS,
    S.EVALUATED: frozenset({S.IN_BOARD}) | _ENDS,
    S.IN_BOARD: frozenset({S.APPROVED, S.REJECTED, S.DEFERRED}) | _ENDS,
    S.APPROVED: frozenset({S.AGREED}) | _ENDS,
    S.DEFERRED: frozenset({S.IN_BOARD}) | _ENDS,
    S.AGREED: frozenset({S.EXECUTING, S.EXPIRED}),
    S.EXECUTING: frozenset({S.CLOSED, S.SUSPENDED, S.TERMINATED}),
    S.INELIGIBLE: frozenset(),
    S.REJECTED: frozenset(),
    S.CLOSED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.EXPIRED: frozenset(),
    S.SUSPENDED: frozenset(),
    S.TERMINATED: frozenset(),
}
"""The only allowed moves, as the domain page draws them."""

OVER: Final = frozenset({S.INELIGIBLE, S.REJECTED, S.CLOSED, S.WITHDRAWN, S.EXPIRED, S.TERMINATED})
"""States in which the consortium may apply to the same call again."""

DECIDED: Final = frozenset({S.APPROVED, S.REJECTED, S.INELIGIBLE})
"""States by which an application is answered."""

DECISION_TERM_WORKING_DAYS: Final = 30
"""From the first submission to the answer (LPAG art. 39)."""

SOURCES: Final = ("agroideas", "agrobanco", "own")
"""Who may pay for a budget line."""

AMOUNTS: Final = ("total", *SOURCES)

INSTRUMENTS: Final = ("agroideas", "agrobanco")

EDITABLE: Final = frozenset({S.DRAFT, S.OBSERVED})

PROGRESS_FROM: Final[dict[State, frozenset[State]]] = {
    S.IN_BOARD: frozenset({S.EVALUATED, S.DEFERRED}),
    S.APPROVED: frozenset({S.IN_BOARD}),
    S.REJECTED: frozenset({S.IN_BOARD}),
    S.DEFERRED: frozenset({S.IN_BOARD}),
    S.AGREED: frozenset({S.APPROVED}),
    S.EXECUTING: frozenset({S.AGREED}),
    S.CLOSED: frozenset({S.EXECUTING}),
    S.TERMINATED: frozenset({S.EXECUTING}),
    S.INELIGIBLE: frozenset({S.OBSERVED}),
    S.EXPIRED: frozenset(before for before, after in TRANSITIONS.items() if S.EXPIRED in after),
}
"""The moves that a workflow reports; an assessment alone decides the others into ineligible."""

NAMES_ES: Final[dict[State, str]] = {
    S.DRAFT: "en borrador",
    S.SUBMITTED: "presentada",
    S.UNDER_ASSESSMENT: "en revisión de elegibilidad",
    S.OBSERVED: "observada",
    S.ELIGIBLE: "elegible",
    S.INELIGIBLE: "no elegible",
    S.EVALUATED: "evaluada",
    S.IN_BOARD: "en el consejo directivo",
    S.APPROVED: "aprobada",
    S.REJECTED: "denegada",
    S.DEFERRED: "aplazada",
    S.AGREED: "con convenio",
    S.EXECUTING: "en ejecución",
    S.CLOSED: "cerrada",
    S.WITHDRAWN: "desistida",
    S.EXPIRED: "vencida",
    S.SUSPENDED: "suspendida",
    S.TERMINATED: "resuelta",
}

ALREADY_APPLIED: Final = Conflict(
    "applications.already_applied",
    "El consorcio ya tiene una solicitud abierta en esta convocatoria; continúe con ella o"
    " desista de ella antes de crear otra.",
)
EVALUATOR_IS_REGISTRAR: Final = Denied(
    "applications.evaluator_is_registrar",
    "Quien registró el expediente no puede evaluarlo; debe hacerlo otra persona de la secretaría.",
)
CALL_CODE_TAKEN: Final = Conflict(
    "applications.call_code_taken", "Ya existe una convocatoria con ese código; use otro."
)
CALL_PERIOD: Final = Invalid(
    "applications.call_period",
    "La convocatoria no puede cerrar antes de abrir.",
    errors=[
        FieldError(
            "/closes_on", "applications.call_period", "Ponga opens_on o una fecha posterior."
        )
    ],
)
DOCUMENT_ALREADY_ATTACHED: Final = Conflict(
    "applications.document_already_attached",
    "Ese documento (mismo sha256) ya está en el expediente.",
)


def move(*, state: State, to: State) -> State:
    """The new state, if the life cycle has this move; raises applications.illegal_transition."""
    if to not in TRANSITIONS[state]:
        raise _illegal(state, to)
    return to


def in_term(submitted_at: datetime, now: datetime) -> bool:
    """Whether an answer now is within the legal term of an application first submitted then."""
    return now < end_of_term(submitted_at, DECISION_TERM_WORKING_DAYS)


def region_with_most_land(regions: Sequence[Mapping[str, str]]) -> str | None:
    """The name of the region (scheme and two digits of the ubigeo) with most hectares, if any."""
    most = max(regions, key=lambda one: (Decimal(one["area_ha"]), one["name"]), default=None)
    return None if most is None else most["name"]


def _illegal(state: State, to: State) -> Conflict:
    possible = ", ".join(sorted(NAMES_ES[after] for after in TRANSITIONS[state])) or "ninguno"
    return Conflict(
        "applications.illegal_transition",
        f"La solicitud está {NAMES_ES[state]} y no puede pasar a {NAMES_ES[to]}."
        f" Pasos posibles: {possible}.",
    )


def submit(
    *,
    state: State,
    opens_on: date,
    closes_on: date,
    amendment_due_at: datetime | None,
    budget_lines: int,
    tranches: int,
    now: datetime,
) -> State:
    """Hand the dossier in: the first time while the call is open, later within the amendment term.

    Raises applications.illegal_transition, .call_not_open, .amendment_term_over, .plan_incomplete.
    """
    if state not in EDITABLE:
        raise _illegal(state, S.SUBMITTED)
    if state == S.DRAFT and not opens_on <= lima_date(now) <= closes_on:
        raise Conflict(
            "applications.call_not_open",
            f"La convocatoria recibe solicitudes del {opens_on.isoformat()} al"
            f" {closes_on.isoformat()} (hora de Lima).",
        )
    if state == S.OBSERVED:
        _within_amendment_term(amendment_due_at, now)
    missing = [
        FieldError(f"/plan/{name}", "applications.plan_incomplete", f"Agregue al menos {what}.")
        for name, what, count in (
            ("budget_lines", "una partida", budget_lines),
            ("tranches", "un desembolso", tranches),
        )
        if count == 0
    ]
    if missing:
        raise Invalid(
            "applications.plan_incomplete",
            "El plan de negocios no está completo; corríjalo y presente la solicitud.",
            errors=missing,
        )
    return S.SUBMITTED


def _within_amendment_term(due_at: datetime | None, now: datetime) -> None:
    if due_at is None or now > due_at:
        raise Conflict(
            "applications.amendment_term_over",
            "El plazo de subsanación terminó; la solicitud ya no se puede corregir.",
        )


def amend_plan(*, state: State, amendment_due_at: datetime | None, now: datetime) -> State:
    """Change the plan of a draft, or of an observed application within its term.

    Raises applications.not_editable and applications.amendment_term_over.
    """
    if state not in EDITABLE:
        raise Conflict(
            "applications.not_editable",
            f"La solicitud está {NAMES_ES[state]}; el expediente solo se cambia en borrador o"
            " cuando está observada.",
        )
    if state == S.OBSERVED:
        _within_amendment_term(amendment_due_at, now)
    return state


def take_up(*, state: State) -> State:
    """The eligibility assessment begins."""
    return move(state=state, to=S.UNDER_ASSESSMENT)


def record_assessment(*, state: State, eligible: bool, may_amend: bool) -> State:
    """What the assessment found: eligible; observed when an amendment term is given; or not."""
    if eligible:
        return move(state=state, to=S.ELIGIBLE)
    if may_amend:
        return move(state=state, to=S.OBSERVED)
    if state != S.UNDER_ASSESSMENT:
        raise _illegal(state, S.INELIGIBLE)
    return move(state=state, to=S.INELIGIBLE)


def evaluate(*, state: State, evaluator: str, registrar: str) -> State:
    """The secretariat's technical evaluation, by somebody who did not register the file.

    Raises applications.illegal_transition and applications.evaluator_is_registrar.
    """
    after = move(state=state, to=S.EVALUATED)
    if evaluator == registrar:
        raise again(EVALUATOR_IS_REGISTRAR)
    return after


def progress(*, state: State, to: State, reason: str | None) -> State:
    """A later step of the way, reported by the workflow; ineligible needs its reason.

    Raises applications.illegal_transition and applications.reason_required.
    """
    if state not in PROGRESS_FROM.get(to, frozenset()):
        raise _illegal(state, to)
    if to == S.INELIGIBLE and not reason:
        raise Invalid(
            "applications.reason_required",
            "Diga por qué la solicitud queda no elegible.",
            errors=[FieldError("/reason", "applications.reason_required", "Agregue la razón.")],
        )
    return move(state=state, to=to)


def waive_amendment(*, state: State) -> State:
    """The consortium will not amend: the observations stand and the application is ineligible."""
    if state != S.OBSERVED:
        raise _illegal(state, S.INELIGIBLE)
    return S.INELIGIBLE


def withdraw(*, state: State) -> State:
    """The consortium gives up its application (desistimiento), possible until the agreement."""
    return move(state=state, to=S.WITHDRAWN)


def check_version(*, expected: int | None, actual: int) -> None:
    """Raises applications.stale unless the caller saw the present version (None: any)."""
    if expected is not None and expected != actual:
        raise Stale(
            "applications.stale",
            f"Otra persona cambió la solicitud (versión {actual}); léala de nuevo y repita.",
        )


def _in_order(plan: dict[str, Any]) -> list[int]:
    """The number that each tranche should have: its place among its channel's tranches."""
    channels = [tranche["channel"] for tranche in plan["tranches"]]
    return [channels[: index + 1].count(channel) for index, channel in enumerate(channels)]


def check_plan_shape(*, plan: dict[str, Any]) -> None:
    """The plan's form only: unique line numbers, tranches numbered by channel, sums in range.

    Whether the sums are right is the policy's question. Raises applications.plan_malformed.
    """
    line_numbers = [line["line_no"] for line in plan["budget_lines"]]
    sequences = [tranche["sequence"] for tranche in plan["tranches"]]
    errors = [
        FieldError(
            f"/plan/budget_lines/{index}/line_no",
            "applications.line_no_repeated",
            f"La partida {number} está repetida; numérelas distinto.",
        )
        for index, number in enumerate(line_numbers)
        if number in line_numbers[:index]
    ]
    errors += [
        FieldError(
            f"/plan/tranches/{index}/sequence",
            "applications.sequence_broken",
            f"Numere los desembolsos de cada canal en orden desde 1; aquí va {expected}.",
        )
        for index, (sequence, expected) in enumerate(zip(sequences, _in_order(plan), strict=True))
        if sequence != expected
    ]
    if any(total > MAX_CENTIMOS for total in plan_totals(plan).values()):
        errors.append(
            FieldError(
                "/plan/budget_lines",
                "applications.plan_total_too_large",
                "La suma de las partidas pasa de S/ 10^12.",
            )
        )
    if errors:
        raise Invalid("applications.plan_malformed", "Revise el plan de negocios.", errors=errors)


def check_tranche_sums(*, plan: dict[str, Any]) -> None:
    """The tranches of each instrument sum to what the budget lines ask of it, to the céntimo.

    Raises applications.tranches_off, with both sums of each instrument that is off.
    """
    asked, paid = plan_totals(plan), dict.fromkeys(INSTRUMENTS, 0)
    for tranche in plan["tranches"]:
        paid[tranche["channel"]] += tranche["amount"]
    errors = [
        FieldError(
            "/plan/tranches",
            "applications.tranches_off",
            f"Las partidas piden S/ {to_amount(asked[channel])} a {channel} y sus desembolsos"
            f" suman S/ {to_amount(paid[channel])}; deben ser iguales al céntimo.",
        )
        for channel in INSTRUMENTS
        if asked[channel] != paid[channel]
    ]
    if errors:
        raise Invalid(
            "applications.tranches_off", " ".join(item.detail for item in errors), errors=errors
        )


def again(error: FundError) -> FundError:
    """A fresh copy of a constant error, so that no traceback is shared between requests."""
    return type(error)(error.code, error.detail, errors=error.errors)


def plan_as_shown(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with money as decimal text: what the API shows and what the dossier's hash covers.

    The stored plan keeps integer céntimos in the same fields.
    """
    return {
        **plan,
        "budget_lines": [
            {**line, **{name: _money(line[name]) for name in AMOUNTS}}
            for line in plan["budget_lines"]
        ],
        "tranches": [
            {**tranche, "amount": _money(tranche["amount"])} for tranche in plan["tranches"]
        ],
    }


def _money(centimos: int) -> dict[str, str]:
    return {"amount": to_amount(centimos), "currency": "PEN"}


def plan_totals(plan: dict[str, Any]) -> dict[str, int]:
    """Céntimos over all budget lines: the total, and what each source pays."""
    return {name: sum(int(line[name]) for line in plan["budget_lines"]) for name in AMOUNTS}

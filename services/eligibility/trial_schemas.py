"""Bodies of what is asked beside single assessments: simulations, batches, waits and the funnel."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, JsonValue

from services.eligibility.batches import Outcome, Refused
from services.eligibility.events import ApplicationId
from services.eligibility.funnel import Funnel
from services.eligibility.models import Assessment, AssessmentWait
from services.eligibility.policy import Finding, Parameter, Predicates, Score
from services.eligibility.registers.asking import NAMES
from services.eligibility.schemas import (
    APPLICATION,
    FINDING,
    AssessmentSummaryOut,
    CallId,
    ConsortiumId,
    EvidenceOut,
)
from services.eligibility.signals import Review
from services.eligibility.trials import Trial
from services.kernel.schemas import Body, example, identifier

AWAITED = {**NAMES, "policy": "del motor de reglas", "rooms": "de otro servicio del fondo"}


class BatchIn(Body):
    """Which applications to assess."""

    model_config = example({"application_ids": [APPLICATION]})

    application_ids: Annotated[list[ApplicationId], Field(min_length=1, max_length=100)]


class RefusedOut(Body):
    """Why an application was not assessed."""

    code: str
    detail: str


class BatchResultOut(Body):
    """One application of a batch: its assessment, or why there is none."""

    application_id: ApplicationId
    assessment: AssessmentSummaryOut | None
    refused: RefusedOut | None


class BatchOut(Body):
    """What became of each application, in the order asked; one asked twice stands once."""

    results: list[BatchResultOut]

    @classmethod
    def of(cls, outcomes: dict[str, Outcome]) -> Self:
        """The outcomes of a batch."""
        return cls(
            results=[
                BatchResultOut(
                    application_id=name,
                    assessment=AssessmentSummaryOut.of(one)
                    if isinstance(one, Assessment)
                    else None,
                    refused=RefusedOut(code=one.code, detail=one.detail)
                    if isinstance(one, Refused)
                    else None,
                )
                for name, one in outcomes.items()
            ]
        )


SIMULATION_NOTICE: Final = (
    "Esto es una simulación con los datos de hoy: no es una evaluación, no obliga al fondo y no"
    " se guarda. La evaluación se hace cuando la solicitud se presenta."
)


class SimulationOut(Body):
    """What an assessment would say today; not an assessment."""

    model_config = example(
        {
            "simulation": True,
            "notice": SIMULATION_NOTICE,
            "application_id": APPLICATION,
            "as_of": "2026-03-02",
            "eligible": False,
            "outcome": "ineligible",
            "findings": [FINDING],
            "policy_revision": "3f2a9c1b7d04",
        }
    )

    simulation: Literal[True]
    notice: str
    application_id: ApplicationId
    consortium_id: ConsortiumId
    call_id: CallId
    as_of: date
    eligible: bool
    outcome: Literal["eligible", "ineligible"]
    findings: list[Finding]
    limits: dict[str, JsonValue]
    score: Score
    parameters_used: list[Parameter]
    predicates: Predicates | None = None
    review: Review = Review()
    policy_revision: str
    evidence: list[EvidenceOut]

    @classmethod
    def of(cls, trial: Trial) -> Self:
        """The answer, marked as a simulation."""
        application = trial.application
        return cls.model_validate(
            {
                **trial.answer.document,
                "simulation": True,
                "notice": SIMULATION_NOTICE,
                "application_id": application.id,
                "consortium_id": application.consortium_id,
                "call_id": application.call_id,
                "as_of": trial.as_of,
                "policy_revision": trial.answer.revision,
                "evidence": [one.document() for one in trial.dossier.evidence],
            }
        )


class AssessmentWaitOut(Body):
    """What the assessment of a round waits for; `ended_at` is null while it waits."""

    model_config = example(
        {
            "id": "wai_01k9z8s2a4e7rvq4n2m3k1j0hg",
            "application_id": APPLICATION,
            "consortium_id": "con_01k9z8r5x6e7rvq4n2m3k1j0hg",
            "round": 1,
            "waiting_for": "reniec",
            "message": "La evaluación espera la respuesta del RENIEC; se reintenta sola.",
            "reason": "No hay respuesta válida del RENIEC (no responde).",
            "since": "2026-03-02T15:00:00Z",
            "last_tried_at": "2026-03-02T15:04:00Z",
            "attempts": 7,
            "ended_at": None,
        }
    )

    id: Annotated[str, identifier("wai")]
    application_id: ApplicationId
    consortium_id: ConsortiumId
    round: int
    waiting_for: Literal["sunat", "reniec", "ppa", "sunarp", "credit", "policy", "rooms"]
    message: str
    reason: str
    since: AwareDatetime
    last_tried_at: AwareDatetime
    attempts: int
    ended_at: AwareDatetime | None

    @classmethod
    def of(cls, row: AssessmentWait) -> Self:
        """The wait with a sentence for whoever asked."""
        whom = AWAITED[row.waiting_for]
        message = (
            f"La evaluación espera la respuesta {whom}; se reintenta sola."
            if row.ended_at is None
            else f"La evaluación esperó la respuesta {whom} y ya se hizo."
        )
        return cls.model_validate({**row.model_dump(), "message": message})


class FunnelGroupOut(Body):
    """Members of one region (INEI department), sex or tenure; `unknown` where no fact says."""

    value: str
    members: int


class FunnelRuleOut(Body):
    """A rule, whom it turned away, and how many its cure alone would admit."""

    code: str
    rule: str
    norm: str
    cure_es: str
    cure_en: str
    applications: int
    members: int
    admitted_by_cure: Annotated[
        int, Field(description="Applications for which no other rule stands in the way.")
    ]
    by_region: list[FunnelGroupOut]
    by_sex: list[FunnelGroupOut]
    by_tenure: list[FunnelGroupOut]


class FunnelOut(Body):
    """The applications of a call by their newest decision, and the rules that turned some away."""

    call_id: CallId
    assessed: int
    turned_away: int
    rules: list[FunnelRuleOut]

    @classmethod
    def of(cls, funnel: Funnel) -> Self:
        """The report of a funnel."""
        rules = [
            {
                **asdict(rule),
                **{f"by_{name}": groups for name, groups in asdict(rule)["by"].items()},
            }
            for rule in funnel.rules
        ]
        for rule in rules:
            del rule["by"]
        return cls.model_validate({**asdict(funnel), "rules": rules})

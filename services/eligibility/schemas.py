"""Bodies of requests and answers."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, JsonValue

from services.eligibility.events import ApplicationId, AssessmentId
from services.eligibility.models import Assessment, AssessmentWait, Replay
from services.eligibility.policy import Finding, Parameter, Score
from services.kernel.schemas import Body, Sha256, example, identifier

APPLICATION = "app_01k9z8r5x6e7rvq4n2m3k1j0hg"
ASSESSMENT = "ass_01k9z8s2a4e7rvq4n2m3k1j0hg"
FINDING = {
    "code": "MEM-003",
    "severity": "blocking",
    "rule": "fund.eligibility.members.area_max",
    "subject": {
        "type": "member",
        "id": "pro_01k9z8r5x6e7rvq4n2m3k1j0hg",
        "label": "Rosa Quispe Huamán",
    },
    "norm": "Fondo AgroPerú (0.5 a 5 ha) y política del fondo (menos de 5 ha)",
    "source": "parameter fund.producer.max_ha",
    "message_es": "Rosa Quispe Huamán tiene 6.2000 ha; el máximo es menos de 5 ha.",
    "message_en": "Rosa Quispe Huamán has 6.2000 ha; the maximum is below 5 ha.",
    "cure_es": "Retire al productor del consorcio o corrija sus predios en el padrón.",
    "cure_en": "Withdraw the producer from the consortium or correct the parcels in the register.",
    "fact": {"total_area_m2": 62000},
    "parameter": {"key": "fund.producer.max_ha", "value": 5, "unit": "ha"},
}

AWAITED = {
    "sunat": "de la SUNAT",
    "reniec": "del RENIEC",
    "ppa": "del Padrón de Productores Agrarios (PPA)",
    "sunarp": "de la SUNARP",
    "credit": "de la central de riesgos",
    "policy": "del motor de reglas",
    "rooms": "de otro servicio del fondo",
}

CallId = Annotated[str, identifier("cal")]
ConsortiumId = Annotated[str, identifier("con")]


class AssessmentIn(Body):
    """Which application to assess."""

    model_config = example({"application_id": APPLICATION})

    application_id: ApplicationId


class EvidenceOut(Body):
    """Who said what, where and when; the hash stands for the body that was read."""

    source: str
    path: str
    sha256: Sha256
    fetched_at: AwareDatetime


class FindingSummaryOut(Body):
    """A finding's code and weight."""

    code: str
    severity: Literal["blocking", "signal", "info"]


class AssessmentSummaryOut(Body):
    """An assessment in a list."""

    id: Annotated[str, identifier("ass")]
    application_id: ApplicationId
    consortium_id: ConsortiumId
    round: int
    as_of: date
    eligible: bool
    outcome: Literal["eligible", "ineligible"]
    findings: list[FindingSummaryOut]
    policy_revision: str
    assessed_at: AwareDatetime

    @classmethod
    def of(cls, row: Assessment) -> Self:
        """The summary of a stored assessment."""
        plain = row.model_dump(include=set(cls.model_fields) - {"findings"})
        findings = [
            FindingSummaryOut(code=found["code"], severity=found["severity"])
            for found in row.decision["findings"]
        ]
        return cls(**plain, findings=findings)


class AssessmentOut(Body):
    """An assessment whole: the answer with its reasons, the question, and whence each fact came."""

    model_config = example(
        {
            "id": ASSESSMENT,
            "application_id": APPLICATION,
            "eligible": False,
            "outcome": "ineligible",
            "findings": [FINDING],
            "policy_revision": "3f2a9c1b7d04",
        }
    )

    id: Annotated[str, identifier("ass")]
    application_id: ApplicationId
    consortium_id: ConsortiumId
    call_id: CallId
    round: int
    dossier_sha256: Sha256
    as_of: date
    eligible: bool
    outcome: Literal["eligible", "ineligible"]
    findings: list[Finding]
    limits: dict[str, JsonValue]
    score: Score
    parameters_used: list[Parameter]
    policy_revision: str
    input: dict[str, Any]
    input_sha256: Sha256
    evidence: list[EvidenceOut]
    assessed_at: AwareDatetime

    @classmethod
    def of(cls, row: Assessment) -> Self:
        """The whole of a stored assessment."""
        said = {"findings", "limits", "score", "parameters_used"}
        plain = row.model_dump(include=set(cls.model_fields) - said)
        return cls.model_validate({**plain, **{name: row.decision[name] for name in said}})


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


class DifferenceOut(Body):
    """A place (JSON Pointer) where stored and present answer differ; null where one is silent."""

    path: str
    stored: Any
    now: Any


class ReplayOut(Body):
    """What asking the stored question again gave."""

    model_config = example(
        {
            "id": "rep_01k9z8t7c4e7rvq4n2m3k1j0hg",
            "assessment_id": ASSESSMENT,
            "same": True,
            "stored_revision": "3f2a9c1b7d04",
            "current_revision": "3f2a9c1b7d04",
            "revision_changed": False,
            "note": "Las reglas son las mismas y la respuesta también.",
            "differences": [],
            "replayed_by": "auditora@contraloria.example",
            "replayed_at": "2026-03-02T15:00:00Z",
        }
    )

    id: Annotated[str, identifier("rep")]
    assessment_id: AssessmentId
    same: bool
    stored_revision: str
    current_revision: str
    revision_changed: Annotated[bool, Field(description="Whether the rules are another revision.")]
    note: str
    differences: list[DifferenceOut]
    replayed_by: str
    replayed_at: AwareDatetime

    @classmethod
    def of(cls, row: Replay) -> Self:
        """The answer to a replay, with a sentence for whoever asked."""
        changed = row.stored_revision != row.current_revision
        rules = (
            f"Las reglas cambiaron de revisión ({row.stored_revision} → {row.current_revision})"
            if changed
            else "Las reglas son las mismas"
        )
        answer = "la respuesta es la misma" if row.same else "la respuesta es otra"
        return cls.model_validate(
            {**row.model_dump(), "revision_changed": changed, "note": f"{rules}; {answer}."}
        )

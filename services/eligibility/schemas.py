"""Bodies of requests and answers."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints

from services.eligibility import domain
from services.eligibility.events import ApplicationId, AssessmentId
from services.eligibility.models import Assessment, FindingAnswer, Replay
from services.eligibility.policy import Finding, Parameter, Predicates, Score
from services.eligibility.signals import Review
from services.kernel.schemas import Body, Prose, Sha256, example, identifier

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

CallId = Annotated[str, identifier("cal")]
ConsortiumId = Annotated[str, identifier("con")]
DocumentId = Annotated[str, identifier("doc")]
FINDING_CODE_PATTERN = "^[A-Z]{3}-[0-9]{3}$"
FindingCode = Annotated[
    str, StringConstraints(pattern=FINDING_CODE_PATTERN), Field(examples=["SPL-001"])
]


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


class AnswerIn(Body):
    """What the consortium says to a finding, and the documents of the dossier that show it."""

    model_config = example(
        {
            "text": "Los predios provienen de la sucesión intestada de don Julián Quispe.",
            "document_ids": [],
        }
    )

    text: Prose
    document_ids: Annotated[list[DocumentId], Field(max_length=20)] = []


class AnswerOut(Body):
    """An answer to a finding; it was in time until due_at."""

    id: Annotated[str, identifier("ans")]
    assessment_id: AssessmentId
    finding_code: FindingCode
    text: str
    document_ids: list[DocumentId]
    answered_by: Annotated[str, Field(examples=["socia-1"])]
    answered_at: AwareDatetime
    due_at: AwareDatetime

    @classmethod
    def of(cls, row: FindingAnswer) -> Self:
        """The body of a stored answer."""
        return cls.model_validate(row.model_dump())


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
    predicates: Predicates | None
    review: Review
    policy_revision: str
    input: dict[str, Any]
    input_sha256: Sha256
    evidence: list[EvidenceOut]
    assessed_at: AwareDatetime
    answers: list[AnswerOut]

    @classmethod
    def of(cls, row: Assessment, answers: Sequence[FindingAnswer] = ()) -> Self:
        """The whole of a stored assessment, with what the consortium answered to it."""
        said = {"findings", "limits", "score", "parameters_used"}
        later: dict[str, Any] = {"predicates": None, "review": {}}
        plain = row.model_dump(include=set(cls.model_fields) - said - later.keys() - {"answers"})
        stored = {name: row.decision[name] for name in said}
        # Older rules said neither of these.
        stored |= {name: row.decision.get(name, before) for name, before in later.items()}
        given = [AnswerOut.of(answer) for answer in answers]
        return cls.model_validate({**plain, **stored, "answers": given})


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
            "outcome_changed": False,
            "findings_added": [],
            "findings_removed": [],
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
    outcome_changed: bool
    findings_added: Annotated[
        list[Finding], Field(description="Found under these rules and not when it was decided.")
    ]
    findings_removed: Annotated[
        list[Finding], Field(description="Found when it was decided and not under these rules.")
    ]
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
        added, removed = domain.findings_moved(row.differences)
        return cls.model_validate(
            {
                **row.model_dump(),
                "revision_changed": changed,
                "note": f"{rules}; {answer}.",
                "outcome_changed": any(d["path"] == "/outcome" for d in row.differences),
                "findings_added": added,
                "findings_removed": removed,
            }
        )

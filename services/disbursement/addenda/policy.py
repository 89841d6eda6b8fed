"""The question of an addendum to OPA: may it go on, and does the board decide on it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from services.disbursement import decisions
from services.disbursement.addenda import rules
from services.disbursement.models import Decision
from services.kernel.clock import lima_date
from services.kernel.errors import Invalid, Unavailable
from services.kernel.opa import Opa
from services.kernel.work import Work

PACKAGE = "fund.disbursement.amendments"


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    allow: bool
    route: Literal["secretariat", "board"]
    findings: list[dict[str, Any]]
    term_working_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of an addendum."""

    agreement_state: str
    number: int
    drafted_by: str
    board: Mapping[str, Any]
    """The plan that the board approved last."""
    current: Mapping[str, Any]
    proposed: Mapping[str, Any]
    started: Sequence[rules.Key]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The policy's leave: who decides, until when, and the decision that is to be kept."""

    route: str
    term_working_days: int
    findings: list[dict[str, Any]]
    decision: Decision


async def rule(work: Work, opa: Opa, asked: Asked, *, approver: str | None, subject: str) -> Ruling:
    """Ask, and keep the answer; raises disbursement.addendum_refused with the findings that block,
    and policy.unavailable for an answer that cannot be read."""
    question = {
        "as_of": lima_date(work.now).isoformat(),
        "agreement": {"state": asked.agreement_state},
        "addendum": {"number": asked.number, "drafted_by": asked.drafted_by},
        "approver": approver,
        **{name: rules.plain(getattr(asked, name)) for name in ("board", "current", "proposed")},
        "started": [{"sequence": key[0], "channel": key[1]} for key in sorted(asked.started)],
    }
    answer = await opa.ask(PACKAGE, question)
    try:
        said = _Said.model_validate(answer.result)
    except ValidationError as error:
        raise Unavailable(
            "policy.unavailable",
            "El motor de reglas no respondió sobre la adenda; no se hizo ningún cambio.",
            retry_after_s=2,
        ) from error
    if not said.allow or said.term_working_days is None:
        raise Invalid(
            "disbursement.addendum_refused",
            "Las reglas de las adendas no lo permiten; vea errors.",
            errors=decisions.errors_of(
                finding for finding in said.findings if finding.get("severity") == "blocking"
            ),
        )
    decision = await decisions.keep(
        work, package=PACKAGE, subject=subject, question=question, answer=answer
    )
    return Ruling(said.route, said.term_working_days, said.findings, decision)

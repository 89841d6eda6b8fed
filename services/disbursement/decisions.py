"""The policy's word behind an effect: kept with its whole question, or told finding by finding."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.disbursement.models import Decision
from services.kernel.errors import FieldError
from services.kernel.ids import new_id
from services.kernel.opa import Decision as Answer
from services.kernel.work import Work


async def keep(
    work: Work, *, package: str, subject: str, question: dict[str, Any], answer: Answer
) -> Decision:
    """Write down what was asked and answered, so that it can be replayed."""
    decision = Decision(
        id=new_id("dec"),
        package=package,
        subject=subject,
        input=question,
        answer=answer.result,
        policy_revision=answer.revision,
        decided_at=work.now,
    )
    work.session.add(decision)
    await work.session.flush()
    return decision


def errors_of(findings: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """The findings as a problem's errors."""
    return [
        FieldError("", str(finding.get("code")), str(finding.get("message_es")))
        for finding in findings
    ]

"""Bodies of holds, suspension and termination."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, StringConstraints

from services.disbursement import holds
from services.disbursement.models import Hold
from services.kernel import schemas as kernel
from services.kernel.schemas import Body, example, identifier

Instant = Annotated[datetime, AfterValidator(lambda value: value.astimezone(UTC))]
Target = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9_]*$")]


def _told(value: str) -> str:
    if not value.strip():
        raise ValueError("blank")
    return value


Reason = Annotated[kernel.Prose, AfterValidator(_told)]


class ReasonIn(Body):
    """Why."""

    model_config = example({"reason": "Informe de control 031-2026: hitos sin sustento."})

    reason: Reason


class HoldIn(Body):
    """What is held back, why, and until when; `target` is the id, channel, DNI or RUC."""

    model_config = example(
        {
            "scope": "channel",
            "target": "agrobanco",
            "reason": "Auditoría en curso.",
            "ends_at": "2026-12-31T23:59:00Z",
        }
    )

    scope: holds.Scope
    target: Target = ""
    reason: Reason
    ends_at: kernel.Instant | None = None


class HoldOut(Body):
    """A hold: who placed it and why, until when, and who lifted it."""

    id: Annotated[str, identifier("hld")]
    scope: holds.Scope
    target: str
    reason: str
    placed_by: str
    placed_at: Instant
    ends_at: Instant | None
    lifted_by: str | None
    lifted_at: Instant | None
    lift_reason: str | None

    @classmethod
    def of(cls, hold: Hold) -> Self:
        """The hold's body."""
        return cls.model_validate(hold.model_dump(include=set(cls.model_fields)))


class HoldsOut(Body):
    """The holds that stand."""

    data: list[HoldOut]

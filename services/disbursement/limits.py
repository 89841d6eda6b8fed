"""What payments and releases may be, asked of the policies that hold the limits by date."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import NonNegativeInt, TypeAdapter, ValidationError

from services.kernel.clock import lima_date
from services.kernel.errors import Unavailable
from services.kernel.opa import Opa


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one day; amounts in soles, as the parameters have them."""

    instruction_max: NonNegativeInt
    batch_max: NonNegativeInt
    second_release_from: NonNegativeInt
    banks: frozenset[str]

    @property
    def instruction_max_centimos(self) -> int:
        """The most that one instruction may pay."""
        return self.instruction_max * 100

    @property
    def second_from_centimos(self) -> int:
        """The amount of a tranche from which on two persons release."""
        return self.second_release_from * 100


_LIMITS = TypeAdapter(Limits)


async def limits_in_force(opa: Opa, now: datetime) -> Limits:
    """The limits of today; raises policy.unavailable when one of them has no value."""
    answer = await opa.ask("fund.disbursement.limits", {"as_of": lima_date(now).isoformat()})
    try:
        return _LIMITS.validate_python(answer.result.get("limits"))
    except ValidationError as error:
        raise Unavailable(
            "policy.unavailable",
            "El motor de reglas no dio los límites de los pagos; no se hizo ningún cambio.",
            retry_after_s=2,
        ) from error

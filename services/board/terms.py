"""The board's terms in working days, asked of the policies that hold them by date."""

from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from services.board.session_rules import Terms
from services.kernel.clock import lima_date
from services.kernel.errors import Unavailable
from services.kernel.opa import Opa

_TERMS = TypeAdapter(Terms)


async def terms_in_force(opa: Opa, now: datetime) -> Terms:
    """The terms of today; raises policy.unavailable when one of them has no value."""
    answer = await opa.ask("fund.board.clock", {"as_of": lima_date(now).isoformat()})
    try:
        return _TERMS.validate_python(answer.result.get("working_days"))
    except ValidationError as error:
        raise Unavailable(
            "policy.unavailable",
            "El motor de reglas no dio los plazos del consejo; no se hizo ningún cambio.",
            retry_after_s=2,
        ) from error

"""Drawing payments by lot, and writing down what their beneficiaries say."""

from datetime import date
from typing import Final

from services.disbursement import domain
from services.disbursement.models import BeneficiaryCheck
from services.kernel.clock import lima_date
from services.kernel.db import rows_in
from services.kernel.errors import Conflict, Invalid
from services.kernel.rows import locked
from services.kernel.work import Work

_SEED: Final = "SELECT encode(hash, 'hex') FROM ledger_block ORDER BY seq DESC LIMIT 1"
_DRAW: Final = """
INSERT INTO beneficiary_check (instruction_id, seed, drawn_by, drawn_at)
SELECT instruction.id, %(seed)s, %(by)s, %(now)s
FROM instruction JOIN statement_line line ON line.instruction_id = instruction.id
WHERE line.channel = %(channel)s AND line.business_date = %(day)s AND line.kind = 'payment'
    AND instruction.state = 'settled'
    AND NOT EXISTS (SELECT FROM beneficiary_check one WHERE one.instruction_id = instruction.id)
ORDER BY sha256(convert_to(%(seed)s || instruction.id, 'UTF8')) LIMIT %(size)s
ON CONFLICT DO NOTHING
RETURNING instruction_id
"""


async def draw(work: Work, *, channel: str, business_date: date, size: int) -> list[str]:
    """Draw so many of the payments that the channel's statement of the day shows, by lot; gives
    their ids. The lot is the SHA-256 of the ledger's last block and the payment's id: no payment is
    picked by hand, anybody can draw it again, and what was drawn stays.

    Raises disbursement.nothing_to_draw when all were drawn or none was paid that day.
    """
    ((seed,),) = await rows_in(work.session, _SEED, ()) or [("",)]
    asked = {
        "seed": seed,
        "by": work.actor.sub,
        "now": work.now,
        "channel": channel,
        "day": business_date,
        "size": size,
    }
    drawn = [one for (one,) in await rows_in(work.session, _DRAW, asked)]
    if not drawn:
        raise Conflict("disbursement.nothing_to_draw", "Ese día no hay pagos por sortear.")
    change = {"day": business_date.isoformat(), "seed": seed, "drawn": len(drawn)}
    work.record("beneficiary.draw", channel, change)
    return drawn


async def hear(
    work: Work, *, instruction_id: str, amount_centimos: int, received_on: date | None
) -> BeneficiaryCheck:
    """Write down, once, what the beneficiary says was received and on which day; nothing at all is
    zero céntimos and no day.

    Raises Missing for a payment that was not drawn, disbursement.same_person,
    disbursement.already_heard and disbursement.day_of_receipt.
    """
    check = await locked(work.session, BeneficiaryCheck, instruction_id)
    domain.demand_other_person(work.actor.sub, check.drawn_by, "sortea y pregunta")
    if check.heard_at is not None:
        raise Conflict("disbursement.already_heard", "Ese beneficiario ya respondió.")
    today = lima_date(work.now)
    if (amount_centimos > 0) != (received_on is not None) or (received_on or today) > today:
        raise Invalid(
            "disbursement.day_of_receipt",
            "Diga el día en que recibió, hasta hoy; si no recibió nada, cero y ningún día.",
        )
    check.amount_centimos, check.received_on = amount_centimos, received_on
    check.heard_by, check.heard_at = work.actor.sub, work.now
    work.record("beneficiary.hear", instruction_id, {"amount": amount_centimos})
    return check

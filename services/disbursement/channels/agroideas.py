"""Agroideas: grants by REST and JSON; one payment a batch, idempotent by its reference."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import httpx2

from services.disbursement.channels.http import (
    DEFINITIVE_REFUSALS,
    PartnerHttp,
    centimos_of,
    final_after_s,
    object_of,
    text_of,
)
from services.disbursement.channels.protocol import (
    Batch,
    Line,
    PartnerUnclear,
    Sent,
    Status,
    sound_lines,
)
from services.kernel.settings import Settings
from services.kernel.values import to_amount, to_centimos

_OUTCOMES = {
    "accepted": "pending",
    "executed": "executed",
    "rejected": "rejected",
    "returned": "returned",
}


class Agroideas:
    """The programme's payment desk."""

    name = "agroideas"

    def __init__(self, settings: Settings) -> None:
        self._callback_url = f"{settings.room_url('disbursement')}/v1/partners/agroideas/callbacks"
        self._http = PartnerHttp(
            settings.agroideas_url,
            settings.agroideas_client_id,
            settings.agroideas_client_secret,
            settings.channel_timeout_s,
        )

    async def send(self, batch: Batch) -> Sent:
        """Order the batch's one payment."""
        (payment,) = batch.payments
        order = {
            "reference": payment.reference,
            "agreement_id": batch.agreement_id,
            "beneficiary": {
                "name": payment.beneficiary_name[:140],
                "cci": payment.beneficiary_cci,
            },
            "amount": {"amount": to_amount(payment.amount_centimos), "currency": "PEN"},
            "concept": batch.concept[:140],
            "callback_url": self._callback_url,
        }
        try:
            answer = await self._http.post(
                "/v1/payments", json=order, headers={"Idempotency-Key": payment.reference}
            )
            if answer.status_code == 202 and object_of(answer).get("reference") != (
                payment.reference
            ):
                raise PartnerUnclear("a 202 for another reference")
        except (httpx2.HTTPError, PartnerUnclear) as error:
            return Sent("unknown", f"{type(error).__name__}: {error}")
        if answer.status_code == 202:
            return Sent("accepted")
        if answer.status_code in DEFINITIVE_REFUSALS - {409}:
            return Sent("rejected", _code_of(answer))
        return Sent("unknown", f"status {answer.status_code}")

    async def inquire(self, batch: Batch) -> Mapping[str, Status]:
        """The partner's word on the batch's one reference."""
        (payment,) = batch.payments
        answer = await self._http.read(f"/v1/payments/{payment.reference}")
        if answer.status_code == 404:
            return {payment.reference: Status("not_found", final_after_s=final_after_s(answer))}
        body = object_of(answer)
        outcome = _OUTCOMES.get(str(body.get("status")))
        if outcome is None or body.get("reference") != payment.reference:
            raise PartnerUnclear("an answer of another form")
        try:
            amount_centimos = centimos_of(body.get("amount"))
            status = Status(
                outcome,  # type: ignore[arg-type]
                reason_code=text_of(body.get("reason_code") or ""),
                execution_id=text_of(body.get("execution_id") or ""),
            )
        except ValueError as error:
            raise PartnerUnclear(f"an answer of another form: {error}") from error
        if amount_centimos != payment.amount_centimos:
            raise PartnerUnclear(f"another amount for {payment.reference}")
        return {payment.reference: status}

    async def statement(self, day: date) -> Sequence[Line]:
        """The lines of a day in Lima, between two balances that agree with them."""
        answer = await self._http.read("/v1/statements", date=day.isoformat())
        body = object_of(answer)
        try:
            lines = [_line(line, day) for line in body["lines"]]
            moved = _signed(body["closing_balance"]) - _signed(body["opening_balance"])
            stated_day = body["date"]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise PartnerUnclear(f"a statement of another form: {error}") from error
        if stated_day != day.isoformat():
            raise PartnerUnclear(f"a statement of another day: {stated_day!r:.40}")
        return sound_lines(lines, moved)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _line(line: Mapping[str, Any], day: date) -> Line:
    if line["kind"] not in {"payment", "return"}:
        raise ValueError(f"kind {line['kind']!r:.40}")
    return Line(
        line_id=text_of(line["line_id"]),
        reference=text_of(line["reference"]),
        kind=line["kind"],
        amount_centimos=centimos_of(line["amount"]),
        business_date=day,
    )


def _signed(balance: Mapping[str, Any]) -> int:
    amount = text_of(balance["amount"])
    if balance["currency"] != "PEN":
        raise ValueError(f"a balance in {balance['currency']!r:.40}")
    if amount.startswith("-"):
        return -to_centimos(amount[1:])
    return to_centimos(amount)


def _code_of(answer: httpx2.Response) -> str:
    try:
        return text_of(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"

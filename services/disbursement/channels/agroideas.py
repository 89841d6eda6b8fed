"""Agroideas: grants by REST and JSON; one payment a batch, idempotent by its reference."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import httpx2

from services.disbursement.channels.http import DEFINITIVE_REFUSALS, PartnerHttp, final_after_s
from services.disbursement.channels.protocol import Batch, Line, PartnerUnclear, Sent, Status
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
        except (httpx2.HTTPError, PartnerUnclear) as error:
            return Sent("unknown", type(error).__name__)
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
        body = _object(answer)
        outcome = _OUTCOMES.get(str(body.get("status")))
        if outcome is None or body.get("reference") != payment.reference:
            raise PartnerUnclear("an answer of another form")
        return {
            payment.reference: Status(
                outcome,  # type: ignore[arg-type]
                reason_code=str(body.get("reason_code") or ""),
                execution_id=str(body.get("execution_id") or ""),
            )
        }

    async def statement(self, day: date) -> Sequence[Line]:
        """The lines of a day in Lima."""
        answer = await self._http.read("/v1/statements", date=day.isoformat())
        try:
            return [
                Line(
                    line_id=str(line["line_id"]),
                    reference=str(line["reference"]),
                    kind="return" if line["kind"] == "return" else "payment",
                    amount_centimos=to_centimos(line["amount"]["amount"]),
                    business_date=day,
                )
                for line in _object(answer)["lines"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise PartnerUnclear(f"a statement of another form: {error}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise PartnerUnclear("not JSON") from error
    if not isinstance(body, dict):
        raise PartnerUnclear("not an object")
    return body


def _code_of(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"

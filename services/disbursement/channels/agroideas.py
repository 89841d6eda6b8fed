"""Agroideas: grants by REST and JSON; a payment by itself, or many as one batch, each idempotent
by its reference."""

from collections.abc import Mapping
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
    Lines,
    PartnerUnclear,
    Payment,
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


PART = "5000"
"""Lines of a statement that are asked for at a time."""


class Agroideas:
    """The programme's payment desk."""

    name = "agroideas"

    def __init__(self, settings: Settings) -> None:
        self._callback_url = f"{settings.room_url('disbursement')}/v1/partners/agroideas/callbacks"
        self._http = PartnerHttp(
            self.name,
            settings.agroideas_url,
            settings.agroideas_client_id,
            settings.agroideas_client_secret,
            settings.channel_timeout_s,
        )

    async def send(self, batch: Batch) -> Sent:
        """Order the batch's payments: one by itself, many as one batch."""
        if len(batch.payments) == 1:
            (payment,) = batch.payments
            return await self._order("/v1/payments", "reference", self._single(batch, payment))
        return await self._order("/v1/batches", "batch_id", _many(batch))

    async def _order(self, path: str, key: str, order: Mapping[str, Any]) -> Sent:
        """Send an order that this key of it names, and that the 202 must name too."""
        try:
            answer = await self._http.post(
                path, json=order, headers={"Idempotency-Key": order[key]}
            )
            if answer.status_code == 202 and object_of(answer).get(key) != order[key]:
                raise PartnerUnclear(f"a 202 for another {key}")
        except (httpx2.HTTPError, PartnerUnclear) as error:
            return Sent("unknown", f"{type(error).__name__}: {error}")
        if answer.status_code == 202:
            return Sent("accepted")
        if answer.status_code in DEFINITIVE_REFUSALS - {409}:
            return Sent("rejected", _code_of(answer))
        return Sent("unknown", f"status {answer.status_code}")

    def _single(self, batch: Batch, payment: Payment) -> dict[str, Any]:
        return {
            "reference": payment.reference,
            "agreement_id": batch.agreement_id,
            "beneficiary": _beneficiary(payment),
            "amount": _amount(payment),
            "concept": batch.concept[:140],
            "callback_url": self._callback_url,
        }

    async def inquire(self, batch: Batch) -> Mapping[str, Status]:
        """The partner's word on each reference of the batch."""
        single = len(batch.payments) == 1
        key = batch.payments[0].reference if single else batch.message_id
        answer = await self._http.read(f"/v1/{'payments' if single else 'batches'}/{key}")
        if answer.status_code == 404:
            unknown = Status("not_found", final_after_s=final_after_s(answer))
            return {payment.reference: unknown for payment in batch.payments}
        body = object_of(answer)
        try:
            told = [body] if single else _orders_of(body, batch)
            words = {str(one["reference"]): one for one in told}
            if len(words) != len(told) or words.keys() != {one.reference for one in batch.payments}:
                raise PartnerUnclear("words on other references than ours")
            return {one.reference: _status(words[one.reference], one) for one in batch.payments}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise PartnerUnclear(f"an answer of another form: {error}") from error

    async def statement(self, day: date) -> Lines:
        """The lines of a day in Lima, between two balances that agree with them; a long day
        comes in parts, which all name the same balances."""
        lines = Lines(day)
        balances: tuple[int, int] | None = None
        after: object = 0
        while after is not None:
            part = {"date": day.isoformat(), "limit": PART, "after": str(after)}
            body = object_of(await self._http.read("/v1/statements", **part))
            try:
                for line in body["lines"]:
                    lines.append(_line(line, day))
                stated = _signed(body["opening_balance"]), _signed(body["closing_balance"])
                stated_day, last, after = body["date"], after, body.get("next")
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise PartnerUnclear(f"a statement of another form: {error}") from error
            if stated_day != day.isoformat():
                raise PartnerUnclear(f"a statement of another day: {stated_day!r:.40}")
            if stated != (balances or stated):
                raise PartnerUnclear("the balances changed between two parts")
            if after is not None and not (isinstance(after, int) and after > int(str(last))):
                raise PartnerUnclear(f"a statement that does not go on: {after!r:.40}")
            balances = stated
        opening, closing = balances or (0, 0)
        return sound_lines(lines, opening, closing)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _many(batch: Batch) -> dict[str, Any]:
    return {
        "batch_id": batch.message_id,
        "agreement_id": batch.agreement_id,
        "concept": batch.concept[:140],
        "orders": [
            {
                "reference": payment.reference,
                "beneficiary": _beneficiary(payment),
                "amount": _amount(payment),
            }
            for payment in batch.payments
        ],
    }


def _beneficiary(payment: Payment) -> dict[str, str]:
    return {"name": payment.beneficiary_name[:140], "cci": payment.beneficiary_cci}


def _amount(payment: Payment) -> dict[str, str]:
    return {"amount": to_amount(payment.amount_centimos), "currency": "PEN"}


def _orders_of(body: Mapping[str, Any], batch: Batch) -> list[Mapping[str, Any]]:
    if body["batch_id"] != batch.message_id:
        raise PartnerUnclear("an answer on another batch")
    return list(body["orders"])


def _status(told: Mapping[str, Any], payment: Payment) -> Status:
    outcome = _OUTCOMES.get(str(told.get("status")))
    if outcome is None:
        raise PartnerUnclear("an answer of another form")
    if centimos_of(told.get("amount")) != payment.amount_centimos:
        raise PartnerUnclear(f"another amount for {payment.reference}")
    return Status(
        outcome,  # type: ignore[arg-type]
        reason_code=text_of(told.get("reason_code") or ""),
        execution_id=text_of(told.get("execution_id") or ""),
    )


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

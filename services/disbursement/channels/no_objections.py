"""Agroideas' desk of no-objections (no objeción): asked by REST and JSON with OAuth2, idempotent by
reference; it answers later by a signed message, or when it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx2

from services.disbursement.channels.http import (
    DEFINITIVE_REFUSALS,
    PartnerHttp,
    centimos_of,
    object_of,
    text_of,
)
from services.disbursement.channels.protocol import PartnerUnclear, Sent
from services.kernel.settings import Settings
from services.kernel.values import to_amount

Outcome = Literal["granted", "observed", "denied"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("granted", "observed", "denied")
LONGEST_REASON: Final = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """A purchase as the programme sees it; amounts in céntimos."""

    reference: str
    agreement_id: str
    description: str
    budget_line: int
    supplier_ruc: str
    supplier_name: str
    amount_centimos: int
    quotations: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The programme's word on a purchase; a granted one has a record number, others a reason."""

    reference: str
    outcome: Outcome
    amount_centimos: int
    record_number: str
    reason: str


class NoObjections:
    """The programme's desk."""

    def __init__(self, settings: Settings) -> None:
        rooms = settings.room_url("disbursement")
        self._callback_url = f"{rooms}/v1/partners/agroideas/no-objections"
        self._http = PartnerHttp(
            "agroideas",
            settings.agroideas_url,
            settings.agroideas_client_id,
            settings.agroideas_client_secret,
            settings.channel_timeout_s,
        )

    async def ask(self, question: Question) -> Sent:
        """Ask for the no-objection; the same reference again asks nothing new."""
        body = {
            "reference": question.reference,
            "agreement_id": question.agreement_id,
            "description": question.description,
            "budget_line": question.budget_line,
            "supplier": {"ruc": question.supplier_ruc, "name": question.supplier_name},
            "amount": _amount(question.amount_centimos),
            "quotations": [
                {
                    "ruc": one["supplier_ruc"],
                    "name": one["supplier_name"],
                    "amount": _amount(one["amount_centimos"]),
                    "document_sha256": one["document_sha256"],
                }
                for one in question.quotations
            ],
            "callback_url": self._callback_url,
        }
        try:
            answer = await self._http.post(
                "/v1/no-objections", json=body, headers={"Idempotency-Key": question.reference}
            )
            if answer.status_code == 202:
                if object_of(answer).get("reference") != question.reference:
                    raise PartnerUnclear("a 202 for another reference")
                return Sent("accepted")
        except (httpx2.HTTPError, PartnerUnclear) as error:
            return Sent("unknown", f"{type(error).__name__}: {error}")
        if answer.status_code in DEFINITIVE_REFUSALS - {409}:
            return Sent("rejected", f"status {answer.status_code}")
        return Sent("unknown", f"status {answer.status_code}")

    async def inquire(self, reference: str) -> Answer | None:
        """The programme's answer, or None while it has none. Raises PartnerUnclear."""
        answer = await self._http.read(f"/v1/no-objections/{reference}")
        if answer.status_code == 404:
            return None
        body = object_of(answer)
        if body.get("status") == "received":
            return None
        try:
            found = answer_of({**body, "outcome": body["status"]})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise PartnerUnclear(f"an answer of another form: {error}") from error
        if found.reference != reference:
            raise PartnerUnclear("an answer on another reference")
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def answer_of(body: Mapping[str, Any]) -> Answer:
    """The answer in a partner's body; raises ValueError naming what is wrong with it."""
    outcome = body["outcome"]
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome {outcome!r:.40}")
    record_number = text_of(body.get("record_number") or "")
    reason = body.get("reason") or ""
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON or "\x00" in reason:
        raise ValueError("a reason that cannot be kept")
    if outcome == "granted" and not record_number:
        raise ValueError("granted without a record number")
    if outcome != "granted" and not reason.strip():
        raise ValueError(f"{outcome} without a reason")
    return Answer(
        reference=text_of(body["reference"]),
        outcome=outcome,
        amount_centimos=centimos_of(body["amount"]),
        record_number=record_number,
        reason=reason,
    )


def _amount(centimos: int) -> dict[str, str]:
    return {"amount": to_amount(centimos), "currency": "PEN"}

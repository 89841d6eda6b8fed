"""What the room `disbursement` is given: plans, resolutions, members, batches and callbacks."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from standardwebhooks import Webhook

from services.disbursement.channels.protocol import Batch, Payment
from services.kernel.ids import new_id
from services.kernel.values import to_amount

DOSSIER_SHA256 = "ab" * 32
SEATS = ("midagri", "produce", "mincetur", "mef")
DEBTOR_ACCOUNT = "01800000000000000108"
RELEASED_AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def money(centimos: int) -> dict[str, str]:
    return {"amount": to_amount(centimos), "currency": "PEN"}


def application(*, grant: Sequence[int] = (), loan: Sequence[int] = (), **changes: Any) -> Any:
    """An approved application as its room shows it; each amount is one tranche of its channel."""
    total = sum(grant) + sum(loan)
    line = {
        "line_no": 1,
        "item": "riego",
        "description": "Riego tecnificado",
        "total": money(total + 100_00),
        "agroideas": money(sum(grant)),
        "agrobanco": money(sum(loan)),
        "own": money(100_00),
    }
    tranches = [
        {
            "sequence": sequence,
            "channel": channel,
            "amount": money(amount),
            "milestone": f"Hito {sequence}",
        }
        for channel, amounts in (("agroideas", grant), ("agrobanco", loan))
        for sequence, amount in enumerate(amounts, start=1)
    ]
    return {
        "id": new_id("app"),
        "call_id": new_id("cal"),
        "consortium_id": new_id("con"),
        "state": "approved",
        "dossier_sha256": DOSSIER_SHA256,
        "plan": {
            "title": "Palta del Mantaro",
            "summary": "Riego y acopio.",
            "budget_lines": [line],
            "tranches": tranches,
        },
        **changes,
    }


def resolution(of: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The board's package on an application: approved by all four seats, midagri in the chair."""
    return {
        "ballot_id": new_id("bal"),
        "application_id": of["id"] if of else new_id("app"),
        "dossier_sha256": of["dossier_sha256"] if of else DOSSIER_SHA256,
        "result": "approved",
        "resolution_number": "001-2026-FC",
        "votes": votes(dict.fromkeys(SEATS, "for")),
        "seats": seats(),
        "recused": [],
        **changes,
    }


def votes(choices: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"seat": seat, "choice": choice, "reason": None, "cast_by": f"titular-{seat}"}
        for seat, choice in choices.items()
    ]


def seats(*, chair: str | None = "midagri", deputy: str | None = None) -> list[dict[str, Any]]:
    return [
        {"seat": seat, "chair": seat == chair, "deputy_chair": seat == deputy} for seat in SEATS
    ]


def members(count: int, first: int = 1) -> list[dict[str, str]]:
    """So many producers, whose documents begin with that number: others have other loans."""
    return [
        {
            "full_name": f"Productora Número {number}",
            "dni": f"{40_000_000 + number}",
            "cci": f"{18_000_000_000_000_000_000 + number:020d}",
        }
        for number in range(first, first + count)
    ]


def facts(consortium_id: str, count: int = 3, first: int = 1) -> dict[str, Any]:
    """A consortium's facts as the registry gives them, as far as this room reads them."""
    consortium = {"id": consortium_id, "name": "Palta del Mantaro", "cci": DEBTOR_ACCOUNT}
    return {"consortium": consortium, "members": members(count, first)}


def footprint(consortium_id: str) -> dict[str, Any]:
    """A consortium's firm and land as the registry sums them."""
    return {
        "consortium_id": consortium_id,
        "name": "Palta del Mantaro",
        "anchor_firm_ruc": "20100070970",
        "anchor_firm_name": "Exportadora del Mantaro S.A.C.",
        "regions": [
            {"name": "INEI-05", "area_ha": "9.0000"},
            {"name": "INEI-12", "area_ha": "18.4000"},
        ],
        "crops": [{"name": "palta", "area_ha": "27.4000"}],
    }


def payment(number: int = 1, amount_centimos: int = 1_250_50, **changes: Any) -> Payment:
    given: dict[str, Any] = {
        "reference": f"ins-sample-{number:04d}-01",
        "beneficiary_name": f"Productora Número {number}",
        "beneficiary_document": f"{40_000_000 + number}",
        "beneficiary_cci": f"{18_000_000_000_000_000_000 + number:020d}",
        "amount_centimos": amount_centimos,
    }
    return Payment(**{**given, **changes})


def batch(*payments: Payment, **changes: Any) -> Batch:
    given: dict[str, Any] = {
        "message_id": "tra-sample-0001-01",
        "released_at": RELEASED_AT,
        "agreement_id": "agr_sample",
        "concept": "Hito 1",
        "payments": payments or (payment(),),
    }
    return Batch(**{**given, **changes})


CallbackKind = Literal["executed", "rejected", "returned"]


def callback(
    reference: str, amount_centimos: int, kind: CallbackKind = "executed", **changes: Any
) -> dict[str, Any]:
    """What Agroideas says of a payment."""
    return {
        "event_id": new_id("evt"),
        "type": f"payment.{kind}",
        "reference": reference,
        "execution_id": "exe_0001",
        "amount": money(amount_centimos),
        "occurred_at": "2026-03-02T15:00:00.000000Z",
        **({} if kind == "executed" else {"reason_code": "AC04"}),
        **changes,
    }


def signed(
    secret: str, body: Any, *, at: datetime, message_id: str | None = None
) -> tuple[bytes, dict[str, str]]:
    """The message's bytes and its Standard Webhooks headers."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    event_id = message_id or (body["event_id"] if isinstance(body, dict) else new_id("evt"))
    signature = Webhook(secret).sign(event_id, at, raw.decode())
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        "content-type": "application/json",
    }
    return raw, headers

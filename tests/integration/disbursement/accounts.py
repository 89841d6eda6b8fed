"""A paid grant, its reports and claims: what tests of accountability do."""

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

import httpx2

from tests.factories import disbursement as make
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, SECRETARIAT, World

RUC = "20131312955"
OTHER_RUC = "20492966658"
_numbers = count(1)


def invoice(centimos: int = 100_00, **changes: Any) -> dict[str, Any]:
    """An invoice that no other has."""
    return {
        "kind": "01",
        "number": f"F001-{next(_numbers)}",
        "issuer_ruc": RUC,
        "issued_on": "2026-01-15",
        "amount": make.money(centimos),
        "concept": "Tubería de riego",
        "budget_line_no": 1,
        **changes,
    }


async def paid(world: World, *amounts: int) -> tuple[dict[str, Any], str]:
    """An agreement whose first grant is paid and stands in the statement."""
    agreement, tranche_id = await world.ready(grant=amounts or (300_00,))
    await pay(world, tranche_id)
    return agreement, tranche_id


async def pay(world: World, tranche_id: str) -> None:
    await world.behave("agroideas", "no_callback")
    await world.instruct(tranche_id)
    await world.until_inquired(tranche_id, "confirmed")
    assert (await world.reconcile("agroideas")).status_code == 200


async def file(
    world: World, agreement: dict[str, Any], tranche_id: str, *invoices: dict[str, Any]
) -> httpx2.Response:
    return await world.post(
        f"/v1/tranches/{tranche_id}/accountability-reports",
        {"invoices": list(invoices)},
        by=world.consortium(agreement),
    )


async def filed(
    world: World, agreement: dict[str, Any], tranche_id: str, *invoices: dict[str, Any]
) -> dict[str, Any]:
    answer = await file(world, agreement, tranche_id, *invoices)
    assert answer.status_code == 201, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def review(
    world: World, report_id: str, *eligible: int, by: Any = OPERATOR_A
) -> httpx2.Response:
    """Judge the report's invoices in their order."""
    whole = await world.get(f"/v1/accountability-reports/{report_id}")
    judgements = [
        {"invoice_id": one["id"], "eligible": make.money(centimos), "reason": "Según partida."}
        for one, centimos in zip(whole["invoices"], eligible, strict=True)
    ]
    path = f"/v1/accountability-reports/{report_id}/review"
    return await world.post(path, {"judgements": judgements}, by=by)


async def accept(
    world: World, report_id: str, centimos: int, *, by: Any = SECRETARIAT
) -> httpx2.Response:
    path = f"/v1/accountability-reports/{report_id}/acceptance"
    return await world.post(path, {"amount": make.money(centimos)}, by=by)


async def accounted(
    world: World, agreement: dict[str, Any], tranche_id: str, amounts: Sequence[int]
) -> dict[str, Any]:
    """A report of so many invoices, all eligible, accepted."""
    report = await filed(world, agreement, tranche_id, *(invoice(one) for one in amounts))
    assert (await review(world, report["id"], *amounts)).status_code == 200
    answer = await accept(world, report["id"], sum(amounts))
    assert answer.status_code == 200, answer.text
    whole: dict[str, Any] = await world.get(f"/v1/accountability-reports/{report['id']}")
    return whole


async def account(world: World, tranche_id: str) -> dict[str, int]:
    """What became of the tranche's money, after the books were found to say the same."""
    world.check_books()
    view = await world.get(f"/v1/tranches/{tranche_id}/account")
    names = ("paid", "accounted", "claimed", "recovered", "repaid", "rest")
    found = {name: int(view[name]["amount"].replace(".", "")) for name in names}
    assert found["paid"] == sum(found[name] for name in ("accounted", "claimed", "repaid", "rest"))
    return found


async def refund(world: World, tranche_id: str) -> dict[str, Any]:
    body = {"reason": "Saldo no ejecutado.", "working_days": 15}
    claim: dict[str, Any] = await world.done(
        f"/v1/tranches/{tranche_id}/refund-claims", body, by=OPERATOR_A
    )
    return claim


async def undue(world: World, tranche_id: str, centimos: int) -> httpx2.Response:
    body = {
        "amount": make.money(centimos),
        "ground": "Bien no entregado.",
        "evidence": "Acta 7.",
    }
    return await world.post(f"/v1/tranches/{tranche_id}/undue-payments", body, by=OPERATOR_A)


async def notify(world: World, claim_id: str) -> None:
    await world.done(f"/v1/claims/{claim_id}/notice", {"working_days": 10}, by=OPERATOR_A)


async def receive(world: World, claim_id: str, centimos: int, **more: Any) -> httpx2.Response:
    body = {
        "amount": make.money(centimos),
        "bank_reference": f"OP-{next(_numbers):07d}",
        "received_on": "2026-01-20",
        **more,
    }
    return await world.post(f"/v1/claims/{claim_id}/receipts", body, by=OPERATOR_A)


async def received(world: World, claim_id: str, centimos: int) -> dict[str, Any]:
    """Recorded by one operator and confirmed by another."""
    answer = await receive(world, claim_id, centimos)
    assert answer.status_code == 201, answer.text
    path = f"/v1/receipts/{answer.json()['id']}/confirmation"
    booked: dict[str, Any] = await world.done(path, by=OPERATOR_B)
    return booked


def codes(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "done")


def overdue(world: World, report_id: str) -> None:
    """Let the report's term run out."""
    world.rows(
        "UPDATE accountability_report SET due_on = DATE '2026-01-05' WHERE id = %s", report_id
    )


def bank_line(world: World, line_id: str, centimos: int, day: date | None = None) -> str:
    """A return line of the programme's statement that no instruction explains."""
    world.rows(
        "INSERT INTO statement_line (channel, line_id, reference, kind, amount_centimos,"
        " business_date, received_at) VALUES ('agroideas', %s, 'devolucion', 'return', %s,"
        " coalesce(%s, current_date), now())",
        line_id,
        centimos,
        day,
    )
    return line_id

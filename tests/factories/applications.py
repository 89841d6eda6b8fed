"""Bodies that the room `applications` takes: each maker takes only what a test is about."""

from datetime import date, timedelta
from typing import Any

from services.kernel.clock import lima_date, now
from services.kernel.ids import new_id

SHA256 = "cd" * 32


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "PEN"}


def today() -> date:
    return lima_date(now())


def call(**changes: Any) -> dict[str, Any]:
    """A call that is open today."""
    return {
        "code": f"PALTA-{new_id('x')[-12:].upper()}",
        "title": "Consorcios de palta",
        "opens_on": (today() - timedelta(days=1)).isoformat(),
        "closes_on": (today() + timedelta(days=30)).isoformat(),
        "instruments": ["agroideas", "agrobanco"],
        "envelope": money("5000000.00"),
        "per_producer_cap": money("30000.00"),
        **changes,
    }


def budget_line(**changes: Any) -> dict[str, Any]:
    return {
        "line_no": 1,
        "item": "riego",
        "description": "Riego tecnificado para 18 ha",
        "total": money("100000.00"),
        "agroideas": money("70000.00"),
        "agrobanco": money("10000.50"),
        "own": money("19999.50"),
        **changes,
    }


def tranche(**changes: Any) -> dict[str, Any]:
    return {
        "sequence": 1,
        "channel": "agroideas",
        "amount": money("70000.00"),
        "milestone": "Contrato de compra firmado",
        **changes,
    }


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Riego y acopio en Huanta",
        "summary": "Riego tecnificado.\nAcopio y venta a la empresa tractora.",
        "budget_lines": [budget_line()],
        "tranches": [tranche(), tranche(channel="agrobanco", amount=money("10000.50"))],
        **changes,
    }


def document(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "supply_contract",
        "name": "contrato.pdf",
        "sha256": SHA256,
        "size_bytes": 184320,
        **changes,
    }


def finding_result(**changes: Any) -> dict[str, Any]:
    """An assessment that found nothing to object to."""
    return {
        "assessment_id": new_id("ass"),
        "outcome": "eligible",
        "findings_count": 0,
        "amendment_due_at": None,
        **changes,
    }

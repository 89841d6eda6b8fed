"""Bodies as the neighbours of the room `eligibility` give them, and answers as the policy does."""

from copy import deepcopy
from typing import Any

from services.kernel.errors import Unavailable
from services.kernel.ids import new_id
from services.kernel.opa import Decision

DOSSIER_SHA256 = "ab" * 32


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "PEN"}


def application(**changes: Any) -> dict[str, Any]:
    """A submitted application: one line each for grant and credit, S/ 20 000 in all."""
    return {
        "id": new_id("app"),
        "call_id": new_id("cal"),
        "consortium_id": new_id("con"),
        "state": "submitted",
        "version": 2,
        "round": 1,
        "plan": {
            "title": "Palta del Mantaro",
            "summary": "Riego y acopio.",
            "budget_lines": [
                {
                    "line_no": 1,
                    "item": "riego",
                    "description": "Riego tecnificado",
                    "total": money("12000.00"),
                    "agroideas": money("8000.00"),
                    "agrobanco": money("0.00"),
                    "own": money("4000.00"),
                },
                {
                    "line_no": 2,
                    "item": "insumos",
                    "description": "Abono",
                    "total": money("8000.00"),
                    "agroideas": money("0.00"),
                    "agrobanco": money("5000.50"),
                    "own": money("2999.50"),
                },
            ],
            "tranches": [
                {
                    "sequence": 1,
                    "channel": "agroideas",
                    "amount": money("8000.00"),
                    "milestone": "Convenio firmado",
                },
                {
                    "sequence": 2,
                    "channel": "agrobanco",
                    "amount": money("5000.50"),
                    "milestone": "Siembra",
                },
            ],
        },
        "dossier_sha256": DOSSIER_SHA256,
        "submitted_at": "2026-03-02T03:30:00Z",
        "first_submitted_at": "2026-03-02T03:30:00Z",
        **changes,
    }


def call(call_id: str, **changes: Any) -> dict[str, Any]:
    """A call that is open on the day of the submission."""
    return {
        "id": call_id,
        "code": "2026-01",
        "opens_on": "2026-02-01",
        "closes_on": "2026-04-30",
        "instruments": ["agroideas", "agrobanco"],
        "envelope": money("5000000.00"),
        "per_producer_cap": money("30000.00"),
        **changes,
    }


def member(number: int, **changes: Any) -> dict[str, Any]:
    """A producer against whom no rule has anything."""
    return {
        "producer_id": new_id("pro"),
        "dni": f"4012{number:04d}",
        "full_name": f"Productora {number}",
        "sex": "F" if number % 2 else "M",
        "born_on": "1984-05-17",
        "alive": True,
        "cci": f"0021930012345{number:05d}13",
        "ppa": {"valid_from": "2025-03-01", "valid_to": "2028-03-01"},
        "parcels": [
            {"code": f"PRE-{number}", "area_ha": "1.8000", "crop": "palta", "tenure": "propietaria"}
        ],
        "total_area_ha": "1.8000",
        "contract": {
            "product": "palta Hass",
            "annual_volume_kg": 9000,
            "price_formula": "70 % del FOB semanal",
        },
        "other_consortia": [],
        **changes,
    }


def registry_facts(consortium_id: str, *, members: int = 12) -> dict[str, Any]:
    """The registry's facts of a consortium of so many producers."""
    return {
        "consortium": {
            "id": consortium_id,
            "name": "Consorcio Palta del Mantaro",
            "cci": "00219300123456789013",
            "independent_accounting": False,
        },
        "anchor_firm": {
            "id": new_id("anc"),
            "ruc": "20100070970",
            "legal_name": "Agroexportadora Valle Verde S.A.C.",
            "ruc_state": "ACTIVO",
            "ruc_condition": "HABIDO",
            "exporting": True,
            "ubigeo": {"scheme": "INEI", "code": "120301"},
        },
        "members": [member(number) for number in range(1, members + 1)],
        "as_of": "2026-03-02",
    }


def finding(code: str = "MEM-003", *, severity: str = "blocking", **changes: Any) -> dict[str, Any]:
    """A finding about a producer."""
    return {
        "code": code,
        "severity": severity,
        "rule": "fund.eligibility.members.area_max",
        "subject": {"type": "producer", "id": "pro_1", "label": "Rosa Quispe (DNI 40123456)"},
        "norm": "Fondo AgroPerú",
        "source": "gob.pe",
        "message_es": "Rosa Quispe tiene 6 ha.",
        "message_en": "Rosa Quispe has 6 ha.",
        "cure_es": "Retire a la productora.",
        "cure_en": "Withdraw the producer.",
        "fact": {"total_area_m2": 60000},
        "parameter": {"key": "fund.producer.max_ha", "value": 5, "unit": "ha", "enforce": True},
        **changes,
    }


def decision(*findings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An answer of the policy that agrees with these findings."""
    blocked = any(found["severity"] == "blocking" for found in findings)
    return {
        "eligible": not blocked,
        "outcome": "ineligible" if blocked else "eligible",
        "findings": list(findings),
        "limits": {"members": 12, "requested_centimos": 1300050},
        "score": {"total": 20, "by_criterion": {"women_share": {"points": 20, "max_points": 40}}},
        "parameters_used": [{"key": "uit.value", "value": 5500, "unit": "PEN"}],
        **changes,
    }


class StubNeighbours:
    """Neighbours that say what they are told to; silence means that they are down."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], dict[str, Any] | Exception] = {}
        self.asked: list[tuple[str, str]] = []

    def know(self, body: dict[str, Any], *, members: int = 12) -> dict[str, Any]:
        """Know an application with its call and its consortium's facts."""
        self.bodies["applications", f"/v1/applications/{body['id']}"] = body
        self.bodies["applications", f"/v1/calls/{body['call_id']}"] = call(body["call_id"])
        self.bodies["registry", f"/v1/consortia/{body['consortium_id']}/facts"] = registry_facts(
            body["consortium_id"], members=members
        )
        return body

    async def read(self, room: str, path: str) -> dict[str, Any]:
        """Like `services.kernel.neighbours.Neighbours.read`."""
        self.asked.append((room, path))
        body = self.bodies.get((room, path))
        if body is None:
            raise Unavailable("kernel.neighbour_unavailable", f"El servicio {room} no responde.")
        if isinstance(body, Exception):
            raise body
        return deepcopy(body)

    async def close(self) -> None:
        """Nothing to close."""


class ScriptedOpa:
    """A policy engine that gives the scripted answer."""

    def __init__(self, result: dict[str, Any], revision: str = "r1") -> None:
        self.result = result
        self.revision = revision
        self.questions: list[dict[str, Any]] = []

    async def ask(self, package: str, question: dict[str, Any]) -> Decision:
        """Like `services.kernel.opa.Opa.ask`."""
        assert package == "fund.eligibility"
        self.questions.append(question)
        return Decision(result=deepcopy(self.result), revision=self.revision)

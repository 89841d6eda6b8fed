"""What the board's neighbours say of an application, for its compiled dossier."""

from copy import deepcopy
from typing import Any

from services.kernel.errors import Missing, Unavailable
from services.kernel.ids import new_id
from tests.factories.eligibility import application, finding, money, registry_facts

SUBJECT = ("application_id", "consortium_id", "call_id", "dossier_sha256")


def subject(**changes: str) -> dict[str, str]:
    """A ballot's subject."""
    return {
        "application_id": new_id("app"),
        "consortium_id": new_id("con"),
        "call_id": new_id("cal"),
        "dossier_sha256": "ab" * 32,
        **changes,
    }


def profile(**changes: Any) -> dict[str, Any]:
    """A consortium that names a director, an adviser and a supplier."""
    return {
        "formed_on": "2019-03-14",
        "phone": "+51 987 654 321",
        "email": "consorcio@correo.example",
        "address": None,
        "adviser": {"name": "Asesoría Rural S.A.C.", "ruc": "20512345674"},
        "notary": None,
        "directors": [{"dni": "41234567", "full_name": "Rosa Quispe Huamán"}],
        "suppliers": [{"ruc": "20456789012", "name": "Riegos del Sur S.A.C.", "formed_on": None}],
        "sales_before": [],
        **changes,
    }


def agreement(consortium_id: str, call_id: str, **changes: Any) -> dict[str, Any]:
    """An agreement of S/ 100 000 of the fund's money."""
    return {
        "id": new_id("agr"),
        "application_id": new_id("app"),
        "ballot_id": new_id("bal"),
        "call_id": call_id,
        "consortium_id": consortium_id,
        "state": "active",
        "agroideas": money("70000.00"),
        "agrobanco": money("30000.00"),
        "own": money("20000.00"),
        "drafted_at": "2026-02-02T15:00:00Z",
        **changes,
    }


def footprint(consortium_id: str, **changes: Any) -> dict[str, Any]:
    """Palta in Junín for Valle Verde."""
    return {
        "consortium_id": consortium_id,
        "name": "Consorcio Palta del Mantaro",
        "anchor_firm_id": "anc_01k9z8r5x6e7rvq4n2m3k1j0hg",
        "anchor_firm_ruc": "20100070970",
        "anchor_firm_name": "Agroexportadora Valle Verde S.A.C.",
        "members": 12,
        "area_ha": "21.6000",
        "regions": [
            {"name": "INEI-12", "area_ha": "19.8000"},
            {"name": "INEI-05", "area_ha": "1.8000"},
        ],
        "crops": [{"name": "palta", "area_ha": "21.6000"}],
        **changes,
    }


def assessment(
    subject: dict[str, str], *findings: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    """An assessment that found what it is given."""
    return {
        "id": new_id("ass"),
        "application_id": subject["application_id"],
        "round": 1,
        "as_of": "2026-03-02",
        "outcome": "eligible",
        "findings": list(findings),
        "limits": {"members": 12, "requested_centimos": 1300050},
        "score": {"total": 62, "by_criterion": {"women_share": {"points": 20, "max_points": 40}}},
        "policy_revision": "3f2a9c1b7d04",
        "input_sha256": "cd" * 32,
        "answers": [],
        **changes,
    }


class Neighbourhood:
    """The rooms around the board: what they were told to say; silence means that they are down."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], dict[str, Any]] = {}

    def know(self, subject: dict[str, str], **of_application: Any) -> dict[str, Any]:
        """Know a submitted application with everything that its dossier needs; returns the
        application's body, which a test may change."""
        consortium, call = subject["consortium_id"], subject["call_id"]
        said = assessment(subject, finding("PAP-001", severity="signal"))
        body = application(
            id=subject["application_id"],
            consortium_id=consortium,
            call_id=call,
            dossier_sha256=subject["dossier_sha256"],
            assessment_id=said["id"],
            evaluation={
                "score": 82,
                "recommendation": "recommend",
                "reasons": "El plan es viable y el contrato de compra cubre la producción.",
                "evaluated_by": "secretaria-1",
                "evaluated_at": "2026-03-05T15:00:00Z",
            },
            documents=[
                {
                    "id": new_id("doc"),
                    "kind": "supply_contract",
                    "name": "contrato-acopio.pdf",
                    "sha256": "ef" * 32,
                    "size_bytes": 184320,
                    "attached_at": "2026-03-01T15:00:00Z",
                }
            ],
            **of_application,
        )
        facts = registry_facts(consortium) | {"profile": profile()}
        self._say("applications", f"/v1/applications/{body['id']}", body)
        self._say("applications", f"/v1/applications/{body['id']}/rounds", {"data": [_round(body)]})
        self._say("applications", f"/v1/calls/{call}", _call(call))
        self._say("eligibility", f"/v1/assessments/{said['id']}", said)
        self._say("eligibility", f"/v1/assessments/{said['id']}/signals", _signals(said))
        self._say("registry", f"/v1/consortia/{consortium}/facts", facts)
        self.kin(facts["anchor_firm"]["id"], (consortium, facts["consortium"]["name"]))
        self._say("disbursement", f"/v1/budgets?call_id={call}", {"allocated": money("900000.00")})
        self.agree(call, consortium)
        self.prints(footprint(consortium))
        return body

    def kin(self, anchor_firm_id: str, *consortia: tuple[str, str]) -> None:
        """Know the consortia of an anchor firm."""
        data = [{"id": one, "name": name} for one, name in consortia]
        path = f"/v1/consortia?anchor_firm_id={anchor_firm_id}"
        self._say("registry", f"{path}&limit=200", {"data": data, "next_cursor": None})

    def agree(self, call_id: str, consortium_id: str, *agreements: dict[str, Any]) -> None:
        """Know the agreements of a call, and which of them are the consortium's."""
        own = [one for one in agreements if one["consortium_id"] == consortium_id]
        for query, data in (
            ("call_id=" + call_id, agreements),
            (f"consortium_id={consortium_id}", own),
        ):
            path = f"/v1/agreements?{query}&limit=200"
            self._say("disbursement", path, {"data": list(data), "next_cursor": None})

    def prints(self, *footprints: dict[str, Any]) -> None:
        """Know the footprints of consortia that are asked for together."""
        ids = sorted(one["consortium_id"] for one in footprints)
        query = "&".join(f"consortium_id={one}" for one in ids)
        self._say("registry", f"/v1/footprints?{query}", {"data": list(footprints)})

    def facts(self, subject: dict[str, str]) -> dict[str, Any]:
        """The registry's facts of a known consortium, which a test may change."""
        return self.bodies["registry", f"/v1/consortia/{subject['consortium_id']}/facts"]

    def _say(self, room: str, path: str, body: dict[str, Any]) -> None:
        self.bodies[room, path] = body

    async def read(self, room: str, path: str) -> dict[str, Any]:
        """Like `services.kernel.neighbours.Neighbours.read`."""
        body = self.bodies.get((room, path))
        if body is not None:
            return deepcopy(body)
        if room == "applications":
            raise Missing("http.not_found", "No existe, o no es suyo.")
        raise Unavailable("kernel.neighbour_unavailable", f"El servicio {room} no responde.")

    async def close(self) -> None:
        """Nothing to close."""


def _round(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "round": body["round"],
        "plan": body["plan"],
        "dossier_sha256": body["dossier_sha256"],
        "submitted_by": "representante-1",
        "submitted_at": body["submitted_at"],
    }


def _call(call_id: str) -> dict[str, Any]:
    return {
        "id": call_id,
        "code": "PALTA-2026-1",
        "title": "Consorcios de palta 2026",
        "opens_on": "2026-02-01",
        "closes_on": "2026-04-30",
        "envelope": money("1000000.00"),
        "per_producer_cap": money("30000.00"),
    }


def _signals(said: dict[str, Any]) -> dict[str, Any]:
    resolution = {
        "verdict": "dismissed",
        "reasons": "La cuenta es de la cooperativa a la que ambos consorcios venden.",
        "proposed_by": "secretaria-1",
        "confirmed_by": "secretaria-2",
        "confirmed_at": "2026-03-04T15:00:00Z",
    }
    found = [{"open": False, "finding": one, "resolution": resolution} for one in said["findings"]]
    return {"level": "review", "open": 0, "signals": found}

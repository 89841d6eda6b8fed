"""The demo's input: files in `deploy/demo/data` that a person can edit."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
SOURCES = ("total", "agroideas", "agrobanco", "own")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the main job reads."""

    call: dict[str, Any]
    anchor_firm: dict[str, Any]
    producers: list[dict[str, Any]]
    consortium: dict[str, Any]
    plan: dict[str, Any]
    evaluation: dict[str, Any]
    board: list[dict[str, Any]]


def money(amount: str) -> dict[str, str]:
    """Money as the API reads it."""
    return {"amount": amount, "currency": "PEN"}


def read_inputs(data: Path = DATA, *, observed: bool = False) -> Inputs:
    """The inputs of the main job, or of the second consortium, which must be found ineligible."""
    suffix = "_observed" if observed else ""
    dossier = _yaml(data / f"plan{suffix}.yaml")
    return Inputs(
        call=_yaml(data / "call.yaml"),
        anchor_firm=_yaml(data / "anchor_firm.yaml"),
        producers=read_producers(data / f"producers{suffix}.csv"),
        consortium=dossier["consortium"],
        plan=_plan(dossier["plan"]),
        evaluation=dossier["evaluation"],
        board=_yaml(data / "board.yaml"),
    )


def read_producers(path: Path) -> list[dict[str, Any]]:
    """One producer a row, with its one parcel, as POST /v1/producers reads it."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [_producer(row) for row in csv.DictReader(lines)]


def _producer(row: dict[str, str]) -> dict[str, Any]:
    parcel = {
        "code": row["parcel_code"],
        "area_ha": row["area_ha"],
        "crop": row["crop"],
        "tenure": row["tenure"],
        "ubigeo": {"scheme": "INEI", "code": row["ubigeo_inei"]},
    }
    return {
        **{name: row[name] for name in ("dni", "full_name", "sex", "born_on", "cci")},
        "alive": True,
        "ppa": {"valid_from": row["ppa_valid_from"], "valid_to": row["ppa_valid_to"]},
        "parcels": [parcel],
    }


def _plan(plan: dict[str, Any]) -> dict[str, Any]:
    lines = [
        {**line, **{source: money(line[source]) for source in SOURCES}}
        for line in plan["budget_lines"]
    ]
    tranches = [{**item, "amount": money(item["amount"])} for item in plan["tranches"]]
    return {**plan, "budget_lines": lines, "tranches": tranches}


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))

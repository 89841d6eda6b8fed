"""The public registers: what their files say, and somebody ordinary for who stands in none.

A person edits `data/<register>.yaml`; the next question finds the change. The ordinary answer is
made from the number alone, so that the same person is the same at every question.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from fastapi import APIRouter, Request, Response
from fastapi.params import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from deploy.sandbox import behaviours
from deploy.sandbox.desk import Sandbox, TheSandbox, answer_late
from deploy.sandbox.problems import Problem

router = APIRouter(tags=["registers"])

Dni = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
Ruc = Annotated[str, InPath(pattern=r"^[0-9]{11}$")]
Record = dict[str, Any]

GIVEN: Final = ("Rosa", "Juan", "Elena", "Mario", "Carmen", "Wilber", "Nélida", "Luis")
FAMILY: Final = ("Quispe", "Huamán", "Medina", "Palomino", "Rojas", "Cárdenas", "Sulca", "Curo")


class Asked(BaseModel):
    """Whom a register is asked about."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dnis: Annotated[list[Dni], Field(min_length=1, max_length=200)]


def ordinary_name(dni: str) -> str:
    number = int(dni)
    return " ".join(
        (GIVEN[number % 8], FAMILY[number // 8 % 8], FAMILY[number // 64 % 8]),
    )


def _taxpayer(ruc: str) -> Record:
    return {
        "ddp_numruc": ruc,
        "ddp_nombre": f"EMPRESA {ruc}",
        "ddp_estado": "ACTIVO",
        "ddp_flag22": "HABIDO",
        "ddp_fecalt": "2012-03-01",
        "esActivo": True,
        "esHabido": True,
        "exportador": True,
        "deuda_coactiva": "0.00",
    }


def _legal_person(ruc: str) -> Record:
    return {
        "ruc": ruc,
        "razon_social": f"EMPRESA {ruc}",
        "inscrita_el": "2012-02-01",
        "directivos": [],
    }


def _person(dni: str) -> Record:
    return {"dni": dni, "nombre_completo": ordinary_name(dni), "vive": True}


def _enrolment(dni: str) -> Record:
    return {
        "dni": dni,
        "vigente_desde": "2024-01-01",
        "vigente_hasta": None,
        "predios": [{"codigo": f"ORD-{dni}", "area_ha": "1.8000"}],
    }


def _credit(dni: str) -> Record:
    return {"dni": dni, "clasificacion": "NORMAL", "vencido": "0.00"}


ORDINARY: Final[dict[str, tuple[str, Callable[[str], Record]]]] = {
    "sunat": ("ddp_numruc", _taxpayer),
    "sunarp": ("ruc", _legal_person),
    "reniec": ("dni", _person),
    "ppa": ("dni", _enrolment),
    "credit": ("dni", _credit),
}


class Files:
    """The registers' files, each read again when it changes."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[int, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def entries(self, file: Path) -> dict[str, Any]:
        changed_at_ns = file.stat().st_mtime_ns
        with self._lock:
            known = self._read.get(file)
            if known is None or known[0] != changed_at_ns:
                loaded = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
                known = (changed_at_ns, {str(key): entry for key, entry in loaded.items()})
                self._read[file] = known
            return known[1]


FILES = Files()


def record_of(sandbox: Sandbox, register: str, subject: str) -> Record | None:
    """What stands in the file (`null` there: not known), else somebody ordinary, else nobody."""
    entries = FILES.entries(sandbox.settings.sandbox_registers_dir / f"{register}.yaml")
    key, ordinary = ORDINARY[register]
    if subject in entries:
        written = entries[subject]
        return None if written is None else ordinary(subject) | written | {key: subject}
    return ordinary(subject) if sandbox.settings.sandbox_registers_ordinary else None


async def _behaviour(request: Request, sandbox: Sandbox, register: str) -> behaviours.Behaviour:
    """How the register was told to behave; raises or waits where that is all it does."""

    def take() -> behaviours.Behaviour:
        with sandbox.books.write() as db:
            return behaviours.take(db, register, behaviours.OF_REGISTERS)

    behaviour = await asyncio.to_thread(take)
    if behaviour.mode == "error_500":
        raise Problem(500, "internal_error", "Error interno.")
    if behaviour.mode in behaviours.DOWN:
        raise Problem(503, "unavailable", "Servicio no disponible.", headers={"Retry-After": "1"})
    if behaviour.mode == "timeout":
        held = behaviours.Behaviour(mode="slow", delay_s=behaviour.timeout_hold_s)
        await answer_late(request, sandbox, held)
        raise Problem(504, "gateway_timeout", "No hubo respuesta a tiempo.")
    await answer_late(request, sandbox, behaviour)
    return behaviour


def _rubbish() -> Response:
    return Response('{"encontrados": [{"dni": ', media_type="application/json")


async def _one(request: Request, sandbox: Sandbox, register: str, subject: str) -> Any:
    behaviour = await _behaviour(request, sandbox, register)
    if behaviour.mode == "rubbish":
        return _rubbish()
    record = record_of(sandbox, register, subject)
    if record is None or behaviour.mode == "not_found":
        raise Problem(404, "not_found", "El registro no conoce ese número.")
    return record


async def _many(request: Request, sandbox: Sandbox, register: str, asked: Asked) -> Any:
    behaviour = await _behaviour(request, sandbox, register)
    if behaviour.mode == "rubbish":
        return _rubbish()
    found = [record_of(sandbox, register, dni) for dni in asked.dnis]
    if behaviour.mode == "not_found":
        found = [None for _ in found]
    known = [record for record in found if record is not None]
    missing = [dni for dni, record in zip(asked.dnis, found, strict=True) if record is None]
    return {"encontrados": known, "no_encontrados": missing}


@router.get("/sunat/contribuyentes/{ruc}", response_model=None)
async def taxpayer(ruc: Ruc, request: Request, sandbox: TheSandbox) -> Any:
    """SUNAT: DatosPrincipales and the coercive debt of a RUC."""
    return await _one(request, sandbox, "sunat", ruc)


@router.get("/sunarp/personas-juridicas/{ruc}", response_model=None)
async def legal_person(ruc: Ruc, request: Request, sandbox: TheSandbox) -> Any:
    """SUNARP: when a legal person was entered, and its directors with their terms."""
    return await _one(request, sandbox, "sunarp", ruc)


@router.post("/reniec/personas", response_model=None)
async def persons(asked: Asked, request: Request, sandbox: TheSandbox) -> Any:
    """RENIEC: who each DNI is, and whether alive."""
    return await _many(request, sandbox, "reniec", asked)


@router.post("/ppa/productores", response_model=None)
async def producers(asked: Asked, request: Request, sandbox: TheSandbox) -> Any:
    """PPA: since when and until when each producer is enrolled, with which parcels."""
    return await _many(request, sandbox, "ppa", asked)


@router.post("/credit/clasificaciones", response_model=None)
async def standings(asked: Asked, request: Request, sandbox: TheSandbox) -> Any:
    """Credit bureau: the worst SBS class of each person and what is overdue."""
    return await _many(request, sandbox, "credit", asked)

"""How the call's money would concentrate if this dossier were approved.

Pure. Shares are basis points of the call's envelope, rounded down; a consortium counts whole for
the region, and for the crop, where most of its land is. Terminated agreements hold nothing.
"""

from collections.abc import Sequence
from typing import Any, Final

from services.board.readers import FootprintReader, LandReader
from services.board.sources import Sources
from services.kernel.values import to_amount

_INEI: Final = (
    "Amazonas",
    "Áncash",
    "Apurímac",
    "Arequipa",
    "Ayacucho",
    "Cajamarca",
    "Callao",
    "Cusco",
    "Huancavelica",
    "Huánuco",
    "Ica",
    "Junín",
    "La Libertad",
    "Lambayeque",
    "Lima",
    "Loreto",
    "Madre de Dios",
    "Moquegua",
    "Pasco",
    "Piura",
    "Puno",
    "San Martín",
    "Tacna",
    "Tumbes",
    "Ucayali",
)
_RENIEC: Final = (*(name for name in _INEI[:24] if name != "Callao"), "Callao", "Ucayali")
_REGIONS: Final = {
    f"{scheme}-{place:02d}": name
    for scheme, names in (("INEI", _INEI), ("RENIEC", _RENIEC))
    for place, name in enumerate(names, start=1)
}
"""The departments by the first two digits of a ubigeo: the two schemes number them differently."""


def region_name(code: str) -> str:
    """The department of a scheme and two digits, such as INEI-12; itself when there is none."""
    return _REGIONS.get(code, code)


def land_by_region(land: Sequence[LandReader]) -> list[dict[str, str]]:
    """The land of each department, whichever scheme numbers it; the largest first."""
    sums: dict[str, int] = {}
    for piece in land:
        name = region_name(piece.name)
        sums[name] = sums.get(name, 0) + int(piece.area_ha.replace(".", ""))
    ordered = sorted(sums, key=lambda name: (-sums[name], name))
    return [
        {"name": name, "area_ha": f"{sums[name] // 10_000}.{sums[name] % 10_000:04d}"}
        for name in ordered
    ]


def concentration(sources: Sources, *, asked: int) -> dict[str, Any]:
    """What the anchor firm, the region and the crop hold of the call and would hold with this
    dossier, and the same of the call as a whole. `asked`: céntimos that this dossier would take."""
    envelope = sources.call.envelope.centimos
    own = sources.application
    others = [
        (
            sources.footprints.get(agreement.consortium_id),
            agreement.agroideas.centimos + agreement.agrobanco.centimos,
        )
        for agreement in sources.call_agreements
        if agreement.state != "terminated" and agreement.application_id != own.id
    ]

    def line(kind: str, name: str | None, amounts: Sequence[int]) -> dict[str, Any]:
        would_hold = sum(amounts) + asked
        return {
            "kind": kind,
            "name": name,
            "agreements": len(amounts),
            "holds": to_amount(sum(amounts)),
            "would_hold": to_amount(would_hold),
            "share_bp": would_hold * 10_000 // envelope if envelope else None,
        }

    ours = sources.footprints.get(own.consortium_id)
    firm = sources.facts.anchor_firm
    told = [line("call", sources.call.code, [amount for _, amount in others])]
    for kind, name in (
        ("anchor_firm", firm.ruc),
        ("region", _place(ours, "region")),
        ("crop", _place(ours, "crop")),
    ):
        held = [amount for other, amount in others if name and _place(other, kind) == name]
        told.append(line(kind, firm.legal_name if kind == "anchor_firm" else name, held))
    return {
        "envelope": to_amount(envelope),
        "allocated": sources.budget.allocated.amount,
        "asked": to_amount(asked),
        "lines": told,
    }


def _place(footprint: FootprintReader | None, kind: str) -> str | None:
    if footprint is None:
        return None
    if kind == "anchor_firm":
        return footprint.anchor_firm_ruc
    if kind == "region":
        return next((one["name"] for one in land_by_region(footprint.regions)), None)
    return footprint.crops[0].name if footprint.crops else None

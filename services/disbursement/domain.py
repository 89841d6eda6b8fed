"""The rules of money that need no database: legal moves, shares, recounts, outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.kernel.errors import Conflict, Denied
from services.kernel.values import to_amount

QUORUM: Final = 3
"""LPAG art. 110: absolute majority of four, and never below three on second call."""

SEATS: Final = frozenset({"midagri", "produce", "mincetur", "mef"})
"""The board's four seats: a package that names others is not the board's."""

CHANNELS: Final = ("agroideas", "agrobanco")

AGREEMENT_MOVES: Final[Mapping[str, frozenset[str]]] = {
    "drafted": frozenset({"signed", "terminated"}),
    "signed": frozenset({"active", "terminated"}),
    "active": frozenset({"suspended", "closed", "terminated"}),
    "suspended": frozenset({"active", "terminated"}),
    "closed": frozenset(),
    "terminated": frozenset(),
}
TRANCHE_MOVES: Final[Mapping[str, frozenset[str]]] = {
    "planned": frozenset({"requested"}),
    "requested": frozenset({"released", "observed"}),
    "observed": frozenset({"requested"}),
    "released": frozenset({"instructed"}),
    "instructed": frozenset({"confirmed", "returned", "rejected"}),
    "confirmed": frozenset({"reconciled", "returned"}),
    "rejected": frozenset({"requested"}),
    "returned": frozenset({"requested"}),
    "reconciled": frozenset({"accounted", "returned"}),
    "accounted": frozenset({"reconciled"}),
}
INSTRUCTION_MOVES: Final[Mapping[str, frozenset[str]]] = {
    "created": frozenset({"sent"}),
    "sent": frozenset({"acknowledged", "unknown", "settled", "rejected", "returned"}),
    "unknown": frozenset({"acknowledged", "sent", "settled", "rejected", "returned"}),
    "acknowledged": frozenset({"unknown", "settled", "rejected", "returned"}),
    "settled": frozenset({"returned"}),
    "rejected": frozenset(),
    "returned": frozenset(),
}
OPEN_STATES: Final = frozenset({"created", "sent", "unknown", "acknowledged"})


def move(moves: Mapping[str, frozenset[str]], noun: str, current: str, to: str) -> str:
    """The new state; raises disbursement.illegal_transition when the move is not in the table."""
    if to not in moves[current]:
        raise Conflict(
            "disbursement.illegal_transition",
            f"{noun} está en «{current}» y no puede pasar a «{to}».",
        )
    return to


@dataclass(frozen=True, slots=True)
class Share:
    """What one beneficiary gets; of which line of the budget and for which invoice, if told."""

    name: str
    document: str
    cci: str
    amount_centimos: int
    kind: str = "consortium"
    budget_line: int | None = None
    invoice: str | None = None


def square_metres(area_ha: str) -> int:
    """An area told in hectares with four decimals, as whole square metres."""
    return int(area_ha.replace(".", ""))


def split_evenly(
    total_centimos: int, beneficiaries: Sequence[tuple[str, str, str]], kind: str = "consortium"
) -> list[Share]:
    """Equal shares of a tranche; the céntimos that do not divide go to the first ones.

    `beneficiaries` are (name, document, cci). The shares sum to the total exactly; raises
    disbursement.no_beneficiaries or disbursement.amount_too_small.
    """
    if not beneficiaries:
        raise Conflict("disbursement.no_beneficiaries", "El consorcio no tiene a quién pagar.")
    base, rest = divmod(total_centimos, len(beneficiaries))
    if base == 0:
        raise Conflict(
            "disbursement.amount_too_small",
            "El monto no alcanza a un céntimo por beneficiario; revise el desembolso.",
        )
    return [
        Share(name, document, cci, base + (1 if position < rest else 0), kind)
        for position, (name, document, cci) in enumerate(beneficiaries)
    ]


def reference_of(instruction_id: str, lineage: int) -> str:
    """The partner's reference (EndToEndId, at most 35 characters): instruction and lineage."""
    return f"{instruction_id.removeprefix('ins_')}-{lineage:02d}"


def recount(package: Mapping[str, Any]) -> str:
    """Count a resolution package again, from its votes alone; returns the result.

    Raises ValueError when the seats are not the board's, a seat votes twice, a stranger or a
    recused seat votes, the quorum is missed, or the count contradicts the stated result.
    LPAG 109–112: who abstains on a legal bar is present and has no vote; the chair breaks ties,
    or the deputy chair where the chair does not vote.
    """
    seats = {seat["seat"] for seat in package["seats"]}
    recused = set(package["recused"])
    votes = {vote["seat"]: vote["choice"] for vote in package["votes"]}
    if len(seats) != len(package["seats"]) or not seats <= SEATS or not recused <= SEATS:
        raise ValueError("seats that the board does not have")
    if len(votes) != len(package["votes"]):
        raise ValueError("a seat votes twice")
    if not set(votes.values()) <= {"for", "against", "abstain"}:
        raise ValueError("a vote that is neither for nor against nor an abstention")
    if not votes.keys() <= seats - recused:
        raise ValueError("a vote of a seat that may not vote")
    counted = {seat: choice for seat, choice in votes.items() if choice != "abstain"}
    if len(votes) + len(recused) < QUORUM or len(counted) < QUORUM - 1:
        raise ValueError("no quorum")
    in_favour = sum(1 for choice in counted.values() if choice == "for")
    against = len(counted) - in_favour
    presiding = [*_with_office(package, "chair"), *_with_office(package, "deputy_chair")]
    if in_favour != against:
        result = "approved" if in_favour > against else "rejected"
    else:
        casting = next((counted[seat] for seat in presiding if seat in counted), None)
        result = "approved" if casting == "for" else "rejected"
    if result != package["result"]:
        raise ValueError(f"the votes say {result}, the package says {package['result']}")
    return result


def _with_office(package: Mapping[str, Any], office: str) -> list[str]:
    """The seat of the chair or of the deputy chair, if there is one."""
    seats = [seat["seat"] for seat in package["seats"] if seat.get(office) is True]
    if len(seats) > 1:
        raise ValueError(f"more than one {office.replace('_', ' ')}")
    return seats


def demand_tranche_sums(totals: Mapping[str, int], tranches: Sequence[Mapping[str, Any]]) -> None:
    """The tranches of each channel sum to what the budget lines give it, to the céntimo.

    Raises disbursement.tranches_off, with both sums of each channel that is off.
    """
    paid = dict.fromkeys(totals, 0)
    for item in tranches:
        paid[item["channel"]] += item["amount_centimos"]
    off = [
        f"Las partidas dan S/ {to_amount(given)} a {channel} y sus desembolsos suman"
        f" S/ {to_amount(paid[channel])}; deben ser iguales al céntimo."
        for channel, given in totals.items()
        if given != paid[channel]
    ]
    if off:
        raise Conflict("disbursement.tranches_off", " ".join(off))


def tranche_outcome(states: Sequence[str]) -> str | None:
    """What a tranche becomes once none of its instructions is open; None while one is."""
    if any(state in OPEN_STATES for state in states):
        return None
    if "settled" in states:
        return "confirmed"
    return "returned" if "returned" in states else "rejected"


def demand_other_person(actor: str, former: str | None, what: str) -> None:
    """Four eyes: raises disbursement.same_person when the actor did the former step too."""
    if actor == former:
        raise Denied(
            "disbursement.same_person",
            f"Quien {what} no puede ser la misma persona; pídalo a otra.",
        )

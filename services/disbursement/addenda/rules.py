"""What an addendum changes of a plan: pure, in integer céntimos."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.disbursement import domain
from services.kernel.errors import Conflict, FieldError, Invalid
from services.kernel.values import to_amount

Plan = Mapping[str, Any]
Key = tuple[int, str]

SOURCES: Final = ("agroideas", "agrobanco", "own")
ADDENDUM_MOVES: Final[Mapping[str, frozenset[str]]] = {
    "drafted": frozenset({"in_board", "approved", "refused", "withdrawn"}),
    "in_board": frozenset({"approved", "refused", "withdrawn"}),
    "approved": frozenset({"in_force", "withdrawn"}),
    "in_force": frozenset(),
    "refused": frozenset(),
    "withdrawn": frozenset(),
}
CHANGEABLE: Final = frozenset({"planned", "requested", "observed"})
"""States of a tranche that is not prepared: nobody has drawn up a payment of it."""
_LINE: Final = ("line_no", "item", "description", *(f"{name}_centimos" for name in SOURCES))
_TRANCHE: Final = (
    "sequence",
    "channel",
    "amount_centimos",
    "milestone",
    "evidence",
    "due_working_days",
)


def plain(plan: Plan) -> dict[str, Any]:
    """The parts of a plan that an addendum may change, in one order."""
    lines = [{name: line.get(name) for name in _LINE} for line in plan["budget_lines"]]
    tranches = [{name: one.get(name) for name in _TRANCHE} for one in plan["tranches"]]
    return {
        "title": plan.get("title") or "—",
        "summary": plan.get("summary") or "",
        "budget_lines": sorted(lines, key=lambda line: int(line["line_no"] or 0)),
        "tranches": sorted(tranches, key=lambda one: (one["channel"], one["sequence"])),
    }


def key_of(tranche: Mapping[str, Any]) -> Key:
    """By what a planned tranche is told from the others."""
    return int(tranche["sequence"]), str(tranche["channel"])


def totals_of(plan: Plan) -> dict[str, int]:
    """The sum of each source over the plan's lines."""
    return {
        name: sum(int(line[f"{name}_centimos"]) for line in plan["budget_lines"])
        for name in SOURCES
    }


def demand_sums(plan: Plan) -> None:
    """Every line's total is the sum of its sources, each line and tranche is named once, and the
    tranches of each channel sum to what the lines give it, to the céntimo.

    Raises disbursement.line_off or disbursement.tranches_off, with both sums, and
    disbursement.plan_twice.
    """
    wrong = []
    for place, line in enumerate(plan["budget_lines"]):
        parts = sum(int(line[f"{name}_centimos"]) for name in SOURCES)
        if parts != line["total_centimos"]:
            detail = (
                f"La partida {line['line_no']} cuesta S/ {to_amount(line['total_centimos'])} y sus"
                f" fuentes suman S/ {to_amount(parts)}; deben ser iguales al céntimo."
            )
            pointer = f"/plan/budget_lines/{place}/total"
            wrong.append(FieldError(pointer, "disbursement.line_off", detail))
    if wrong:
        raise Invalid("disbursement.line_off", " ".join(one.detail for one in wrong), errors=wrong)
    _demand_once("/plan/budget_lines", [line["line_no"] for line in plan["budget_lines"]])
    _demand_once("/plan/tranches", [key_of(one) for one in plan["tranches"]])
    totals = totals_of(plan)
    domain.demand_tranche_sums({name: totals[name] for name in domain.CHANNELS}, plan["tranches"])


def _demand_once(pointer: str, names: Sequence[Any]) -> None:
    if len(set(names)) != len(names):
        detail = "Un mismo número figura dos veces; cada partida y cada desembolso tiene el suyo."
        error = FieldError(pointer, "disbursement.plan_twice", detail)
        raise Invalid("disbursement.plan_twice", detail, errors=[error])


def changes_between(former: Plan, plan: Plan) -> dict[str, Any]:
    """What differs, for people: cells of the budget, tranches part by part, totals and texts."""
    before, after = plain(former), plain(plan)
    was, now = totals_of(before), totals_of(after)
    return {
        "lines": _lines_between(before["budget_lines"], after["budget_lines"]),
        "tranches": _tranches_between(before["tranches"], after["tranches"]),
        "totals": [
            {"source": name, "from": to_amount(was[name]), "to": to_amount(now[name])}
            for name in SOURCES
            if was[name] != now[name]
        ],
        "texts": [
            {"part": part, "from": before[part], "to": after[part]}
            for part in ("title", "summary")
            if before[part] != after[part]
        ],
    }


def _lines_between(before: Sequence[Plan], after: Sequence[Plan]) -> list[dict[str, Any]]:
    was, now = ({line["line_no"]: line for line in lines} for lines in (before, after))
    found = []
    for number in sorted({*was, *now}):
        old, new = was.get(number, {}), now.get(number, {})
        amounts = [
            {
                "source": name,
                "from": to_amount(int(old.get(f"{name}_centimos", 0))),
                "to": to_amount(int(new.get(f"{name}_centimos", 0))),
            }
            for name in SOURCES
            if old.get(f"{name}_centimos", 0) != new.get(f"{name}_centimos", 0)
        ]
        texts = [old.get(name) != new.get(name) for name in ("item", "description")]
        if amounts or any(texts):
            item = (new or old)["item"]
            found.append({"line_no": number, "item": item, "amounts": amounts})
    return found


def _tranches_between(before: Sequence[Plan], after: Sequence[Plan]) -> list[dict[str, Any]]:
    was, now = ({key_of(one): one for one in tranches} for tranches in (before, after))
    found = []
    for key in sorted({*was, *now}):
        old, new = was.get(key), now.get(key)
        if old == new:
            continue
        parts = [
            {"part": name, "from": _shown(name, old), "to": _shown(name, new)}
            for name in _TRANCHE[2:]
            if old is None or new is None or old[name] != new[name]
        ]
        found.append({"sequence": key[0], "channel": key[1], "parts": parts})
    return found


def _shown(name: str, tranche: Plan | None) -> str | None:
    value = tranche.get(name) if tranche else None
    if value is None:
        return None
    return to_amount(value) if name == "amount_centimos" else str(value)


def demand_milestones_kept(former: Plan, plan: Plan, shown: Iterable[Key]) -> None:
    """The milestone of a tranche with evidence filed or verified stays as it was shown; raises
    disbursement.milestone_shown."""
    was, now = ({key_of(one): one for one in plan["tranches"]} for plan in (former, plan))
    for key in sorted(shown):
        old, new = was.get(key), now.get(key)
        if (
            old
            and new
            and any(old.get(name) != new.get(name) for name in ("milestone", "evidence"))
        ):
            raise Conflict(
                "disbursement.milestone_shown",
                f"El hito del desembolso {key[0]} de {key[1]} ya tiene un sustento; no se cambia.",
            )

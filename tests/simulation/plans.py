"""Plans as the route hands them to the room."""

from typing import Any, Final

from services.kernel.values import to_centimos

LINES: Final = ("total", "agroideas", "agrobanco", "own")


def plan_of(application: dict[str, Any]) -> dict[str, Any]:
    """The application's plan, its amounts in céntimos."""
    plan = application["plan"]
    return {
        "budget_lines": [
            {name: value for name, value in line.items() if name not in LINES}
            | {f"{name}_centimos": to_centimos(line[name]["amount"]) for name in LINES}
            for line in plan["budget_lines"]
        ],
        "tranches": [
            {**item, "amount_centimos": to_centimos(item["amount"]["amount"])}
            for item in plan["tranches"]
        ],
    }

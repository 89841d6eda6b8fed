"""PromQL expressions taken apart: which metrics they read."""

from typing import Any

import promql_parser


def metrics_of(expression: str) -> set[str]:
    """The names of the metrics that an expression reads; ValueError when it cannot be parsed."""
    found: set[str] = set()

    def see(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.add(node.name or _by_label(node))

    promql_parser.walk(promql_parser.parse(expression), see)
    return found


def _by_label(node: Any) -> str:
    """The metrics of a selector such as {__name__=~"…"}."""
    return next(one.value for one in node.matchers.matchers if one.name == "__name__")

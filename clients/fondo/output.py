"""Where answers go: a table or a page for a person, or the document itself with `--json`."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from clients.fondo.errors import FondoError

PLAIN_WIDTH = 110
"""Columns when nobody's terminal tells: a pipe, a file."""


class Output:
    """The streams of one command. Answers go to the first, all else to the second."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.console = _console(stderr=False)
        self.aside = _console(stderr=True)

    def show(self, document: Any, render: Callable[[], Sequence[RenderableType]]) -> None:
        """Print the document, or what is rendered of it."""
        if self.as_json:
            text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
            self.console.out(text, highlight=False)
            return
        for part in render():
            self.console.print(part, soft_wrap=isinstance(part, str))

    def say(self, text: str) -> None:
        """Tell the person something that is no part of the answer."""
        self.aside.print(text, markup=False, highlight=False, soft_wrap=True)

    def fail(self, error: FondoError) -> None:
        """Tell what went wrong: field by field, with the cure, and the id for whoever helps."""
        if self.as_json:
            text = json.dumps(error.document(), ensure_ascii=False, indent=2)
            self.aside.out(text, highlight=False)
            return
        self.aside.print(Text.assemble(("✗ ", "bold red"), error.detail), soft_wrap=True)
        for wrong in error.errors:
            line = f"  · {wrong.get('pointer', '')}: {wrong.get('detail', '')}"
            self.aside.print(Text(line), soft_wrap=True)
        if error.cure:
            self.aside.print(Text.assemble(("  → ", "bold"), error.cure), soft_wrap=True)
        told = f"  {error.code}" + (f" · solicitud {error.request_id}" if error.request_id else "")
        self.aside.print(Text(told, style="dim"), soft_wrap=True)


def table(title: str, *columns: str) -> Table:
    """A table as all of them look here; the first column holds the number to type."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold", justify="right" if column == "N.º" else "left")
    return made


def facts(*pairs: tuple[str, Any]) -> Table:
    """Names and values, one pair a line; those without a value are left out."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, ""):
            made.add_row(name, Text(str(value)))
    return made


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    return (
        console
        if console.is_terminal
        else Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)
    )

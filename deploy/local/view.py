"""What a person sees while the stack comes up: one line a step, in place where possible."""

from __future__ import annotations

import threading
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from deploy.local.errors import StackError


class View:
    """Progress on a console. Quiet shows warnings only; a pipe gets plain lines."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._started = time.monotonic()
        self._running: dict[str, float] = {}
        self._lock = threading.Lock()
        self._live = Live(
            get_renderable=self._line,
            console=console,
            refresh_per_second=4,
            transient=True,
            auto_refresh=console.is_terminal and not quiet,
        )

    def __enter__(self) -> View:
        if self._console.is_terminal and not self._quiet:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def step(self, name: str, event: str, seconds: float) -> None:
        """A step of the start went on."""
        with self._lock:
            if event == "running":
                self._running[name] = time.monotonic()
                return
            self._running.pop(name, None)
        marks = {
            "done": "[green]✓[/green]",
            "failed": "[red]✗[/red]",
            "skipped": "[yellow]–[/yellow]",
        }
        if not self._quiet or event != "done":
            self._console.print(f"{marks[event]} {name:<16} [dim]{event} {seconds:5.1f} s[/dim]")

    def tool(self, label: str, step: str, seconds: float) -> None:
        """A tool was found, is being built, or is ready."""
        if not self._quiet and not step.startswith("found"):
            self._console.print(f"[blue]⚙[/blue] {label:<20} {step} [dim]{seconds:5.1f} s[/dim]")

    def warn(self, text: str) -> None:
        """Something is left out; the rest goes on."""
        self._console.print(f"[yellow]![/yellow] {text}", soft_wrap=True)

    def note(self, text: str) -> None:
        """A plain sentence."""
        if not self._quiet:
            self._console.print(text, soft_wrap=True)

    def elapsed(self) -> float:
        """Seconds since this view began."""
        return time.monotonic() - self._started

    def _line(self) -> Text:
        now = time.monotonic()
        with self._lock:
            waiting = [f"{name} {now - since:.0f} s" for name, since in self._running.items()]
        return Text("… " + ", ".join(waiting) if waiting else "", style="dim")


def show_error(console: Console, error: StackError) -> None:
    """What failed, its last words, and what to do about it."""
    console.print(f"[red]✗[/red] {error}", soft_wrap=True)
    if error.details:
        console.print(Text(error.details, style="dim"), soft_wrap=True)
    if error.cure:
        console.print(f"  [bold]cure:[/bold] {error.cure}", soft_wrap=True)

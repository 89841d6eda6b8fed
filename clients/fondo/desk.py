"""What a command gets to work with, and the frame that every command has in common.

`command` puts `--json` and `--profile` on each command, hands it its desk, and turns what can go
wrong into a Spanish text and an exit code.
"""

import functools
import inspect
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import typer

from clients.fondo import keys, numbering, profiles, tokens
from clients.fondo.errors import FondoError, Wrong
from clients.fondo.gateway import Gateway
from clients.fondo.operations import Operations
from clients.fondo.output import Output
from clients.fondo.profiles import Profile
from clients.fondo.spanish import SpanishCommand, SpanishGroup

JsonOption = Annotated[bool, typer.Option("--json", help="El documento en JSON, para programas.")]


def _complete_profile(incomplete: str) -> list[str]:
    return [name for name in profiles.all_profiles() if name.startswith(incomplete)]


ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        envvar="FONDO_PROFILE",
        help="El perfil, si no es el que está en uso.",
        autocompletion=_complete_profile,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="No preguntar antes de hacerlo.")]


@dataclass
class Desk:
    """One command's profile, streams, session and gateway, each made when first used."""

    profile: Profile
    out: Output

    @cached_property
    def identity(self) -> tokens.Identity:
        """Who is logged in."""
        return tokens.current(self.profile.name)

    @cached_property
    def gateway(self) -> Gateway:
        """The API, as whoever is logged in."""
        return Gateway(self.profile.base_url, self.identity.token)

    @cached_property
    def operations(self) -> Operations:
        """The API's whole, as the operator who is logged in."""
        return Operations(self.profile.base_url, self.identity.token)

    @property
    def seat(self) -> str:
        """The seat of whoever is logged in; raises Wrong when there is none."""
        if not self.identity.seat:
            detail = f"{self.identity.sub} no ocupa un asiento del directorio."
            raise Wrong("client.no_seat", detail, "Entre como miembro: `fondo login`.")
        return self.identity.seat

    def close(self) -> None:
        """Let the connections go, if any were made."""
        for name in ("gateway", "operations"):
            if name in vars(self):
                getattr(self, name).close()

    def resolve(self, kind: str, typed: str) -> str:
        """The identifier for a number of the last list."""
        return numbering.resolve(self.profile.name, kind, typed)

    def remember(self, kind: str, rows: list[tuple[str, str]]) -> None:
        """Number a list from one."""
        numbering.remember(self.profile.name, kind, rows)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before an act; raises Wrong when the answer is no, or when nobody can answer."""
        if yes:
            return
        if not typer.get_text_stream("stdin").isatty():
            detail = "Nadie puede confirmar: la entrada no es una terminal."
            raise Wrong("client.not_confirmed", detail, "Agregue --yes si está seguro.")
        asked = f"[{self.profile.label}] {question}"
        if not typer.confirm(asked, err=True):
            raise Wrong("client.not_confirmed", "No se hizo nada.")

    def unlock(self) -> tuple[keys.LocalKey, str]:
        """The signing key and the passphrase that opens it; checked before anything is asked."""
        key = keys.active(self.profile.name)
        return key, keys.passphrase()


def command(app: typer.Typer, name: str, **options: Any) -> Callable[..., Callable[..., Any]]:
    """Register a function of a desk as a command; its docstring is the help that members read."""

    def register(function: Callable[..., None]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*, as_json: bool = False, profile: str | None = None, **given: Any) -> None:
            out = Output(as_json=as_json)
            try:
                with closing(Desk(profiles.chosen(profile), out)) as desk:
                    function(desk, **given)
            except FondoError as error:
                out.fail(error)
                raise typer.Exit(error.EXIT_CODE) from None

        own = list(inspect.signature(function).parameters.values())[1:]
        kind = inspect.Parameter.KEYWORD_ONLY
        shared = [
            inspect.Parameter("as_json", kind, default=False, annotation=JsonOption),
            inspect.Parameter("profile", kind, default=None, annotation=ProfileOption),
        ]
        parameters = [one.replace(kind=kind) for one in own] + shared
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        del run.__wrapped__
        return app.command(name, cls=SpanishCommand, **options)(run)

    return register


def number(kind: str) -> Any:
    """The argument that names a row of the last list of this kind."""

    def complete(incomplete: str) -> list[tuple[str, str]]:
        return numbering.completions(profiles.current_name(), kind, incomplete)

    what, shown_by = numbering.NOUNS[kind]
    text = f"El número de {what} en la última lista (`{shown_by}`)."
    return typer.Argument(help=text, autocompletion=complete, metavar="N")


def group(help_text: str, *, alone: bool = False) -> typer.Typer:
    """A group of commands; `alone`: its name by itself is a command too."""
    return typer.Typer(
        cls=SpanishGroup, no_args_is_help=not alone, help=help_text, rich_markup_mode="rich"
    )

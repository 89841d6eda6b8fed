"""Typer's own words in Spanish: the frame of each help page and what was typed wrong."""

import re
from typing import Any, Final

import typer
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

rich_utils.ARGUMENTS_PANEL_TITLE = "Argumentos"
rich_utils.OPTIONS_PANEL_TITLE = "Opciones"
rich_utils.COMMANDS_PANEL_TITLE = "Comandos"
rich_utils.ERRORS_PANEL_TITLE = "No se entiende"
rich_utils.RICH_HELP = "Vea [blue]'{command_path} {help_option}'[/]."
rich_utils.REQUIRED_LONG_STRING = "[obligatorio]"
rich_utils.DEFAULT_STRING = "[si no se dice: {}]"
rich_utils.ENVVAR_STRING = "[variable: {}]"

UsageError: Final = typer.BadParameter.__mro__[1]
_SAID: Final = (
    (r"Missing (?:argument|parameter) '?(.+?)'?\.", r"Falta \1."),
    (r"Missing option '?(.+?)'?\.", r"Falta la opción \1."),
    (r"Missing command\.", "Falta el comando."),
    (r"No such option: (\S+)", r"No hay una opción \1"),
    (r"No such command '?(.+?)'?\.", r"No hay un comando \1."),
    (r"Invalid value for '?(.+?)'?: ", r"Valor no admitido en \1: "),
    (r"Got unexpected extra arguments? \((.+)\)", r"Sobra: \1"),
    (r"Option '?(.+?)'? requires an argument\.", r"La opción \1 lleva un valor."),
    (r"Did you mean", "¿Quiso decir"),
    (r"is not one of", "no es uno de"),
    (r"Input should be (?:less|greater) than or equal to (\d+)", r"el límite es \1"),
    (r"Input should be (.+)", r"debe ser \1"),
    (r"is not in the range", "no está entre"),
    (r"is not a valid (?:int|integer)", "no es un número entero"),
)


def translated(said: str) -> str:
    """A usage error of Typer in Spanish, as far as it is known here."""
    for english, spanish in _SAID:
        said = re.sub(english, spanish, said)
    return said


class _Spanish:
    """What a command and a group change alike."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "Muestra esta ayuda."
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        pieces = pieces.replace("[OPTIONS]", "[OPCIONES]").replace("COMMAND [ARGS]", "COMANDO ")
        formatter.write_usage(ctx.command_path, pieces, prefix="Uso: ")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _in_spanish():
            found: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        with _in_spanish():
            return super().resolve_command(ctx, args)  # type: ignore[misc]


class _in_spanish:  # noqa: N801
    """Translates the usage error that leaves its block."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, UsageError):
            told: Any = error
            said = translated(told.format_message())
            vars(error)["format_message"] = lambda: said


class SpanishCommand(_Spanish, TyperCommand):
    """A command whose help is Spanish throughout."""


class SpanishGroup(_Spanish, TyperGroup):
    """A group whose help is Spanish throughout."""

"""Who one is and with which fund one works: login, logout, whoami, profile."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from clients.fondo import profiles, times, tokens
from clients.fondo.desk import Desk, Yes, command, group
from clients.fondo.errors import Wrong
from clients.fondo.login import DeviceLogin
from clients.fondo.output import facts, table
from clients.fondo.profiles import Profile
from clients.fondo.words import word

profile_app = group("Con qué fondo trabaja: de pruebas o en vivo.")


def add_to(app: typer.Typer) -> None:
    """Put these commands on the program."""
    command(app, "login")(login)
    command(app, "logout")(logout)
    command(app, "whoami")(whoami)
    app.add_typer(profile_app, name="profile")


def login(
    desk: Desk,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="Para programas: archivo con un token; «-» lo lee de la entrada.",
            allow_dash=True,
        ),
    ] = None,
) -> None:
    """Entra al fondo: abra la dirección que se muestra y apruebe el código."""
    if token_file is None:
        token = _by_device(desk)
    elif str(token_file) == "-":
        token = sys.stdin.read().strip()
    else:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise Wrong("client.file_unreadable", f"No se puede leer {token_file}.") from None
    identity = tokens.keep(desk.profile.name, token)
    _show_identity(desk, identity)


def _by_device(desk: Desk) -> str:
    with closing(DeviceLogin(desk.profile.issuer)) as login:
        pending = login.start()
        desk.out.say(f"Abra {pending.verification_uri_complete}")
        desk.out.say(f"y apruebe el código {pending.user_code}. Este comando espera aquí.")
        return login.wait(pending)


def logout(desk: Desk) -> None:
    """Sale: borra el token de esta computadora; las llaves quedan."""
    ended = tokens.forget(desk.profile.name)
    text = "Sesión cerrada." if ended else "No había sesión."
    desk.out.show({"ended": ended}, lambda: [text])


def whoami(desk: Desk) -> None:
    """Dice quién ha entrado, con qué asiento, y hasta cuándo."""
    _show_identity(desk, desk.identity)


def _show_identity(desk: Desk, identity: tokens.Identity) -> None:
    document = {**identity.document(), "profile": desk.profile.name, "live": desk.profile.live}
    until = str(document["expires_at"])
    desk.out.show(
        document,
        lambda: [
            facts(
                ("Perfil", desk.profile.label),
                ("Persona", identity.sub),
                ("Rol", identity.role),
                ("Asiento", word(identity.seat) if identity.seat else None),
                ("Sesión hasta", f"{times.in_lima(until)} (quedan {times.left(until)})"),
            )
        ],
    )


def _document(profile: Profile) -> dict[str, object]:
    return {**vars(profile), "current": profile.name == profiles.current_name()}


@command(profile_app, "list")
def list_profiles(desk: Desk) -> None:
    """Los perfiles y cuál está en uso."""
    found = [_document(profile) for profile in profiles.all_profiles().values()]
    made = table("Perfiles", "", "Nombre", "Dirección", "Emisor", "Clase")
    for one in found:
        kind = "EN VIVO" if one["live"] else "pruebas"
        mark = "●" if one["current"] else ""
        made.add_row(mark, str(one["name"]), str(one["base_url"]), str(one["issuer"]), kind)
    desk.out.show({"data": found}, lambda: [made])


@command(profile_app, "add")
def add_profile(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="Cómo lo llamará, por ejemplo «vivo».")],
    base_url: Annotated[str, typer.Option(help="Dirección de la API del fondo.")],
    issuer: Annotated[str, typer.Option(help="Dirección de quien emite los tokens.")],
    live: Annotated[
        bool, typer.Option("--live/--sandbox", help="Si lo que se firma vale de verdad.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Agrega un perfil, o cambia el que tiene ese nombre."""
    if name in profiles.all_profiles() and name != profiles.LOCAL.name:
        desk.confirm(f"Ya hay un perfil {name}. ¿Reemplazarlo?", yes=yes)
    made = profiles.keep(Profile(name, base_url.rstrip("/"), issuer.rstrip("/"), live=live))
    desk.out.show(_document(made), lambda: [f"Perfil {made.label} guardado."])


@command(profile_app, "use")
def use_profile(
    desk: Desk, name: Annotated[str, typer.Argument(help="Uno de `fondo profile list`.")]
) -> None:
    """Pone un perfil en uso."""
    made = profiles.use(name)
    desk.out.show(_document(made), lambda: [f"En uso: {made.label}."])

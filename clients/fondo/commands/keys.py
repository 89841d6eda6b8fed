"""The member's signing keys: key create, register, list, use, revoke."""

from typing import Annotated, Any

import typer

from clients.fondo import keys, signing, times
from clients.fondo.desk import Desk, Yes, command, group, number
from clients.fondo.errors import FondoError
from clients.fondo.output import facts, table
from clients.fondo.words import short

app = group(
    "Su llave de firma: se crea aquí, queda aquí cifrada, y solo se registra su mitad pública."
)


@command(app, "create")
def create(
    desk: Desk,
    algorithm: Annotated[
        keys.Algorithm, typer.Option(help="Ed25519 (EdDSA) o P-256 (ES256).")
    ] = "EdDSA",
) -> None:
    """Crea una llave, cifrada con una frase que solo usted sabe."""
    passphrase = keys.new_passphrase()
    key = keys.create(desk.profile.name, algorithm, passphrase, times.stamp(times.now()))
    desk.out.show(
        key.document(),
        lambda: [
            facts(("Llave", key.kid), ("Algoritmo", key.algorithm)),
            "Regístrela para firmar con ella: `fondo key register`. Sin la frase no hay llave.",
        ],
    )


@command(app, "register")
def register(desk: Desk) -> None:
    """Registra en el fondo la mitad pública de su llave, con prueba de que tiene la otra."""
    key, passphrase = desk.unlock()
    signed = signing.sign_key(desk.profile.name, desk.identity.sub, key=key, passphrase=passphrase)
    body = {"jwk": key.jwk, "signed_at": signed.text["signed_at"], "signature": signed.signature}
    answer = desk.gateway.register_key(body)
    desk.out.show(answer, lambda: [f"Llave {key.kid} registrada a nombre de {desk.identity.sub}."])


@command(app, "list")
def list_keys(desk: Desk) -> None:
    """Sus llaves: las de esta computadora y las registradas."""
    rows = _rows(desk)
    desk.remember("key", [(row["id"], str(row["algorithm"])) for row in rows])
    made = table("Llaves", "N.º", "Llave", "Algoritmo", "Aquí", "Registrada", "Revocada")
    for at, row in enumerate(rows, start=1):
        here = "firma" if row["active"] else "sí" if row["local"] else "no"
        registered, revoked = times.in_lima(row["registered_at"]), times.in_lima(row["revoked_at"])
        made.add_row(str(at), short(row["id"]), row["algorithm"], here, registered, revoked)
    desk.out.show({"data": rows}, lambda: [made])


def _rows(desk: Desk) -> list[dict[str, Any]]:
    local = {key.kid: key for key in keys.local_keys(desk.profile.name)}
    registered = {str(row["kid"]): row for row in desk.gateway.keys(desk.identity.sub)}
    try:
        active = keys.active(desk.profile.name).kid
    except FondoError:
        active = ""
    return [
        {
            "id": kid,
            "algorithm": registered.get(kid, {}).get("algorithm") or local[kid].algorithm,
            "local": kid in local,
            "active": kid == active,
            "registered_at": registered.get(kid, {}).get("registered_at"),
            "revoked_at": registered.get(kid, {}).get("revoked_at"),
        }
        for kid in [*local, *(kid for kid in registered if kid not in local)]
    ]


@command(app, "use")
def use(desk: Desk, key: Annotated[str, number("key")]) -> None:
    """Firma desde ahora con otra llave de esta computadora."""
    kid = desk.resolve("key", key)
    keys.activate(desk.profile.name, kid)
    desk.out.show({"id": kid, "active": True}, lambda: [f"Desde ahora firma con {short(kid)}"])


@command(app, "revoke")
def revoke(
    desk: Desk,
    key: Annotated[str, number("key")],
    reason: Annotated[str, typer.Option(help="Por qué: se perdió, cambió de equipo…")],
    yes: Yes = False,
) -> None:
    """Revoca una llave: desde ahora no vale; lo que ya firmó sigue valiendo."""
    kid = desk.resolve("key", key)
    desk.confirm(f"¿Revocar la llave {short(kid)}? No se puede deshacer.", yes=yes)
    answer = desk.gateway.revoke_key(kid, reason)
    desk.out.show(answer, lambda: [f"Llave {short(kid)} revocada."])

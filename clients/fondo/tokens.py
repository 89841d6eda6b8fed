"""The session: the token of one profile, kept with mode 0600 until it ends."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from clients.fondo import store
from clients.fondo.errors import Wrong
from clients.fondo.times import now


@dataclass(frozen=True)
class Identity:
    """What the token says of its bearer; only the server can tell whether it is true."""

    sub: str
    role: str
    seat: str
    expires_at: datetime
    token: str

    def document(self) -> dict[str, Any]:
        """Everything but the token."""
        return {
            "sub": self.sub,
            "role": self.role,
            "seat": self.seat or None,
            "expires_at": self.expires_at.isoformat().replace("+00:00", "Z"),
        }


def read_token(token: str) -> Identity:
    """The identity in a token; raises Wrong when this is none."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        sub, role = str(claims["sub"]), str(claims.get("role") or "")
    except (jwt.InvalidTokenError, KeyError, ValueError, OverflowError, OSError):
        cure = "Péguelo entero, sin «Bearer»."
        raise Wrong("client.token_malformed", "Eso no es un token de acceso.", cure) from None
    return Identity(sub, role, str(claims.get("seat") or ""), expires_at, token)


def keep(profile: str, token: str) -> Identity:
    """Start the session of a profile."""
    identity = read_token(token)
    _check_fresh(identity)
    store.write({"token": token}, _file(profile))
    return identity


def current(profile: str) -> Identity:
    """Who is logged in at this profile; raises Wrong when nobody is, or no longer."""
    kept = store.read(_file(profile))
    if not kept:
        detail = f"No ha iniciado sesión en el perfil {profile}."
        raise Wrong("client.no_session", detail, "Entre con `fondo login`.")
    identity = read_token(str(kept["token"]))
    _check_fresh(identity)
    return identity


def forget(profile: str) -> bool:
    """End the session; whether there was one."""
    return store.remove(_file(profile))


def _check_fresh(identity: Identity) -> None:
    if identity.expires_at <= now():
        raise Wrong("client.session_ended", "Su sesión venció.", "Entre otra vez: `fondo login`.")


def _file(profile: str) -> str:
    return f"session-{profile}.json"

"""Profiles: with which fund one works, and as whom. `live` ones warn before each signature."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from clients.fondo import store
from clients.fondo.errors import Wrong

FILE: Final = "profiles.json"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class Profile:
    """An address of the fund, its issuer of tokens, and the last person who logged in."""

    name: str
    base_url: str
    issuer: str
    sub: str = ""
    live: bool = False

    @property
    def label(self) -> str:
        """How the member sees at a glance where he is."""
        return f"{self.name} · {'EN VIVO' if self.live else 'PRUEBAS'}"


LOCAL: Final = Profile("sandbox", "http://127.0.0.1:18000", "http://127.0.0.1:18006")
"""What there is before any profile is added: the stack of one machine."""


def all_profiles() -> dict[str, Profile]:
    """Every profile by its name; the local sandbox while none was added."""
    kept = _kept()["profiles"]
    return {name: Profile(name=name, **told) for name, told in kept.items()} or {LOCAL.name: LOCAL}


def current_name() -> str:
    """The name of the profile in use."""
    return str(_kept()["current"] or LOCAL.name)


def chosen(name: str | None) -> Profile:
    """The profile of this name, or the one in use; raises Wrong when there is none."""
    wanted, known = name or current_name(), all_profiles()
    if wanted not in known:
        there_are = ", ".join(sorted(known))
        detail = f"No hay un perfil {wanted}; hay: {there_are}."
        raise Wrong("client.profile_unknown", detail, "Agréguelo: `fondo profile add NOMBRE`.")
    return known[wanted]


def keep(profile: Profile, *, use: bool = False) -> Profile:
    """Add or replace a profile; the first one is also put in use."""
    if not NAME.fullmatch(profile.name):
        detail = "El nombre de un perfil lleva minúsculas, cifras y guiones."
        raise Wrong("client.profile_name", detail, "Por ejemplo: `fondo profile add vivo`.")
    for url in (profile.base_url, profile.issuer):
        parts = urlsplit(url)
        is_local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
            detail = f"La dirección {url} no es https."
            raise Wrong("client.profile_url", detail, "Sin https solo se admite esta máquina.")
    kept = _kept()
    told = {name: value for name, value in asdict(profile).items() if name != "name"}
    kept["profiles"][profile.name] = told
    if use or not kept["current"]:
        kept["current"] = profile.name
    store.write(kept, FILE)
    return profile


def use(name: str) -> Profile:
    """Put a profile in use."""
    return keep(chosen(name), use=True)


def _kept() -> dict[str, Any]:
    kept = store.read(FILE, default=None) or {}
    return {"current": kept.get("current"), "profiles": kept.get("profiles", {})}

"""What can go wrong, with its exit code: 1 refused, 2 usage, 3 nobody answers."""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self


@dataclass
class FondoError(Exception):
    """Something that the member reads, in Spanish, with its cure."""

    EXIT_CODE: ClassVar[int] = 1

    code: str
    detail: str
    cure: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    request_id: str = ""
    status: int = 0

    def __str__(self) -> str:
        return self.detail

    def document(self) -> dict[str, Any]:
        """For programs: what `--json` prints on the error stream."""
        told = {name: value for name, value in vars(self).items() if value}
        return {"error": told, "exit_code": self.EXIT_CODE}


class Refused(FondoError):
    """The fund answered no: a rule, or the state of things."""

    @classmethod
    def of(cls, status: int, content: bytes) -> Self:
        """The refusal in an answer, whether or not it is problem+json."""
        try:
            problem = json.loads(content)
        except ValueError:
            problem = None
        if not isinstance(problem, dict) or "code" not in problem:
            detail = f"El servidor respondió {status} sin decir por qué."
            cure = "Revise la dirección del perfil (`fondo profile list`) o avise a la secretaría."
            return cls("http.unexplained", detail, cure, status=status)
        return cls(
            str(problem["code"]),
            str(problem.get("detail") or problem.get("title") or ""),
            CURES.get(str(problem["code"]), ""),
            [found for found in problem.get("errors") or [] if isinstance(found, dict)],
            str(problem.get("request_id") or ""),
            status,
        )


class Wrong(FondoError):
    """The command cannot be carried out as it was typed, or something of one's own is amiss."""

    EXIT_CODE: ClassVar[int] = 2


class Unreachable(FondoError):
    """Nobody answered: the network, the address, or the server."""

    EXIT_CODE: ClassVar[int] = 3


CURES = {
    "auth.expired_token": "Su sesión venció: `fondo login`.",
    "auth.invalid_token": "Su sesión no vale en este perfil: `fondo login`.",
    "auth.token_missing": "No ha iniciado sesión: `fondo login`.",
    "board.key_unknown": "Registre su llave: `fondo key register`.",
    "board.key_revoked": "Cree y registre otra llave: `fondo key create`, `fondo key register`.",
    "board.signed_at_off": "Ponga en hora su computadora y vuelva a firmar.",
    "board.wrong_dossier": "Lea otra vez el expediente: `fondo board show N`, y vote de nuevo.",
    "board.recusal_pending": "Espere a que quien preside decida: `fondo board inbox`.",
    "board.session_not_open": "Vea desde cuándo se vota: `fondo session list`.",
    "board.alternate_not_called": "Como suplente vota si falta el titular o si la llaman.",
}
"""What to type next, for the refusals that a command of this program cures."""

"""What a verification found: each fault by name, in Spanish, with where it is."""

from dataclasses import dataclass, field

SEAT_NAMES = {"midagri": "MIDAGRI", "produce": "PRODUCE", "mincetur": "MINCETUR", "mef": "MEF"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: a stable code, the place in the acta, and a Spanish sentence."""

    code: str
    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on an acta. `notes` says what was checked, and what could not be."""

    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()
    number: str | None = None
    content_sha256: str | None = None
    previous_sha256: str | None = None
    results: tuple[str, ...] = field(default=())
    """One line a matter: its title, what was agreed, under which number."""

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def seat_name(seat: str) -> str:
    """The seat as people write it."""
    return SEAT_NAMES.get(seat, seat)

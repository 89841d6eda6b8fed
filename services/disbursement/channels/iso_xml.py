"""ISO 20022 files as XML: read safely, held against their published schema, found by plain names.

Entities are never resolved and nothing is fetched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from services.disbursement.channels.protocol import PartnerUnclear

MAX_BYTES: Final = 20_000_000
SAFE: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}
_SCHEMAS = Path(__file__).parents[3] / "contracts" / "partners" / "iso20022"


def space_of(message: str) -> str:
    """The namespace of a message."""
    return f"urn:iso:std:iso:20022:tech:xsd:{message}"


@dataclass(frozen=True, slots=True)
class Part:
    """An element and its namespace: parts by their plain names, missing texts as none."""

    element: etree._Element
    space: str

    def find(self, path: str) -> etree._Element | None:
        """The element at the path, if it is there."""
        return self.element.find(_path(self.space, path))

    def part(self, path: str) -> "Part":
        """The part that must be there; raises ValueError."""
        found = self.find(path)
        if found is None:
            raise ValueError(f"no {path}")
        return Part(found, self.space)

    def parts(self, path: str) -> Iterator["Part"]:
        """Those at the path, in order."""
        return (Part(one, self.space) for one in self.element.iterfind(_path(self.space, path)))

    def text(self, path: str) -> str:
        """The text at the path; empty if there is none."""
        return self.element.findtext(_path(self.space, path)) or ""

    def own_text(self) -> str:
        """The element's own text."""
        return self.element.text or ""

    def get(self, name: str) -> str | None:
        """An attribute."""
        return self.element.get(name)


@cache
def _path(space: str, path: str) -> str:
    return "/".join(f"{{{space}}}{name}" for name in path.split("/"))


def sound(body: bytes, message: str) -> etree._Element:
    """The root of a file that meets its schema; raises PartnerUnclear."""
    try:
        if len(body) > MAX_BYTES:
            raise ValueError("the file is too large")
        root = etree.fromstring(body, etree.XMLParser(**SAFE))
        _plain(root.getroottree().docinfo)
        meet_schema(root, message)
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise PartnerUnclear(f"not a sound {message}: {error}") from error
    return root


def _plain(told: etree.DocInfo) -> None:
    if told.internalDTD is not None:
        raise ValueError("a document type is not accepted")
    if str(told.encoding or "UTF-8").upper() not in {"UTF-8", "US-ASCII"}:
        raise ValueError(f"encoding {told.encoding} is not accepted: UTF-8 is the agreed one")


def meet_schema(root: etree._Element, message: str) -> None:
    """Raises ValueError with the line and the reason where the schema is broken first."""
    schema: Any = schema_of(message)
    if not schema.validate(root):
        first = schema.error_log[0]
        raise ValueError(f"line {first.line}: {first.message}")


@cache
def schema_of(message: str) -> etree.XMLSchema:
    """The published schema of a message."""
    return etree.XMLSchema(etree.parse(str(_SCHEMAS / f"{message}.xsd")))

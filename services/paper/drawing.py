"""Drawing a paper from its data, and reading back the files that a paper carries.

The same data, attachments and version of the programs give the same bytes: no clock, no fonts of
the system, no network. A document is PDF/A-3, so that it can carry the file it was drawn from.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import typst
from pypdf import PdfReader
from pypdf.errors import PyPdfError

STANDARD: Final = "a-3b"
_BROKEN: Final = (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError, TypeError)
"""What pypdf raises, beside its own errors, from a file that is damaged."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the paper carries inside."""

    name: str
    content: bytes
    media_type: str = "application/json"
    description: str = "El documento del que se hizo este papel"


class PaperError(ValueError):
    """The bytes are not a paper that can be read."""


def render(template: str, data: dict[str, Any], attachments: Sequence[Attachment] = ()) -> bytes:
    """The PDF of `templates/<template>.typ` over `data`, which the template reads as data.json.

    Texts in `data` are shown as they are: nothing in them is markup. Raises ValueError for data
    that is not JSON, and typst's own error for data that the template does not understand.
    """
    listed = [
        {
            "path": f"attachment-{place}",
            "name": attachment.name,
            "media_type": attachment.media_type,
            "description": attachment.description,
        }
        for place, attachment in enumerate(attachments)
    ]
    world = {
        "main.typ": _template(template),
        "common.typ": _template("common"),
        "data.json": _json(data),
        "attachments.json": _json(listed),
    }
    for entry, attachment in zip(listed, attachments, strict=True):
        world[entry["path"]] = attachment.content
    # A mapping of files is taken, although the stubs do not say so.
    compiler = typst.Compiler(world, ignore_system_fonts=True)  # type: ignore[type-var]
    drawn = compiler.compile(format="pdf", pdf_standards=STANDARD)
    assert isinstance(drawn, bytes)
    return drawn


def attachments_of(pdf: bytes) -> dict[str, bytes]:
    """The files that a paper carries, by name; raises PaperError when they cannot be read, or when
    two carry one name."""
    try:
        found = {name: list(held) for name, held in PdfReader(io.BytesIO(pdf)).attachments.items()}
    except (*_BROKEN, ValueError, RecursionError, NotImplementedError) as error:
        raise PaperError("the PDF is damaged") from error
    if any(len(held) != 1 for held in found.values()):
        raise PaperError("two attachments carry one name")
    return {name: held[0] for name, held in found.items()}


def _template(name: str) -> bytes:
    return (files("services.paper") / "templates" / f"{name}.typ").read_bytes()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()

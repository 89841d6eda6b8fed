"""A partner's XML file before the parser has it: of a bounded length and without a document type.

libxml2 2.14 reading in pieces under a schema ends the whole process at the first use of an entity
that the file declares, so no declaration may reach it.
"""

import re
from typing import Any, BinaryIO, Final

_DOCTYPE: Final = b"<!DOCTYPE"
_ENCODING: Final = re.compile(rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']([^"']{0,40})""")
_AGREED: Final = {b"UTF-8", b"US-ASCII"}


class PlainFile:
    """What a parser reads a file through; `read` raises ValueError with the line for a document
    type, for bytes that are no UTF-8 text, and for a file past `limit` bytes."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._left = file, limit
        self._line, self._edge = 1, b""

    def read(self, size: int) -> bytes:
        """The next piece, looked through before it is handed on."""
        piece: Any = self._file.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError("the file is too large")
        told = _ENCODING.search(piece[:200]) if not self._edge else None
        # No text of UTF-8 has a zero byte; UTF-16 and UTF-32 would hide what we look for.
        if b"\0" in piece or (told and told[1].upper() not in _AGREED):
            raise ValueError(f"line {self._line}: UTF-8 is the only encoding that is accepted")
        seen = self._edge + piece
        if _DOCTYPE in seen:
            line = self._line + seen[: seen.index(_DOCTYPE)].count(b"\n")
            raise ValueError(f"line {line}: a document type is not accepted")
        self._line += piece.count(b"\n")
        self._edge = seen[1 - len(_DOCTYPE) :]
        return bytes(piece)

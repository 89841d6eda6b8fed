"""The compiled dossier on paper: the same file gives the same PDF, with the file inside."""

from typing import Any

from services.board import files
from services.board.models import BallotFile
from services.kernel.db import instant_text
from services.kernel.proof import canonical
from services.paper.drawing import Attachment, render


def draw(row: BallotFile) -> bytes:
    """The PDF of a compiled file. Ballots from before have a file that tells only a hash."""
    return drawn(
        row.file,
        ballot_id=row.ballot_id,
        sequence=row.sequence,
        file_sha256=row.file_sha256,
        reason=row.reason,
        compiled_at=instant_text(row.compiled_at),
    )


def drawn(file: dict[str, Any], **about: Any) -> bytes:
    """The PDF of a file of which these things are known."""
    data = {**about, "file": file, "parts": files.parts(file)}
    attached = Attachment(
        "expediente.json", canonical(file), description="El expediente, tal como se firma"
    )
    return render("dossier", data, [attached])

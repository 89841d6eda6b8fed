"""Bodies of a ballot's compiled dossier."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field

from services.board.dossiers import DossierView
from services.board.files import parts
from services.board.interest_schemas import TieOut
from services.board.models import BallotFile
from services.board.recusal_schemas import RecusalOut
from services.board.recusals import of_view
from services.board.schemas import BallotSummary, Instant, not_blank
from services.kernel.schemas import Body, Prose, Sha256, example


class ReplacementIn(Body):
    """Why the dossier is compiled again; whoever voted on the one before reads it."""

    model_config = example({"reason": "El consorcio adjuntó el contrato de compra firmado."})

    reason: Annotated[Prose, AfterValidator(not_blank)]


class PartOut(Body):
    """A part of the file with its own hash, over an object of this part alone."""

    part: Annotated[str, Field(examples=["budget"])]
    sha256: Sha256


class FileOut(Body):
    """One file of a ballot, without its content: when and why it was compiled."""

    sequence: int
    file_sha256: Sha256
    reason: str
    compiled_by: str
    compiled_at: Instant

    @classmethod
    def of(cls, row: BallotFile) -> Self:
        """The body of a row."""
        return cls.model_validate(row.model_dump(include=set(FileOut.model_fields)))


class DossierOut(FileOut):
    """All that a member decides on: `file_sha256` is the SHA-256 of the RFC 8785 text of `file`,
    and what a vote signs; `earlier` are the files it replaced, whose votes do not count."""

    ballot: BallotSummary
    file: Annotated[dict[str, Any], Field(examples=[{"type": "fondo.file.v1"}])]
    parts: list[PartOut]
    earlier: list[FileOut]
    my_conflicts: list[TieOut]
    recusals: list[RecusalOut]

    @classmethod
    def of_view(cls, view: DossierView) -> Self:
        """The whole dossier."""
        current = view.current
        return cls(
            **dict(FileOut.of(current)),
            ballot=BallotSummary.of(view.ballot.ballot),
            file=current.file,
            parts=[PartOut.model_validate(one) for one in parts(current.file)],
            earlier=[FileOut.of(row) for row in view.files[:-1]],
            my_conflicts=[TieOut.of(tie) for tie in view.ties],
            recusals=[RecusalOut.of(one) for one in of_view(view.ballot)],
        )

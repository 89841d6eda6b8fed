"""The paper of an acta: a pure function of its file, which it carries inside byte for byte."""

import json
from typing import Final

from services.paper.drawing import Attachment, PaperError, attachments_of, render

ATTACHED: Final = "acta.json"


def acta_pdf(file: bytes) -> bytes:
    """The PDF of an acta's file, sealed or not; the same file always gives the same bytes."""
    return render("acta", json.loads(file), [Attachment(ATTACHED, file)])


def acta_in(pdf: bytes) -> bytes:
    """The file that the PDF of an acta carries; raises PaperError when it carries none."""
    carried = attachments_of(pdf)
    if set(carried) != {ATTACHED}:
        raise PaperError("the PDF carries no acta")
    return carried[ATTACHED]

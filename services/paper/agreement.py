"""The paper of an agreement: a pure function of its file, which it carries inside."""

import json
from typing import Final

from services.paper.drawing import Attachment, render

ATTACHED: Final = "agreement.json"


def agreement_pdf(file: bytes) -> bytes:
    """The PDF of an agreement's file, signed or not; the same file always gives the same bytes."""
    return render("agreement", json.loads(file), [Attachment(ATTACHED, file)])

"""The compiled dossier (expediente compilado): all that a member decides on, under one hash."""

from collections.abc import Mapping
from typing import Any

from services.kernel.neighbours import Neighbours

SUBJECT = ("application_id", "consortium_id", "call_id", "dossier_sha256")


async def compiled(neighbours: Neighbours, subject: Mapping[str, Any]) -> dict[str, Any]:
    """The file of the ballot's subject."""
    return {name: subject[name] for name in SUBJECT}

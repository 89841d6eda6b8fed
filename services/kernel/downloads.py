"""Answers that are files: how the OpenAPI tells them, and how they are named."""

from typing import Any

from fastapi import Response


def files_told(route: dict[str, Any], *media_types: str) -> dict[str, Any]:
    """The keyword arguments of a route (those of `guarded`) that answers with bytes of one of
    these media types."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    told = {200: {"content": dict.fromkeys(media_types, binary)}}
    return {**route, "responses": {**route["responses"], **told}}


def shown(content: bytes, name: str, media_type: str) -> Response:
    """The file as an answer that a browser may show, under this name."""
    disposition = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=media_type, headers=disposition)

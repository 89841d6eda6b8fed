"""Serves the policy bundle to OPA with an ETag, so OPA polls as it does in production.

`python serve_bundle.py HOST PORT FILE`. OPA reads a bundle from a file only once, at its start.
Standard library only.
"""

from __future__ import annotations

import hashlib
import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """`/bundle.tar.gz` and `/healthz`; nothing else is there."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def __init__(self, bundle: Path, *arguments: object) -> None:
        self._bundle = bundle
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer one request."""
        if self.path == "/healthz":
            self._answer(HTTPStatus.OK, b"ok\n")
        elif self.path != "/bundle.tar.gz" or not self._bundle.exists():
            self._answer(HTTPStatus.NOT_FOUND, b"")
        else:
            content = self._bundle.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()}"'
            if self.headers.get("If-None-Match") == tag:
                self._answer(HTTPStatus.NOT_MODIFIED, b"", tag)
            else:
                self._answer(HTTPStatus.OK, content, tag)

    def _answer(self, status: HTTPStatus, body: bytes, tag: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/gzip" if tag else "text/plain")
        if tag:
            self.send_header("ETag", tag)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Polls are no news."""


if __name__ == "__main__":
    address, port, path = sys.argv[1:]
    ThreadingHTTPServer((address, int(port)), partial(Handler, Path(path))).serve_forever()

"""Verifying an acta offline: `verify(bytes) -> Report`, from the file alone, JSON or PDF.

A reading and a count of its own: nothing of the board's code is used here, so that a mistake or a
fraud there is found. Shared are only the text and check of a signature and the drawing of a paper.
"""

from clients.fondo.verifying.acta import KnownKeys, verify
from clients.fondo.verifying.report import Fault, Report

__all__ = ["Fault", "KnownKeys", "Report", "verify"]

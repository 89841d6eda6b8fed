"""Money written while the disaster comes: each answer is counted, none may be missing later.

A writer gives one céntimo after another to a call of its own. What was answered is a promise; what
was asked and not answered may have happened or not, and is asked again under the same key.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import httpx2

from deploy.demo.client import Interrupted, Person, Refused
from services.kernel.ids import new_id
from services.kernel.values import to_centimos

STEP: dict[str, object] = {"amount": "0.01", "currency": "PEN"}


@dataclass
class Writer:
    """One stream of writes to one call."""

    person: Person
    call_id: str
    acknowledged: int = 0
    unanswered: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Write until `stop`."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write no more; returns when the last answer is counted."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.unanswered = new_id("key")
            try:
                self.once(self.unanswered)
            except (Interrupted, Refused, httpx2.HTTPError):
                return
            self.acknowledged += 1
            self.unanswered = ""

    def once(self, key: str) -> None:
        """One céntimo, without another try."""
        self.person.write_once("/v1/budgets", {"call_id": self.call_id, "amount": STEP}, key=key)

    def found(self) -> int:
        """How many of its writes stand."""
        budget = self.person.read("/v1/budgets", call_id=self.call_id)
        return to_centimos(budget["allocated"]["amount"])

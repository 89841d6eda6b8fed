"""The fund's API as its operators use it, over every room; refusals and silence as for members."""

import uuid
from typing import Any, Final, Literal, get_args

import httpx2

from clients.fondo.asking import TIMEOUT_S, Asking, Json
from clients.fondo.errors import FondoError

RoomName = Literal["registry", "applications", "eligibility", "board", "disbursement", "notices"]
ChannelName = Literal["agroideas", "agrobanco"]
ROOMS: Final[tuple[RoomName, ...]] = get_args(RoomName)
CHANNELS: Final[tuple[ChannelName, ...]] = get_args(ChannelName)
LONG_S: Final = 900
"""For a walk along a whole audit chain."""


class Operations(Asking):
    """One address and an operator's token."""

    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url)
        self._http = httpx2.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            verify=base_url.startswith("https:"),
            follow_redirects=False,
        )

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def read(self, path: str, *, timeout_s: float = TIMEOUT_S, **asked: Any) -> Json:
        """One document."""
        return self.document(
            self.ask(lambda: self._http.get(path, params=asked, timeout=timeout_s))
        )

    def rows(self, path: str, **asked: Any) -> list[Json]:
        """Every row of a list, page after page."""
        rows: list[Json] = []
        while True:
            page = self.read(path, **{"limit": 200, **asked})
            rows += page["data"]
            if not page.get("next_cursor"):
                return rows
            asked["cursor"] = page["next_cursor"]

    def write(self, path: str, body: Json | None = None, *, timeout_s: float = TIMEOUT_S) -> Json:
        """A command, under a key of its own."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self.document(
            self.ask(
                lambda: self._http.post(path, json=body, headers=headers, timeout=timeout_s),
                writes=True,
            )
        )

    def ready(self) -> Json:
        """What the API says of its own dependencies, well or not."""
        found = self._http.get("/readyz", timeout=TIMEOUT_S)
        return self.document(found.content)

    def told(self, path: str, **asked: Any) -> list[Json] | FondoError:
        """The rows, or why there are none: for a view that shows the rest all the same."""
        try:
            return self.rows(path, **asked)
        except FondoError as error:
            return error

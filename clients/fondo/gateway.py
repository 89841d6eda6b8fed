"""The board's API as the commands use it: one method a use, over the generated client.

Requests are built from the generated types; an answer is checked against its own and then handed
on as the server gave it, since `--json` passes it on whole and since a field that is not known yet
must not stop a member. Every failure leaves as Refused or Unreachable.
"""

import uuid
from collections.abc import Callable
from typing import Any

import httpx2

from clients.fondo.asking import TIMEOUT_S, Asking, Json
from clients.fondo_api import models as m
from clients.fondo_api.api.board import (
    board_appoint,
    board_attend,
    board_cast_vote,
    board_convene,
    board_decide,
    board_declare,
    board_defer,
    board_draw_of_ballot,
    board_draw_of_session,
    board_end,
    board_list_actas,
    board_list_ballots,
    board_list_interests,
    board_list_keys,
    board_list_seats,
    board_list_sessions,
    board_note_absence,
    board_raise_recusal,
    board_read_acta,
    board_read_ballot,
    board_read_dossier,
    board_read_dossier_pdf,
    board_read_file,
    board_read_inbox,
    board_read_pdf,
    board_read_session,
    board_register,
    board_replace_dossier,
    board_revoke,
    board_seal,
    board_sign,
)
from clients.fondo_api.client import AuthenticatedClient
from clients.fondo_api.models.board_list_ballots_state import BoardListBallotsState as BallotState
from clients.fondo_api.models.board_list_sessions_state import (
    BoardListSessionsState as SessionState,
)
from clients.fondo_api.models.seat_in_capacity import SeatInCapacity as SeatCapacity
from clients.fondo_api.types import UNSET, Response, Unset

__all__ = ["BallotState", "Gateway", "SeatCapacity", "SessionState"]

Cursor = str | Unset


class Gateway(Asking):
    """One address and one token. A write that got no answer is sent again with its key."""

    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url)
        self._client = AuthenticatedClient(
            base_url=base_url,
            token=token,
            timeout=httpx2.Timeout(TIMEOUT_S),
            # redirects are not followed: without https there is no certificate to load and check
            verify_ssl=base_url.startswith("https:"),
        )

    def close(self) -> None:
        """Let the connections go."""
        self._client.get_httpx_client().close()

    # what waits, and what is decided on
    def inbox(self) -> Json:
        """What waits for the caller."""
        return self._read(lambda: board_read_inbox.sync_detailed(client=self._client))

    def dossier(self, ballot_id: str) -> Json:
        """All that a ballot is decided on."""
        return self._read(lambda: board_read_dossier.sync_detailed(ballot_id, client=self._client))

    def dossier_pdf(self, ballot_id: str) -> bytes:
        """The same, to read and print."""
        return self.ask(
            lambda: board_read_dossier_pdf.sync_detailed(ballot_id, client=self._client)
        )

    def recompile_dossier(self, ballot_id: str, reason: str) -> Json:
        """Compile the file again; votes on another file are void."""
        body = m.ReplacementIn(reason=reason)
        return self._write(
            lambda key: board_replace_dossier.sync_detailed(
                ballot_id, client=self._client, body=body, idempotency_key=key
            )
        )

    def ballots(self, state: BallotState | None = None) -> list[Json]:
        """The ballots, oldest first."""
        return self._pages(
            lambda cursor: board_list_ballots.sync_detailed(
                client=self._client, state=state or UNSET, cursor=cursor
            )
        )

    def ballot(self, ballot_id: str) -> Json:
        """One ballot: who has voted, and what came of it."""
        return self._read(lambda: board_read_ballot.sync_detailed(ballot_id, client=self._client))

    def seats(self) -> list[Json]:
        """Who holds each seat."""
        found = self._read(lambda: board_list_seats.sync_detailed(client=self._client))
        return list(found["data"])

    def appoint(self, seat: str, told: Json) -> Json:
        """Give a place on the board to somebody."""
        body = m.SeatIn.from_dict(told)
        return self._write(
            lambda key: board_appoint.sync_detailed(
                seat, client=self._client, body=body, idempotency_key=key
            )
        )

    def note_absence(self, seat: str, told: Json) -> Json:
        """Note that a seat's titular is absent."""
        body = m.AbsenceIn.from_dict(told)
        return self._write(
            lambda key: board_note_absence.sync_detailed(
                seat, client=self._client, body=body, idempotency_key=key
            )
        )

    # what a member does
    def vote(self, ballot_id: str, signed: Json) -> Json:
        """Cast a signed vote."""
        body = m.VoteIn.from_dict(signed)
        return self._write(
            lambda key: board_cast_vote.sync_detailed(
                ballot_id, client=self._client, body=body, idempotency_key=key
            )
        )

    def recuse(self, ballot_id: str, asked: Json) -> Json:
        """Ask that a seat abstains from a ballot."""
        body = m.RecusalIn.from_dict(asked)
        return self._write(
            lambda key: board_raise_recusal.sync_detailed(
                ballot_id, client=self._client, body=body, idempotency_key=key
            )
        )

    def decide_recusal(self, recusal_id: str, *, accepted: bool, reason: str) -> Json:
        """Accept or dismiss it, as who presides."""
        body = m.RecusalDecisionIn(accepted=accepted, reason=reason)
        return self._write(
            lambda key: board_decide.sync_detailed(
                recusal_id, client=self._client, body=body, idempotency_key=key
            )
        )

    def defer(self, ballot_id: str, signed: Json) -> Json:
        """Put a ballot off, signed by who presides."""
        body = m.DeferralIn.from_dict(signed)
        return self._write(
            lambda key: board_defer.sync_detailed(
                ballot_id, client=self._client, body=body, idempotency_key=key
            )
        )

    # sessions
    def convene(self, asked: Json) -> Json:
        """Call a session, with its agenda."""
        body = m.SessionIn.from_dict(asked)
        return self._write(
            lambda key: board_convene.sync_detailed(
                client=self._client, body=body, idempotency_key=key
            )
        )

    def sessions(self, state: SessionState | None = None) -> list[Json]:
        """The sessions, oldest first."""
        return self._pages(
            lambda cursor: board_list_sessions.sync_detailed(
                client=self._client, state=state or UNSET, cursor=cursor
            )
        )

    def session(self, session_id: str) -> Json:
        """One session: agenda, calls, who attended."""
        return self._read(lambda: board_read_session.sync_detailed(session_id, client=self._client))

    def attend(self, session_id: str) -> Json:
        """Be present."""
        return self._write(
            lambda key: board_attend.sync_detailed(
                session_id, client=self._client, idempotency_key=key
            )
        )

    # actas
    def draw_acta_of_session(self, session_id: str) -> Json:
        """Draw up the acta of a session."""
        return self._write(
            lambda key: board_draw_of_session.sync_detailed(
                session_id, client=self._client, idempotency_key=key
            )
        )

    def draw_acta_of_ballot(self, ballot_id: str) -> Json:
        """Draw up the acta of a ballot without a session."""
        return self._write(
            lambda key: board_draw_of_ballot.sync_detailed(
                ballot_id, client=self._client, idempotency_key=key
            )
        )

    def actas(self, *, sealed: bool | None = None) -> list[Json]:
        """The actas, oldest first."""
        which = UNSET if sealed is None else sealed
        return self._pages(
            lambda cursor: board_list_actas.sync_detailed(
                client=self._client, sealed=which, cursor=cursor
            )
        )

    def acta(self, acta_id: str) -> Json:
        """One acta, whole."""
        return self._read(lambda: board_read_acta.sync_detailed(acta_id, client=self._client))

    def acta_file(self, acta_id: str) -> bytes:
        """The canonical bytes that `verify` reads."""
        return self.ask(lambda: board_read_file.sync_detailed(acta_id, client=self._client))

    def acta_pdf(self, acta_id: str) -> bytes:
        """The acta to read and print, with its file inside."""
        return self.ask(lambda: board_read_pdf.sync_detailed(acta_id, client=self._client))

    def sign_acta(self, acta_id: str, signed: Json) -> Json:
        """Add the caller's signature."""
        body = m.ActaSignatureIn.from_dict(signed)
        return self._write(
            lambda key: board_sign.sync_detailed(
                acta_id, client=self._client, body=body, idempotency_key=key
            )
        )

    def seal_acta(self, acta_id: str, signed: Json) -> Json:
        """Close it without the signatures that are missing, signed by the secretariat."""
        body = m.ActaSealIn.from_dict(signed)
        return self._write(
            lambda key: board_seal.sync_detailed(
                acta_id, client=self._client, body=body, idempotency_key=key
            )
        )

    # keys and interests
    def register_key(self, signed: Json) -> Json:
        """Tie a public key to the caller."""
        body = m.KeyIn.from_dict(signed)
        return self._write(
            lambda key: board_register.sync_detailed(
                client=self._client, body=body, idempotency_key=key
            )
        )

    def keys(self, holder_sub: str) -> list[Json]:
        """Somebody's keys, revoked ones too."""
        return self._pages(
            lambda cursor: board_list_keys.sync_detailed(
                client=self._client, holder_sub=holder_sub, cursor=cursor
            )
        )

    def revoke_key(self, kid: str, reason: str) -> Json:
        """End a key; what it signed before stays valid."""
        body = m.RevocationIn(reason=reason)
        return self._write(
            lambda key: board_revoke.sync_detailed(
                kid, client=self._client, body=body, idempotency_key=key
            )
        )

    def declare_interest(self, told: Json) -> Json:
        """Declare an interest of the caller."""
        body = m.InterestIn.from_dict(told)
        return self._write(
            lambda key: board_declare.sync_detailed(
                client=self._client, body=body, idempotency_key=key
            )
        )

    def interests(self) -> list[Json]:
        """The caller's declared interests."""
        return self._pages(
            lambda cursor: board_list_interests.sync_detailed(client=self._client, cursor=cursor)
        )

    def end_interest(self, interest_id: str, valid_to: str) -> Json:
        """Say until which day it stood."""
        body = m.InterestEndIn.from_dict({"valid_to": valid_to})
        return self._write(
            lambda key: board_end.sync_detailed(
                interest_id, client=self._client, body=body, idempotency_key=key
            )
        )

    # how it is asked
    def _read(self, operation: Callable[[], Response[Any]]) -> Json:
        return self.document(self.ask(operation))

    def _write(self, operation: Callable[[str], Response[Any]]) -> Json:
        key = str(uuid.uuid4())
        return self.document(self.ask(lambda: operation(key), writes=True))

    def _pages(self, operation: Callable[[Cursor], Response[Any]]) -> list[Json]:
        """Every row of a list, page after page."""
        rows: list[Json] = []
        cursor: Cursor = UNSET
        while True:
            page = self.document(self.ask(lambda at=cursor: operation(at)))  # type: ignore[misc]
            rows += page["data"]
            if not page.get("next_cursor"):
                return rows
            cursor = str(page["next_cursor"])

"""What the board's stored proofs say against its stored rows: a database administrator's edit of a
vote, a reason, a key, an outcome or an acta is found, and so is a row that is gone.

Nothing is trusted but the members' signatures and the audit chain, which `audit verify` walks
first: each row is held against the signature it carries and against the audit row of its making.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from services.board import domain
from services.kernel import proof
from services.kernel.db import instant_text
from services.kernel.statements import (
    acta_statement,
    deferral_statement,
    key_statement,
    vote_statement,
)

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]
Said = dict[tuple[str, str], list[Row]]
"""Audit rows' changes by action and by what they are about."""

_TABLES: Final = (
    "acta",
    "acta_signature",
    "ballot",
    "ballot_file",
    "deferral",
    "member_key",
    "recusal",
    "seat_term",
    "vote",
)
_NAMED_BY: Final = {
    "board.ballot.vote": "vote_id",
    "board.acta.sign": "signature",
}
"""Audit rows about a part of their subject: which field names the part."""


def findings(connection: psycopg.Connection[Any]) -> list[str]:
    """One line a fault, as the connection's transaction sees the room; empty when all is proven."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = {
            table: cursor.execute(f"SELECT * FROM {table}".encode()).fetchall() for table in _TABLES
        }
        said: Said = {}
        audit = "SELECT action, subject, change FROM audit ORDER BY id"
        for row in cursor.execute(audit).fetchall():
            about = row["change"].get(_NAMED_BY.get(row["action"], ""), row["subject"])
            said.setdefault((row["action"], str(about)), []).append(row["change"])
            if "recusal_id" in row["change"]:
                raised = ("recusal", row["change"]["recusal_id"])
                said.setdefault(raised, []).append(row["change"])
    checks: tuple[Callable[[Rows, Said], Iterator[str]], ...] = (
        _keys,
        _votes,
        _deferrals,
        _files,
        _terms_and_recusals,
        _ballots,
        _actas,
    )
    return [fault for check in checks for fault in check(rows, said)]


def _keys(rows: Rows, said: Said) -> Iterator[str]:
    for key in rows["member_key"]:
        place = f"key {key['id']} of {key['holder_sub']}"
        statement = key_statement(**_of(key, "jwk", "holder_sub", "signed_at"))
        if not _proves(statement, key["signature"], key["jwk"], key["id"]):
            yield f"{place}: its registration is not proven by it"
        yield from _against(key, said, "board.key.register", key["id"], place)
        revoked = said.get(("board.key.revoke", key["id"]), [])
        told = revoked[-1]["revoked_at"] if revoked else None
        if instant_text(key["revoked_at"]) != told:
            yield f"{place}: its revocation is not as the audit row says"
    yield from _gone(rows["member_key"], said, "board.key.register", "key")


def _votes(rows: Rows, said: Said) -> Iterator[str]:
    keys = {key["id"]: key for key in rows["member_key"]}
    for vote in rows["vote"]:
        place = f"vote {vote['id']} of {vote['seat']} in {vote['ballot_id']}"
        if vote["signature"] is not None:
            statement = vote_statement(**_of(vote, *_VOTE_SIGNED))
            yield from _signed(vote, statement, keys, place)
        yield from _against(vote, said, "board.ballot.vote", vote["id"], place)
    yield from _gone(rows["vote"], said, "board.ballot.vote", "vote")


def _deferrals(rows: Rows, said: Said) -> Iterator[str]:
    keys = {key["id"]: key for key in rows["member_key"]}
    for row in rows["deferral"]:
        place = f"deferral of {row['ballot_id']}"
        yield from _signed(row, deferral_statement(**_of(row, *_DEFERRAL_SIGNED)), keys, place)
        yield from _against(row, said, "board.ballot.defer", row["ballot_id"], place)
    put_off = [{"id": row["ballot_id"]} for row in rows["deferral"]]
    yield from _gone(put_off, said, "board.ballot.defer", "deferral")


def _files(rows: Rows, _: Said) -> Iterator[str]:
    latest = {row["ballot_id"]: row for row in sorted(rows["ballot_file"], key=_sequence)}
    for row in rows["ballot_file"]:
        if proof.sha256_of(row["file"]) != row["file_sha256"]:
            yield f"file {row['sequence']} of {row['ballot_id']}: its hash is another"
    for ballot in rows["ballot"]:
        last = latest.get(ballot["id"])
        if last is None or last["file_sha256"] != ballot["file_sha256"]:
            yield f"ballot {ballot['id']}: its file is not the last compiled"


def _sequence(row: Row) -> int:
    return int(row["sequence"])


def _terms_and_recusals(rows: Rows, said: Said) -> Iterator[str]:
    for table, action, noun, names in (
        ("seat_term", "board.seat.appoint", "term", _HELD),
        ("recusal", "recusal", "recusal", _RAISED),
    ):
        for row in rows[table]:
            place = f"{noun} {row['id']} of {row['holder_sub']}"
            yield from _against(row, said, action, row["id"], place, names)
        yield from _gone(rows[table], said, action, noun)


def _ballots(rows: Rows, said: Said) -> Iterator[str]:
    for ballot in rows["ballot"]:
        place = f"ballot {ballot['id']}"
        yield from _against(ballot, said, "board.ballot.open", ballot["id"], place, _STABLE)
        if ballot["state"] in {"decided", "lapsed"}:
            votes = [
                vote
                for vote in rows["vote"]
                if (vote["ballot_id"], vote["file_sha256"]) == (ballot["id"], ballot["file_sha256"])
            ]
            yield from _against(ballot, said, "board.ballot.close", ballot["id"], place, _CLOSED)
            yield from _recounted(ballot, votes, said, place)
    yield from _gone(rows["ballot"], said, "board.ballot.open", "ballot")


def _recounted(ballot: Row, votes: list[Row], said: Said, place: str) -> Iterator[str]:
    counted = {vote["seat"]: vote["choice"] for vote in votes}
    asked = ballot["policy_input"]
    if {vote["seat"]: vote["choice"] for vote in asked["votes"]} != counted:
        yield f"{place}: the votes are not those that were counted"
    for closed in said.get(("board.ballot.close", ballot["id"]), []):
        if sorted(closed["votes"]) != sorted(vote["id"] for vote in votes):
            yield f"{place}: the votes are not those of the audit row"
    own = domain.tally(
        call=asked["call"],
        chair=next((seat["seat"] for seat in asked["seats"] if seat["chair"]), None),
        deputy=next((seat["seat"] for seat in asked["seats"] if seat.get("deputy_chair")), None),
        recused=asked["recused"],
        choices=counted,
    )
    told = {
        **_of(ballot, "quorum_required", "present", "votes_for", "votes_against", "tie_broken_by"),
        "result": ballot["result"] or "no_quorum",
        "abstentions": ballot["abstentions"] or 0,
    }
    if any(getattr(own, name) != value for name, value in told.items()):
        yield f"{place}: the outcome is not the count of its votes"
    given = [vote["conditions"] for vote in sorted(votes, key=_board_order)]
    adopted = domain.adopted_conditions(given=given) if own.result == "approved" else []
    if (ballot["conditions"] or []) != adopted:
        yield f"{place}: its conditions are not those of the votes for it"
    package = ballot["resolution"]
    if package is not None and not _is_told(package, {**ballot, "ballot_id": ballot["id"]}):
        yield f"{place}: the resolution is not the ballot's"
    if package is not None and {
        (vote["vote_id"], vote["seat"], vote["choice"]) for vote in package["votes"]
    } != {(vote["id"], vote["seat"], vote["choice"]) for vote in votes}:
        yield f"{place}: the resolution holds other votes"


def _board_order(vote: Row) -> int:
    return domain.SEATS.index(vote["seat"])


def _is_told(package: Row, ballot: Row) -> bool:
    names = set(package) & set(ballot) - {"conditions", "votes"}
    return all(package[name] == ballot[name] for name in names)


def _actas(rows: Rows, said: Said) -> Iterator[str]:
    keys = {key["id"]: key for key in rows["member_key"]}
    votes = {vote["id"]: vote for vote in rows["vote"]}
    hashes = {acta["content_sha256"] for acta in rows["acta"]}
    for acta in rows["acta"]:
        place, content = f"acta {acta['number']}", acta["content"]
        if proof.sha256_of(content) != acta["content_sha256"]:
            yield f"{place}: its hash is another"
        if (content["acta_id"], content["number"], content["previous_sha256"]) != (
            acta["id"],
            acta["number"],
            acta["previous_sha256"],
        ):
            yield f"{place}: its content is another acta's"
        if acta["previous_sha256"] is not None and acta["previous_sha256"] not in hashes:
            yield f"{place}: the acta before it is gone"
        yield from _against(acta, said, "board.acta.draw", acta["id"], place)
        sealed = said.get(("board.acta.seal", acta["id"]), [])
        if acta["seal"] != (sealed[-1]["seal"] if sealed else None):
            yield f"{place}: its seal is not as the audit row says"
        for matter in content["matters"]:
            for told in (*matter["votes"], *matter["void_votes"]):
                if (votes.get(told["vote_id"]) or {}).get("signature") != told["signature"]:
                    yield f"{place}: its vote {told['vote_id']} is stored otherwise"
    for row in rows["acta_signature"]:
        place = f"signature of {row['holder_sub']} under {row['acta_id']}"
        yield from _signed(row, acta_statement(**_of(row, *_ACTA_SIGNED)), keys, place)
        yield from _against(row, said, "board.acta.sign", row["signature"], place)
    yield from _gone(rows["acta"], said, "board.acta.draw", "acta")
    signed = [{"id": row["signature"]} for row in rows["acta_signature"]]
    yield from _gone(signed, said, "board.acta.sign", "signature under an acta")


_ACTA_SIGNED: Final = ("acta_id", "content_sha256", "seat", "holder_sub", "signed_at", "nonce")
_DEFERRAL_SIGNED: Final = (
    *("ballot_id", "file_sha256", "seat", "holder_sub", "reason", "until", "signed_at", "nonce"),
)
_VOTE_SIGNED: Final = (
    *("ballot_id", "file_sha256", "dossier_sha256", "seat", "holder_sub", "choice", "reason"),
    *("legal_bar", "conditions", "signed_at", "nonce"),
)
_HELD: Final = frozenset(
    {"seat", "capacity", "holder_sub", "resolution", "chair", "deputy_chair", "valid_from"}
)
_RAISED: Final = frozenset({"seat", "ground", "term_id", "holder_sub"})
_STABLE: Final = frozenset({"dossier_sha256", "cites_ballot_id"})
_CLOSED: Final = frozenset({"state", "result", "resolution_number", "policy_revision"})


def _of(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def _against(
    row: Row, said: Said, action: str, about: str, place: str, names: frozenset[str] | None = None
) -> Iterator[str]:
    """What a row says otherwise than the audit row of its making, in the fields that both have."""
    told = said.get((action, about))
    if not told:
        yield f"{place}: no audit row tells of it"
        return
    for name in sorted(set(told[0]) & set(row) & (names or set(row))):
        held = row[name] if isinstance(row[name], dict | list) else _plain(row[name])
        if held != told[0][name]:
            yield f"{place}: its {name} is not as the audit row says"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return instant_text(value) if hasattr(value, "tzinfo") else value.isoformat()


def _gone(held: list[Row], said: Said, action: str, noun: str) -> Iterator[str]:
    """Rows that an audit row tells of and that are not there."""
    there = {row["id"] for row in held}
    for done, about in said:
        if done == action and about not in there:
            yield f"{noun} {about}: the audit row tells of it and it is gone"


def _signed(row: Row, statement: Row, keys: Mapping[str, Row], place: str) -> Iterator[str]:
    key = keys.get(row["key_id"])
    if key is None or key["holder_sub"] != row["holder_sub"]:
        yield f"{place}: the key that signed it is gone or another person's"
    elif not _proves(statement, row["signature"], key["jwk"], key["id"]):
        yield f"{place}: the signature does not prove it; one of them was changed"


def _proves(statement: Row, signature: str, jwk: Row, kid: str) -> bool:
    try:
        proof.check(statement, signature, jwk)
    except (proof.ProofError, ValueError):
        return False
    return proof.thumbprint(jwk) == kid

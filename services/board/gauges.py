"""What the room measures of its ballots and votes."""

from typing import Final

from services.kernel.gauges import Measured, tallied

_OPEN: Final = "state IN ('open', 'second_call')"

GAUGES: Final = (
    Measured(
        "fund_ballots_open",
        "Ballots that take votes.",
        (),
        f"SELECT count(*) FROM ballot WHERE {_OPEN}",
    ),
    Measured(
        "fund_ballots_soonest_end_seconds",
        "Time left to the next open ballot that ends; absent when none is open.",
        (),
        "SELECT extract(epoch FROM min(closes_at) - now()) FROM ballot"
        f" WHERE {_OPEN} AND closes_at > now()",
    ),
    Measured(
        "fund_ballots_overdue",
        "Ballots still open past their end.",
        (),
        f"SELECT count(*) FROM ballot WHERE {_OPEN} AND closes_at <= now()",
    ),
    tallied(
        "fund_ballots_decided_total",
        "Ballots that ended, by outcome: approved, rejected, lapsed, deferred, withdrawn.",
        ("outcome",),
        "ballots_ended",
        kind="counter",
    ),
    tallied(
        "fund_votes_total",
        "Votes cast, by seat and choice.",
        ("seat", "choice"),
        "votes",
        kind="counter",
    ),
    tallied(
        "fund_votes_latency_seconds_total",
        "Time from the ballot's opening to the vote, summed over the seat's votes.",
        ("seat",),
        "vote_ms",
        kind="counter",
        in_milliseconds=True,
    ),
    Measured(
        "fund_votes_missing",
        "Votes that open ballots still wait for, by seat; a recused holder is not waited for.",
        ("seat",),
        f"""
        WITH ballots AS (SELECT id, file_sha256 FROM ballot WHERE {_OPEN})
        SELECT seat, count(b.id) FROM unnest(ARRAY['midagri', 'produce', 'mincetur', 'mef'])
            AS s (seat)
        LEFT JOIN ballots b ON NOT EXISTS (SELECT FROM vote v WHERE v.ballot_id = b.id
                AND v.seat = s.seat AND v.file_sha256 = b.file_sha256)
            AND NOT EXISTS (SELECT FROM recusal r WHERE r.ballot_id = b.id
                AND r.seat = s.seat AND r.outcome = 'accepted')
        GROUP BY seat
        """,
    ),
)

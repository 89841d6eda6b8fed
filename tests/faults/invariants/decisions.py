"""Decisions: quorum, approval, one vote a seat, and nothing without the policy's word."""

import asyncio

from services.kernel.opa import Opa
from tests.faults.world import World, shown

RE_EVALUATED = 20


def i4_no_approval_without_quorum(world: World) -> list[str]:
    """A count of its own over the votes of each decided ballot."""
    wrong = []
    for ballot in world.rows(
        "board",
        "SELECT id, result, dossier_sha256, file_sha256 FROM ballot WHERE state = 'decided'",
    ):
        votes = world.rows("board", _COUNTED, ballot["id"], ballot["file_sha256"])
        recused = world.rows("board", _RECUSED, ballot["id"])
        counted = [vote for vote in votes if vote["choice"] != "abstain"]
        if len(votes) + len(recused) < 3 or len(counted) < 2:
            wrong.append(f"{ballot['id']}: decided by {len(counted)} votes")
        if any(vote["dossier_sha256"] != ballot["dossier_sha256"] for vote in votes):
            wrong.append(f"{ballot['id']}: a vote on another dossier")
        in_favour = [vote for vote in counted if vote["choice"] == "for"]
        against = len(counted) - len(in_favour)
        presiding = [vote for office in ("chair", "deputy") for vote in counted if vote[office]]
        approved = len(in_favour) > against or (
            len(in_favour) == against and bool(presiding) and presiding[0]["choice"] == "for"
        )
        if approved != (ballot["result"] == "approved"):
            wrong.append(f"{ballot['id']}: {ballot['result']} by {len(in_favour)} to {against}")
    return wrong


_COUNTED = """
    SELECT v.seat, v.choice, v.dossier_sha256, coalesce(t.chair, false) AS chair,
        coalesce(t.deputy_chair, false) AS deputy
    FROM vote v JOIN ballot b ON b.id = v.ballot_id
    LEFT JOIN seat_term t ON t.seat = v.seat AND t.capacity = 'titular'
        AND t.valid_from <= b.closed_at AND (t.valid_to IS NULL OR t.valid_to > b.closed_at)
    WHERE v.ballot_id = %s AND v.file_sha256 = %s"""
_RECUSED = """
    SELECT DISTINCT r.seat FROM recusal r JOIN ballot b ON b.id = r.ballot_id
    WHERE r.ballot_id = %s AND r.outcome = 'accepted' AND NOT EXISTS (
        SELECT FROM vote v WHERE v.ballot_id = r.ballot_id AND v.seat = r.seat
            AND v.file_sha256 = b.file_sha256)"""


def i5_no_release_without_approval(world: World) -> list[str]:
    """Each instruction that left points to an approved ballot; three different people."""
    wrong = shown(
        world.rows(
            "disbursement",
            """SELECT DISTINCT t.id, t.requested_by, t.prepared_by, t.released_by, a.ballot_id
               FROM instruction i JOIN tranche t ON t.id = i.tranche_id
               JOIN agreement a ON a.id = t.agreement_id
               LEFT JOIN resolution r ON r.ballot_id = a.ballot_id AND r.result = 'approved'
               WHERE i.instruct_transfer_id IS NOT NULL AND i.lineage = t.lineage
                 AND (r.ballot_id IS NULL OR t.released_at IS NULL
                      OR t.released_by IN (t.prepared_by, t.requested_by)
                      OR t.prepared_by = t.requested_by
                      OR a.fund_signed_at > t.released_at
                      OR a.consortium_signed_at > t.released_at)""",
        )
    )
    approved = {
        row["id"] for row in world.rows("board", "SELECT id FROM ballot WHERE result = 'approved'")
    }
    agreements = world.rows("disbursement", "SELECT id, ballot_id FROM agreement")
    return wrong + [
        f"{row['id']}: the board knows no approved ballot {row['ballot_id']}"
        for row in agreements
        if row["ballot_id"] not in approved
    ]


def i6_one_counted_vote_a_seat(world: World) -> list[str]:
    """One vote a ballot, seat and file; none at or after the closing."""
    return shown(
        world.rows(
            "board",
            """SELECT ballot_id, seat, count(*)::text AS why FROM vote
               GROUP BY ballot_id, seat, file_sha256
               HAVING count(*) > 1
               UNION ALL
               SELECT v.ballot_id, v.seat, 'late' FROM vote v JOIN ballot b ON b.id = v.ballot_id
               WHERE v.cast_at >= b.closes_at OR v.cast_at > coalesce(b.closed_at, v.cast_at)""",
        )
    )


def i12_fail_closed(world: World) -> list[str]:
    """Each change that needs a decision has one that allowed it, and it replays to the same."""
    wrong = shown(
        world.rows(
            "disbursement",
            """SELECT t.id FROM tranche t LEFT JOIN decision d ON d.id = t.release_decision_id
               WHERE t.released_by IS NOT NULL
                 AND (d.id IS NULL OR d.answer->'allow' IS DISTINCT FROM 'true'::jsonb
                      OR d.policy_revision = '')""",
        )
    )
    wrong += shown(
        world.rows(
            "board",
            """SELECT id FROM ballot WHERE state = 'decided'
               AND (policy_revision IS NULL OR policy_input IS NULL OR policy_answer IS NULL)""",
        )
    )
    return wrong + asyncio.run(_re_evaluated(world))


async def _re_evaluated(world: World) -> list[str]:
    asked = [
        ("fund.eligibility", row["id"], row["input"], row["decision"])
        for row in world.rows(
            "eligibility",
            f"SELECT id, input, decision FROM assessment ORDER BY id DESC LIMIT {RE_EVALUATED}",
        )
    ]
    asked += [
        (row["package"], row["id"], row["input"], row["answer"])
        for row in world.rows(
            "disbursement",
            "SELECT id, package, input, answer FROM decision"
            f" ORDER BY id DESC LIMIT {RE_EVALUATED}",
        )
    ]
    wrong = []
    async with Opa(world.settings) as opa:
        for package, subject, question, answer in asked:
            now = (await opa.ask(package, question)).result
            if package == "fund.eligibility":
                now = {name: now.get(name) for name in answer}
            if now != answer:
                wrong.append(f"{subject}: {package} now answers otherwise")
    return wrong

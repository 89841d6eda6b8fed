"""What a bug would leave behind is seen by an invariant: each is planted past all triggers, and
past a check where one stands in its way, in a transaction that is never committed."""

import pytest

from deploy.demo import job
from deploy.demo.inputs import Inputs
from tests.faults.invariants import INVARIANTS
from tests.faults.world import World
from tests.support.figures import note

PLANTED = {
    "a transfer of one side": (
        "I1",
        "disbursement",
        """DELETE FROM entry WHERE ctid IN
           (SELECT ctid FROM entry WHERE amount_centimos > 0 LIMIT 1)""",
    ),
    "a balance written by hand": (
        "I1",
        "disbursement",
        "UPDATE account SET balance_centimos = balance_centimos + 1 WHERE kind = 'grants'",
    ),
    "a commitment without money": (
        "I2",
        "disbursement",
        """INSERT INTO transfer SELECT 'trf_x', 'commit', 10^13::bigint, call_id, NULL, 'x', NULL,
           NULL, 'bug', business_date, posted_at FROM transfer WHERE kind = 'commit' LIMIT 1;
           INSERT INTO entry SELECT 'trf_x', source, -(10^13)::bigint, call_id FROM (SELECT
           'call:' || call_id || ':available' AS source, call_id FROM transfer
           WHERE kind = 'commit' LIMIT 1) AS s""",
    ),
    "a second settlement of a payment": (
        "I3",
        "disbursement",
        """ALTER TABLE transfer DROP CONSTRAINT ck_transfer_settles_an_instruct;
           INSERT INTO transfer SELECT 'trf_y', kind, amount_centimos, call_id, agreement_id,
           reference, NULL, NULL, actor, business_date, posted_at FROM transfer
           WHERE kind = 'commit' LIMIT 1;
           UPDATE transfer SET kind = 'settle', reference = (SELECT reference FROM transfer
           WHERE kind = 'settle' LIMIT 1) WHERE id = 'trf_y'""",
    ),
    "an approval without quorum": (
        "I4",
        "board",
        """DELETE FROM vote WHERE ballot_id = (SELECT id FROM ballot WHERE result = 'approved'
           LIMIT 1) AND seat IN ('mef', 'mincetur', 'produce')""",
    ),
    "a tally turned round": (
        "I4",
        "board",
        """ALTER TABLE vote DROP CONSTRAINT ck_vote_conditions;
           UPDATE vote SET reason = 'x',
           choice = CASE choice WHEN 'for' THEN 'against' ELSE 'for' END
           WHERE ballot_id = (SELECT id FROM ballot WHERE result = 'approved' LIMIT 1)""",
    ),
    "an agreement on a rejected ballot": (
        "I5",
        "board",
        """ALTER TABLE ballot DROP CONSTRAINT ck_ballot_conditions;
           UPDATE ballot SET result = 'rejected' WHERE id IN
           (SELECT id FROM ballot WHERE result = 'approved' LIMIT 1)""",
    ),
    "a vote after the closing": (
        "I6",
        "board",
        "UPDATE vote SET cast_at = cast_at + interval '400 days'",
    ),
    "an audit row edited": (
        "I7",
        "disbursement",
        "UPDATE audit SET actor = 'nobody' WHERE id = (SELECT min(id) FROM audit)",
    ),
    "a chain cut in the middle": (
        "I7",
        "applications",
        "DELETE FROM audit_link WHERE seq = 2",
    ),
    "a vote's reason rewritten": (
        "I7",
        "board",
        "UPDATE vote SET reason = 'otro' WHERE id = (SELECT min(id) FROM vote)",
    ),
    "a member's key put in another's place": (
        "I7",
        "board",
        """UPDATE member_key SET jwk = (SELECT jwk FROM member_key ORDER BY id DESC LIMIT 1)
           WHERE id = (SELECT min(id) FROM member_key)""",
    ),
    "a vote taken away": (
        "I7",
        "board",
        "DELETE FROM vote WHERE id = (SELECT min(id) FROM vote)",
    ),
    "an accepted application lost": ("I8", "applications", "DELETE FROM application"),
    "an event marked before its ack": (
        "I9",
        "disbursement",
        "DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox LIMIT 1)",
    ),
    "an event never sent": (
        "I9",
        "board",
        "UPDATE outbox SET published_at = NULL WHERE seq = (SELECT max(seq) FROM outbox)",
    ),
    "a timeout taken for a rejection": (
        "I10",
        "disbursement",
        """UPDATE instruction SET state = 'rejected' WHERE id =
           (SELECT min(id) FROM instruction WHERE state = 'settled')""",
    ),
    "a payment left unknown": (
        "I11",
        "disbursement",
        """UPDATE instruction SET state = 'unknown' WHERE id =
           (SELECT min(id) FROM instruction WHERE state = 'settled')""",
    ),
    "a release without the policy": (
        "I12",
        "disbursement",
        """ALTER TABLE tranche DROP CONSTRAINT ck_tranche_released_by_the_book;
           UPDATE tranche SET release_decision_id = NULL WHERE id =
           (SELECT min(id) FROM tranche WHERE released_by IS NOT NULL)""",
    ),
    "a decision edited afterwards": (
        "I12",
        "eligibility",
        """UPDATE assessment SET decision = jsonb_set(decision, '{score}', '{"total": 100}')
           WHERE id = (SELECT max(id) FROM assessment)""",
    ),
    "an application that jumped": (
        "I14",
        "applications",
        """UPDATE application SET state = 'closed' WHERE id =
           (SELECT max(id) FROM application WHERE state = 'executing')""",
    ),
}


@pytest.fixture(scope="module")
def paid(people: job.People, inputs: Inputs, consortium_id: str) -> str:
    """A whole main job, so that there is something to spoil."""
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    application_id = job.submit(applicant, call_id, consortium_id, inputs.plan)
    agreement = job.reach_execution(applicant, people, inputs, application_id)
    for item in agreement["tranches"]:
        if item["sequence"] == 1:
            job.release(applicant, people, item["id"])
            job.await_paid(applicant, item["id"])
    return application_id


def test_all_hold_before_anything_is_planted(paid: str, invariants_hold: None) -> None:
    assert paid


@pytest.mark.parametrize("bug", PLANTED)
def test_the_bug_is_caught(bug: str, paid: str, world: World) -> None:
    name, room, sql = PLANTED[bug]
    world.look_again()
    assert INVARIANTS[name](world) == []
    world.plant(room, sql)
    caught = INVARIANTS[name](world)
    world.look_again()
    assert caught, f"{name} did not see: {bug}"


def test_at_least_ten_are_planted() -> None:
    note("faults.planted_bugs", len(PLANTED), "bugs")
    assert len(PLANTED) >= 10

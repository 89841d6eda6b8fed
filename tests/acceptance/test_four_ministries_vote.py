"""The ballot: majority, the chair's vote, and every vote that must not count."""

import pytest

from deploy.demo import job, signing
from deploy.demo.client import Person, Refused
from deploy.demo.inputs import Inputs
from services.kernel.settings import Settings

SEATS = ("midagri", "produce", "mincetur", "mef")
CHAIR = "midagri"


@pytest.fixture
def application_id(people: job.People, inputs: Inputs, consortium_id: str) -> str:
    """An evaluated application with an open ballot."""
    applicant = people.applicant(consortium_id)
    call_id = job.open_call(people, inputs)
    submitted = job.submit(applicant, call_id, consortium_id, inputs.plan)
    job.await_state(applicant, submitted, "eligible")
    job.evaluate(people, submitted, inputs.evaluation)
    return submitted


@pytest.fixture
def ballot_id(people: job.People, application_id: str) -> str:
    return job.ballot_of(people, application_id)


def vote(people: job.People, ballot_id: str, **choices: str) -> None:
    for seat, choice in choices.items():
        cast(people, people.board[seat], seat, ballot_id, choice)


def cast(people: job.People, member: Person, seat: str, ballot_id: str, choice: str) -> None:
    ballot = member.read(f"/v1/ballots/{ballot_id}")
    reason = "El plan no muestra un segundo mercado." if choice == "against" else None
    key = people.keys.get(seat) or signing.new_key()
    body = signing.vote(key, ballot, seat, member.sub, choice, reason=reason)
    member.write(f"/v1/ballots/{ballot_id}/votes", body)


def decided(people: job.People, ballot_id: str) -> dict[str, object]:
    return people.auditor.wait_until(
        f"/v1/ballots/{ballot_id}", lambda body: body["state"] == "decided", "the decision"
    )


def refusal(
    people: job.People, member: Person, seat: str, ballot_id: str, choice: str = "for"
) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        cast(people, member, seat, ballot_id, choice)
    return refused.value.status, str(refused.value.problem["code"])


def voted(people: job.People, ballot_id: str) -> set[str]:
    seats = people.auditor.read(f"/v1/ballots/{ballot_id}")["seats"]
    return {seat["seat"] for seat in seats if seat["voted"]}


def test_three_votes_against_one_approve(people: job.People, ballot_id: str) -> None:
    vote(people, ballot_id, midagri="for", produce="for", mincetur="for", mef="against")
    ballot = decided(people, ballot_id)
    assert (ballot["result"], ballot["tie_broken_by"]) == ("approved", None)


@pytest.mark.parametrize(("chair_choice", "result"), [("for", "approved"), ("against", "rejected")])
def test_the_chair_decides_two_against_two(
    people: job.People, ballot_id: str, chair_choice: str, result: str
) -> None:
    other = "against" if chair_choice == "for" else "for"
    vote(people, ballot_id, midagri=chair_choice, produce=chair_choice, mincetur=other, mef=other)
    ballot = decided(people, ballot_id)
    assert (ballot["result"], ballot["tie_broken_by"]) == (result, CHAIR)


def test_votes_that_must_not_count_change_nothing(
    people: job.People, config: Settings, ballot_id: str
) -> None:
    vote(people, ballot_id, produce="for", mincetur="for", mef="for")
    fifth = Person(config, "board_member", "minem-1", seat="minem")
    impostor = Person(config, "board_member", "otra-persona", seat="midagri")
    partner = Person(config, "partner", "agrobanco-1", program="agrobanco")
    mef = people.board["mef"]
    assert refusal(people, fifth, "minem", ballot_id) == (403, "board.seat_unknown")
    assert refusal(people, impostor, "midagri", ballot_id) == (403, "board.not_seat_holder")
    for choice in ("for", "against"):
        again = refusal(people, mef, "mef", ballot_id, choice)
        assert again == (409, "board.seat_already_voted")
    assert refusal(people, partner, "mef", ballot_id) == (403, "authz.denied")
    assert voted(people, ballot_id) == {"produce", "mincetur", "mef"}
    vote(people, ballot_id, midagri="against")
    before = decided(people, ballot_id)
    late = refusal(people, people.board["midagri"], "midagri", ballot_id)
    assert late == (409, "board.ballot_closed")
    assert people.auditor.read(f"/v1/ballots/{ballot_id}") == before

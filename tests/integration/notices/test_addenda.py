"""Both parties of an agreement are told what becomes of its addendum, step by step."""

import pytest

from tests.factories.notices import CONSORTIUM, received
from tests.integration.notices.conftest import Notices

STEPS = ("drafted", "sent_to_board", "approved", "entered", "ended")
PARTIES = {CONSORTIUM, "role:secretariat"}


def addendum(step: str) -> str:
    return f"fund.disbursement.addendum.{step}.v1"


@pytest.mark.parametrize("step", STEPS)
async def test_both_parties_are_told_once(notices: Notices, step: str) -> None:
    for sub in PARTIES:
        await notices.contact(sub, email=f"{sub.replace(':', '-')}@fondo.example")
    event = received(addendum(step))
    await notices.hear(event, event)
    assert {row["recipient_sub"] for row in await notices.deliveries("&state=pending")} == PARTIES
    assert await notices.send() == 2
    for message in notices.mail.messages:
        body = message.get_body(("plain",))
        assert body is not None
        assert f"convenio agr_{CONSORTIUM.removeprefix('con_')}" in body.get_content()


async def test_who_wants_no_word_of_agreements_hears_only_what_he_must_act_on(
    notices: Notices,
) -> None:
    await notices.contact(CONSORTIUM, email="c@fondo.example", topics=["payments"])
    await notices.contact("role:secretariat", email="ana@fondo.example", topics=["agreements"])
    await notices.hear(*(received(addendum(step)) for step in STEPS))
    told: dict[str, set[str]] = {sub: set() for sub in PARTIES}
    for row in await notices.deliveries():
        told[row["recipient_sub"]].add(row["template"])
    assert told[CONSORTIUM] == {"addendum_approved", "addendum_ended"}
    assert told["role:secretariat"] == {f"addendum_{step}" for step in STEPS}


async def test_an_early_event_that_names_no_consortium_is_passed_by(notices: Notices) -> None:
    early = received(addendum("drafted"))
    del early.data["consortium_id"]
    await notices.hear(early)
    assert await notices.deliveries() == []

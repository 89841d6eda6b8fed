"""A session's timing: reminder, calls, voting, end; over holidays too."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.kernel.working_days import end_of_term, is_working_day, same_hour
from workflows import messages as m

SECOND = timedelta(seconds=1)


async def convened(stage: Any, days: int = 6) -> tuple[Any, datetime, datetime]:
    first = end_of_term(await stage.now(), days) + timedelta(hours=15)
    voting_closes_at = end_of_term(first, 3)
    return await stage.session(first, voting_closes_at), first, voting_closes_at


async def test_a_session_is_held_on_its_first_call(stage: Any, script: Any) -> None:
    session, first, _ = await convened(stage)
    await stage.skip_to(same_hour(first, -1) - SECOND)
    assert script.of("remind_session") == []
    await stage.skip_to(first - SECOND)
    assert len(script.of("remind_session")) == 1
    assert (await stage.status("session/ses_1")).waiting_for == "first_call"
    await stage.skip_to(first + SECOND)
    await stage.waits_for("session/ses_1", "votes")
    await session.signal("ballot_ended", m.BallotEnded("bal_1", "approved"))
    assert await session.result() == m.SessionResult("ses_1", "closed")
    assert [step.call for step in script.of("open_session")] == [1]


async def test_over_the_holidays_of_december_the_second_call_is_on_the_tenth(
    stage: Any, script: Any
) -> None:
    script.answers["open_session"] = [m.SessionFound("second_call"), m.SessionFound("voting")]
    start = await stage.skip_to_next(12, 1, 15)
    while not all(is_working_day(date(start.year, 12, day)) for day in (7, 10)):
        start = await stage.skip_to_next(12, 1, 14)
    first = datetime(start.year, 12, 7, 15, tzinfo=UTC)
    session = await stage.session(first, end_of_term(first, 3))
    await stage.skip_to(first + timedelta(days=3) - SECOND)
    status = await stage.status("session/ses_1")
    assert (status.state, status.round) == ("second_call", 2)
    assert [step.call for step in script.of("open_session")] == [1]
    assert (await session.result()).state == "closed"
    assert [step.call for step in script.of("open_session")] == [1, 2]


async def test_a_session_that_nobody_attends_is_not_held(stage: Any, script: Any) -> None:
    script.answers["open_session"] = [m.SessionFound("second_call"), m.SessionFound("not_held")]
    session, first, _ = await convened(stage)
    assert (await session.result()).state == "not_held"
    assert await stage.ended_at("session/ses_1") >= same_hour(first, 1)
    assert script.of("close_session") == []


async def test_without_notice_there_is_no_reminder(stage: Any, script: Any) -> None:
    first = await stage.now() + timedelta(minutes=10)
    session = await stage.session(first, end_of_term(first, 2))
    assert (await session.result()).state == "closed"
    assert script.of("remind_session") == []


async def test_a_session_waits_for_a_dossier_that_outlasts_its_voting(
    stage: Any, script: Any
) -> None:
    script.answers["close_session"] = [m.SessionFound("voting")] * 3 + [m.SessionFound("closed")]
    session, _, voting_closes_at = await convened(stage)
    assert (await session.result()).state == "closed"
    ended = await stage.ended_at("session/ses_1")
    assert voting_closes_at + timedelta(days=2) <= ended < voting_closes_at + timedelta(days=4)


async def test_each_dossier_that_ends_is_a_try_to_close_and_told_twice_is_one(
    stage: Any, script: Any
) -> None:
    script.answers["close_session"] = [m.SessionFound("voting"), m.SessionFound("closed")]
    session, first, _ = await convened(stage)
    await stage.skip_to(first + SECOND)
    await stage.waits_for("session/ses_1", "votes")
    for _ in range(2):
        await session.signal("ballot_ended", m.BallotEnded("bal_1", "approved"))
    await stage.called("close_session", 1)
    await session.signal("ballot_ended", m.BallotEnded("bal_2", "deferred"))
    assert (await session.result()).state == "closed"
    assert len(script.of("close_session")) == 2

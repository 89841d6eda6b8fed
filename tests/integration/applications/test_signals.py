"""Signals of a paper organisation hold the evaluation until they are resolved."""

import pytest

from tests.integration.applications.conftest import SECRETARIAT, Room

EVALUATION = {"score": 82, "recommendation": "recommend", "reasons": "El plan es viable."}


@pytest.mark.parametrize("level", ["review", "reject"])
async def test_open_signals_hold_the_evaluation_and_resolved_ones_do_not(
    room: Room, level: str
) -> None:
    application = await room.eligible()
    room.registry.signals = {"level": level, "open": 2}
    held = await room.act(application, "evaluation", EVALUATION, by=SECRETARIAT)
    assert (held.status_code, held.json()["code"]) == (409, "applications.signals_open")
    assert "2 señales" in held.json()["detail"]
    room.registry.signals = {"level": level, "open": 0}
    await room.done(application, "evaluation", EVALUATION, by=SECRETARIAT)


async def test_open_signals_of_a_clear_assessment_hold_nothing(room: Room) -> None:
    application = await room.eligible()
    room.registry.signals = {"level": "clear", "open": 1}
    await room.done(application, "evaluation", EVALUATION, by=SECRETARIAT)


@pytest.mark.parametrize("said", [None, {"level": "review"}])
async def test_without_the_signals_nothing_is_evaluated(room: Room, said: dict[str, str]) -> None:
    application = await room.eligible()
    room.registry.signals = said
    answer = await room.act(application, "evaluation", EVALUATION, by=SECRETARIAT)
    assert (answer.status_code, answer.json()["code"]) == (503, "applications.signals_unknown")

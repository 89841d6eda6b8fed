"""What the timeline keeps of other rooms' events, without a server."""

from services.applications import listeners


def test_every_listened_type_belongs_to_another_room() -> None:
    (listener,) = listeners.LISTENERS
    assert listener.consumer == "applications.timeline"
    assert listener.topics == ["fund.board.v1", "fund.disbursement.v1", "fund.eligibility.v1"]


def test_a_sentence_tells_the_figures_that_the_event_has() -> None:
    told = listeners.sentence_es(
        "fund.disbursement.tranche.confirmed.v1",
        {"sequence": 2, "amount": {"amount": "70000.00", "currency": "PEN"}},
    )
    assert told == ("El programa confirmó el desembolso (desembolso n.º 2; monto S/ 70000.00).")


def test_a_sentence_without_figures_ends_with_its_point() -> None:
    told = listeners.sentence_es("fund.board.ballot.lapsed.v1", {})
    assert told == "La votación terminó sin quórum."

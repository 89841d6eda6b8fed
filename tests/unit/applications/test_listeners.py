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


def test_the_timeline_keeps_what_an_applicant_may_read_and_nothing_else() -> None:
    assert listeners.detail_of(
        {
            "tranche_id": "tra_1",
            "amount_centimos": 123450,
            "findings": [{"code": "CON-001"}, {"code": "PLA-002"}],
            "result": None,
            "votes": [{"choice": "against"}],
            "holder_sub": "persona",
        }
    ) == {
        "tranche_id": "tra_1",
        "amount": {"amount": "1234.50", "currency": "PEN"},
        "findings_count": 2,
    }


def test_a_sentence_without_figures_ends_with_its_point() -> None:
    told = listeners.sentence_es("fund.board.ballot.lapsed.v1", {})
    assert told == "La votación terminó sin quórum."

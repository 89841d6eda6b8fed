"""A tranche that was sent five times in vain waits for an operator, whose word is on record."""

from tests.integration.disbursement.world import OPERATOR_A, World

WHY = {"reason": "El programa repuso su servicio."}


async def test_after_five_attempts_an_operator_sends_the_same_references_again(
    world: World,
) -> None:
    _, tranche_id = await world.ready(grant=(300,))
    await world.behave("agroideas", "down_503", applies_to="next")
    await world.instruct(tranche_id)
    path = f"/v1/tranches/{tranche_id}/send-again"
    early = await world.post(path, WHY, by=OPERATOR_A)
    assert (early.status_code, early.json()["code"]) == (409, "disbursement.attempts_left")

    world.rows(
        "UPDATE attempt SET started_at = started_at - interval '1 hour',"
        " ended_at = ended_at - interval '1 hour' WHERE tranche_id = %s",
        tranche_id,
    )
    world.rows(
        "INSERT INTO attempt SELECT (jsonb_populate_record(attempt, jsonb_build_object("
        "'number', n))).* FROM attempt, generate_series(2, 5) AS n WHERE tranche_id = %s",
        tranche_id,
    )
    await world.inquire(tranche_id)
    assert world.attempts(tranche_id) == ["unknown"] * 5
    references = world.rows("SELECT reference FROM instruction WHERE tranche_id = %s", tranche_id)

    answer = await world.post(path, WHY, by=OPERATOR_A)
    assert answer.status_code == 200, answer.text
    assert world.attempts(tranche_id) == ["unknown"] * 5 + ["accepted"]
    assert references == world.rows(
        "SELECT reference FROM instruction WHERE tranche_id = %s", tranche_id
    )
    [kept] = world.rows(
        "SELECT change FROM audit WHERE action = 'tranche.send_again' AND subject = %s", tranche_id
    )
    assert kept["change"] == {"attempts": 5, **WHY}
    world.check_books()

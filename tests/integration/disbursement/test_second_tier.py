"""What a channel was given, what it passed on, what the beneficiary says; and days between."""

from datetime import timedelta
from hashlib import sha256

from services.disbursement.channels.protocol import Status
from services.kernel import clock
from tests.factories import disbursement as make
from tests.integration.disbursement.test_ledger import urls
from tests.integration.disbursement.test_reconciliation import line, read, say, sent
from tests.integration.disbursement.world import OPERATOR_A, OPERATOR_B, World


async def test_three_amounts_and_the_days_between_them(world: World) -> None:
    today = clock.lima_date(clock.now())
    path = f"/v1/second-tier?since={today}&until={today}"
    before = {one["channel"]: one for one in (await world.get(path))["channels"]}.get("agrobanco")
    _, tranche_id, (first, second, third) = await sent(world)
    day = today + timedelta(days=4000)  # a day of its own, as far away as no other test's
    await read(world, [line(first, business_date=day), line(second, business_date=day)])
    await say(world, tranche_id, {third["reference"]: Status("executed")})
    draw = {"channel": "agrobanco", "business_date": day.isoformat(), "size": 5}
    drawn = await world.done("/v1/beneficiary-checks", draw, by=OPERATOR_A)
    assert set(drawn["instruction_ids"]) == {first["id"], second["id"]}  # no line, no lot
    again = await world.post("/v1/beneficiary-checks", draw, by=OPERATOR_A)
    assert again.json()["code"] == "disbursement.nothing_to_draw"
    answer = f"/v1/beneficiary-checks/{first['id']}/answer"
    said = {"amount": make.money(90_00), "received_on": today.isoformat()}
    same = await world.post(answer, said, by=OPERATOR_A)
    assert same.json()["code"] == "disbursement.same_person"
    for wrong in ({**said, "received_on": None}, {**said, "amount": make.money(0)}):
        refused = await world.post(answer, wrong, by=OPERATOR_B)
        assert refused.json()["code"] == "disbursement.day_of_receipt"
    await world.done(answer, said, by=OPERATOR_B)
    twice = await world.post(answer, said, by=OPERATOR_B)
    assert twice.json()["code"] == "disbursement.already_heard"
    (view,) = [one for one in (await world.get(path))["channels"] if one["channel"] == "agrobanco"]

    def grew(name: str) -> int:
        was = before[name] if before else make.money(0)
        return int(view[name]["amount"].replace(".", "")) - int(was["amount"].replace(".", ""))

    names = ("given", "passed_on", "came_back", "held", "heard_of", "received")
    assert [grew(name) for name in names] == [300_00, 200_00, 0, 100_00, 100_00, 90_00]
    assert view["differing"] - (before["differing"] if before else 0) == 1
    assert view["longest_days"] == 4000
    if before is None:  # alone: two of three lay 4,000 days, one none yet
        assert (view["median_days"], view["idle_days"]) == (4000, "2666.67")
    page = await world.get("/v1/beneficiary-checks?heard=true&limit=100")
    assert first["id"] in {one["instruction_id"] for one in page["data"]}


async def test_who_draws_does_not_choose_and_what_was_drawn_stays(world: World) -> None:
    _, _, items = await sent(world, members=12, amount=1_200_00)
    day = clock.lima_date(clock.now()) + timedelta(days=4001)
    await read(world, [line(one, business_date=day) for one in items])
    draw = {"channel": "agrobanco", "business_date": day.isoformat(), "size": 4}
    drawn = (await world.done("/v1/beneficiary-checks", draw, by=OPERATOR_A))["instruction_ids"]
    rows = world.rows(
        "SELECT i.id, (SELECT seed FROM beneficiary_check WHERE instruction_id = %s) AS seed"
        " FROM instruction i JOIN statement_line l ON l.instruction_id = i.id"
        " WHERE l.business_date = %s",
        drawn[0],
        day,
    )
    by_lot = sorted(
        (sha256(f"{row['seed']}{row['id']}".encode()).digest(), row["id"]) for row in rows
    )
    assert len(rows) == 12
    assert set(drawn) == {one for _, one in by_lot[:4]}
    (block,) = world.rows(
        "SELECT encode(hash, 'hex') AS hash FROM ledger_block ORDER BY seq DESC LIMIT 1"
    )
    assert rows[0]["seed"] == block["hash"]
    url = urls(world)["fund_app"]
    for change in ("seed = 'x'", "drawn_by = 'otra'"):
        where = f"WHERE instruction_id = '{drawn[0]}'"
        error = world.refused(url, f"UPDATE beneficiary_check SET {change} {where}")
        assert error.sqlstate == "23001"

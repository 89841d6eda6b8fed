"""A nation in small: thousands of payments through both channels, to reconciled, each once."""

import httpx2
import psycopg

from tests.benchmarks.national import settings_with
from tests.support.databases import scratch_settings
from tests.support.nation import Nation, check_books

INSTRUCTIONS, AGREEMENTS, SIDE_BY_SIDE = 2_000, 4, 4


async def test_every_payment_of_a_nation_is_made_once_and_found(
    servers: None, sandbox: str
) -> None:
    async with httpx2.AsyncClient(base_url=sandbox, trust_env=False, timeout=60) as control:
        answer = await control.post("/control/reset", json={"books": True})
        assert answer.status_code == 200, answer.text
        with scratch_settings("disbursement") as scratch:
            settings = settings_with(scratch, sandbox)
            nation = Nation(settings, INSTRUCTIONS, AGREEMENTS, SIDE_BY_SIDE)
            await nation.run()
            book = (await control.get("/control/book")).json()
            theirs = [
                (
                    row["partner"],
                    row["end_to_end_id"],
                    int(row["amount"]["amount"].replace(".", "")),
                    row["executed_count"],
                )
                for row in book
            ]
            url = scratch.migration_database_url.replace("+psycopg", "")
            with psycopg.connect(url) as connection:
                check_books(connection, sorted(theirs), nation)

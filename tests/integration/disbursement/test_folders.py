"""The drop folder: files are read once, whole and complete, or lie refused beside the reason; an
order goes out once and whole."""

import os
from pathlib import Path

import pytest

from services.disbursement import payments
from services.disbursement.channels.folder import AgrobancoFolder
from services.disbursement.channels.protocol import Sent
from services.disbursement.folders import Folder, Passed
from services.kernel import clock
from tests.factories import disbursement as make
from tests.integration.disbursement.lending import lent, owed
from tests.integration.disbursement.test_reconciliation import sent
from tests.integration.disbursement.test_statement_files import file_of
from tests.integration.disbursement.world import World

SAMPLES = Path(__file__).parents[3] / "contracts" / "partners" / "samples"


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Folder:
    """A folder of its own whose files are complete at once."""
    settings = world.settings.model_copy(
        update={
            "agrobanco_transport": "folder",
            "agrobanco_folder": tmp_path,
            "agrobanco_folder_quiet_s": 0.0,
        }
    )
    return Folder(world.database, settings)


def drop(root: Path, name: str, text: str) -> None:
    (root / "in" / name).write_text(text)


def lying(root: Path, where: str) -> list[str]:
    return sorted(path.name.split("-", 1)[-1] for path in (root / where).iterdir())


async def test_a_statement_is_read_once_whatever_its_name(
    world: World, folder: Folder, tmp_path: Path
) -> None:
    agreement, tranche_id, instructions = await sent(world)
    text = file_of(instructions)
    drop(tmp_path, "a.xml", text)
    assert await folder.read_once() == Passed(read=1)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"
    drop(tmp_path, "a.xml", text)
    drop(tmp_path, "b.xml", text)
    assert await folder.read_once() == Passed(repeated=2)
    assert lying(tmp_path, "in") == []
    assert lying(tmp_path, "archive") == ["a.xml", "b.xml"]
    assert (await world.money(agreement["call_id"]))["paid_out"] == 300_00


async def test_what_is_not_complete_waits(world: World, folder: Folder, tmp_path: Path) -> None:
    _, tranche_id, instructions = await sent(world)
    text = file_of(instructions)
    for name in ("a.xml.part", ".a.xml", "a.tmp"):
        drop(tmp_path, name, text[: len(text) // 2])
    assert await folder.read_once() == Passed()
    (tmp_path / "in" / "a.xml.part").write_text(text)
    (tmp_path / "in" / "a.xml.part").rename(tmp_path / "in" / "a.xml")
    hasty = Folder(
        world.database,
        world.settings.model_copy(
            update={"agrobanco_folder": tmp_path, "agrobanco_folder_quiet_s": 60.0}
        ),
    )
    assert await hasty.read_once() == Passed()  # touched a moment ago
    past = clock.now().timestamp() - 61
    os.utime(tmp_path / "in" / "a.xml", (past, past))
    assert await hasty.read_once() == Passed(read=1)
    assert (await world.tranche(tranche_id))["state"] == "reconciled"


async def test_what_is_refused_lies_beside_its_reason_and_changes_nothing(
    world: World, folder: Folder, tmp_path: Path
) -> None:
    agreement, tranche_id, instructions = await sent(world)
    text = file_of(instructions)
    before = await world.money(agreement["call_id"])
    drop(tmp_path, "cut.xml", text[: len(text) // 2])
    drop(tmp_path, "dollars.xml", text.replace('Ccy="PEN">100.00', 'Ccy="USD">100.00', 1))
    drop(tmp_path, "order.xml", (SAMPLES / "pain.001.xml").read_text())
    drop(tmp_path, "stranger.xml", (SAMPLES / "pain.002.xml").read_text())
    drop(tmp_path, "text.xml", "no es XML")
    assert await folder.read_once() == Passed(refused=5)
    names = ["cut.xml", "dollars.xml", "order.xml", "stranger.xml", "text.xml"]
    reasons = [f"{name}.reason.txt" for name in names]
    assert lying(tmp_path, "errors") == sorted([*names, *reasons])
    (why,) = (tmp_path / "errors").glob("*dollars.xml.reason.txt")
    assert "line" in why.read_text()
    assert "USD" in why.read_text()
    assert await world.money(agreement["call_id"]) == before
    assert (await world.tranche(tranche_id))["state"] == "instructed"
    drop(tmp_path, "good.xml", text)
    assert await folder.read_once() == Passed(read=1)


async def test_a_notification_and_then_the_statement_count_once(
    world: World, folder: Folder, tmp_path: Path
) -> None:
    """A repayment by the sandbox's own files: told by the camt.054, found again in the camt.053."""
    _, _, (loan, *_) = await lent(world)
    order = {"reference": loan["reference"], "payer": loan["document"], "amount": "1000.00"}
    answer = await world.control.post("/control/repayments", json=order)
    assert answer.status_code == 201, answer.text
    day = clock.lima_date(clock.now())
    bank = (await bank_files(world, day.isoformat())).values()
    for number, body in enumerate(bank):
        (tmp_path / "in" / f"{number}.xml").write_bytes(body)
    assert await folder.read_once() == Passed(read=2)
    assert await owed(world, loan) == ("9000.00", "0.00")
    assert world.cases(loan["reference"]) == []
    (lines,) = world.rows(
        "SELECT count(*) AS told FROM statement_line WHERE reference = %s", loan["reference"]
    )
    assert lines["told"] == 1


async def bank_files(world: World, day: str) -> dict[str, bytes]:
    """The bank's notification and statement of a day."""
    token = await world.control.post(
        "/agrobanco/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=("fund-agrobanco", "secret-of-agrobanco"),
    )
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    found = {}
    for name in ("notifications", "statements"):
        answer = await world.control.get(f"/agrobanco/v1/{name}?date={day}", headers=headers)
        assert answer.status_code == 200, answer.text
        found[name] = answer.content
    return found


async def test_an_order_is_put_out_once_and_its_report_settles_it(
    world: World, folder: Folder, tmp_path: Path
) -> None:
    settings = world.settings.model_copy(update={"agrobanco_folder": tmp_path})
    bank = AgrobancoFolder(settings)
    _, tranche_id = await world.ready(loan=(300_00,), members=3)
    sending = await world.use(payments.begin_sending, tranche_id=tranche_id)
    references = [payment.reference for payment in sending.batch.payments]
    assert {word.outcome for word in (await bank.inquire(sending.batch)).values()} == {"not_found"}
    assert (await bank.send(sending.batch)).outcome == "accepted"
    (put,) = (tmp_path / "out").iterdir()
    text = put.read_text()
    assert all(reference in text for reference in references)
    put.unlink()  # the bank takes it
    assert (await bank.send(sending.batch)).outcome == "unknown"  # once: it lies there no more
    assert list((tmp_path / "out").iterdir()) == []
    assert {word.outcome for word in (await bank.inquire(sending.batch)).values()} == {"pending"}
    other = make.batch(message_id=sending.batch.message_id)
    assert (await bank.send(other)).outcome == "rejected"
    await world.use(
        payments.end_sending,
        tranche_id=tranche_id,
        attempt=sending.attempt,
        sent=Sent("accepted"),
    )
    report = (SAMPLES / "pain.002.xml").read_text()
    report = report.replace("ins-sample-0001<", f"{sending.batch.message_id}<")
    start, end = report.index("<TxInfAndSts>"), report.rindex("</TxInfAndSts>") + 14
    each = report[report.rindex("<TxInfAndSts>") : end]
    old = each[each.index("<OrgnlEndToEndId>") + 17 : each.index("</OrgnlEndToEndId>")]
    amount = each[each.index('Ccy="PEN">') + 10 : each.index("</InstdAmt>")]
    told = "".join(each.replace(old, one).replace(amount, "100.00") for one in references)
    drop(tmp_path, "report.xml", report[:start] + told + report[end:])
    assert await folder.read_once() == Passed(read=1)
    assert await world.states(tranche_id) == ["settled"] * 3

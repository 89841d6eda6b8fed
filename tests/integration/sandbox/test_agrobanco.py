"""Agrobanco: a file is taken once, each loan lives on its own, and the XML holds to its XSD."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from deploy.sandbox import clock
from deploy.sandbox.pain001 import schema_of

from .conftest import Client, eventually, sandbox, settings_in

SAMPLES = Path(__file__).parents[3] / "contracts" / "partners" / "samples"
FILE = (SAMPLES / "pain.001.xml").read_bytes()
MSG_ID = "ins-sample-0001"
LOANS = [f"{MSG_ID}-00{n}" for n in (1, 2, 3)]
SAMPLE_NOW = datetime(2026, 3, 2, 15, 0, 0, tzinfo=UTC)
STATUS_NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"}
STATEMENT_NS = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}


def valid(body: bytes, message: str) -> Any:
    root = etree.fromstring(body)
    schema = schema_of(message)
    assert schema.validate(root), schema.error_log
    return root


async def status_of(client: Client, message_id: str = MSG_ID) -> dict[str, Any]:
    """The pain.002 as plain facts: group status, and status and reason by EndToEndId."""
    answer = await client.get("agrobanco", f"/v1/files/{message_id}/status")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/xml")
    root = valid(answer.content, "pain.002.001.10")
    return {
        "group": root.findtext(".//p:GrpSts", namespaces=STATUS_NS),
        "loans": {
            entry.findtext("p:OrgnlEndToEndId", namespaces=STATUS_NS): (
                entry.findtext("p:TxSts", namespaces=STATUS_NS),
                entry.findtext("p:StsRsnInf/p:Rsn/p:Cd", namespaces=STATUS_NS),
            )
            for entry in root.iterfind(".//p:TxInfAndSts", namespaces=STATUS_NS)
        },
    }


async def group_reaches(client: Client, status: str) -> dict[str, Any]:
    async def reached() -> dict[str, Any] | None:
        facts = await status_of(client)
        return facts if facts["group"] == status else None

    facts: dict[str, Any] = await eventually(reached)
    return facts


class TestFiles:
    async def test_executes_every_loan_of_a_file(self, client: Client) -> None:
        answer = await client.upload(MSG_ID, FILE)
        assert answer.status_code == 202, answer.text
        assert answer.json()["message_id"] == MSG_ID
        assert answer.json()["status"] == "received"
        facts = await group_reaches(client, "ACSC")
        assert facts["loans"] == dict.fromkeys(LOANS, ("ACSC", None))
        rows = await client.book(MSG_ID)
        assert [row["end_to_end_id"] for row in rows] == LOANS
        assert {row["executed_count"] for row in rows} == {1}
        assert [row["amount"]["amount"] for row in rows] == ["12000.00", "9000.50", "10000.00"]

    async def test_is_accepted_before_it_is_settled(self, tmp_path: Path) -> None:
        async with sandbox(settings_in(tmp_path, sandbox_execution_delay_s=60)) as client:
            await client.upload(MSG_ID, FILE)
            facts = await status_of(client)
            assert facts["group"] == "ACCP"
            assert facts["loans"][LOANS[0]] == ("ACCP", None)

    async def test_takes_the_same_file_once(self, client: Client) -> None:
        answers = await asyncio.gather(*(client.upload(MSG_ID, FILE) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.text for answer in answers}) == 1
        await group_reaches(client, "ACSC")
        assert {(row["executed_count"], row["requests"]) for row in await client.book(MSG_ID)} == {
            (1, 4)
        }

    async def test_refuses_other_bytes_under_the_same_message_id(self, client: Client) -> None:
        await client.upload(MSG_ID, FILE)
        answer = await client.upload(MSG_ID, FILE.replace(b"ROSA", b"RITA"))
        assert (answer.status_code, answer.json()["code"]) == (409, "file_conflict")

    async def test_refuses_what_the_xsd_refuses_and_executes_nothing(self, client: Client) -> None:
        answer = await client.upload(MSG_ID, FILE.replace(b"<NbOfTxs>3<", b"<NbOfTxs>abc<"))
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "xsd_invalid")
        assert problem["errors"][0]["line"] == 7
        assert problem["errors"][0]["rule"] == "SCHEMAV_CVC_PATTERN_VALID"
        assert "NbOfTxs" in problem["errors"][0]["detail"]
        assert await client.book(MSG_ID) == []
        missing = await client.get("agrobanco", f"/v1/files/{MSG_ID}/status")
        assert (missing.status_code, missing.json()["final_after_s"]) == (404, 10)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"not xml",
            FILE[:-20],
            b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
        ],
    )
    async def test_refuses_what_is_not_plain_xml(self, client: Client, body: bytes) -> None:
        answer = await client.upload(MSG_ID, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "xml_invalid")

    async def test_refuses_another_reference_type_or_none(self, client: Client) -> None:
        other = await client.upload("another", FILE)
        assert (other.status_code, other.json()["code"]) == (422, "file_reference_mismatch")
        headers = await client.bearer("agrobanco")
        bare = await client.http.post("/agrobanco/v1/files", content=FILE, headers=headers)
        assert bare.status_code == 415
        headers |= {"content-type": "application/xml"}
        bare = await client.http.post("/agrobanco/v1/files", content=FILE, headers=headers)
        assert (bare.status_code, bare.json()["code"]) == (400, "file_reference_required")

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (b"<NbOfTxs>3<", b"<NbOfTxs>4<", "AM18"),
            (b"<CtrlSum>31000.50<", b"<CtrlSum>31000.51<", "AM10"),
            (b"01800000000000000108", b"01800000000000000999", "AC02"),
            (b"<PmtMtd>TRF<", b"<PmtMtd>CHK<", "FF01"),
        ],
    )
    async def test_rejects_a_whole_file(
        self, client: Client, old: bytes, new: bytes, reason: str
    ) -> None:
        assert (await client.upload(MSG_ID, FILE.replace(old, new, 1))).status_code == 202
        facts = await status_of(client)
        assert facts["group"] == "RJCT"
        assert facts["loans"] == dict.fromkeys(LOANS, ("RJCT", reason))
        assert await client.book(MSG_ID) == []

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (b'Ccy="PEN">12000.00<', b'Ccy="USD">12000.00<', "AM03"),
            (b"01800000000000000207", b"0180000000000000020", "AC03"),
            (f"{MSG_ID}-001".encode(), f"{MSG_ID}-002".encode(), "AM05"),
        ],
    )
    async def test_refuses_one_loan_and_pays_the_others(
        self, client: Client, old: bytes, new: bytes, reason: str
    ) -> None:
        await client.upload(MSG_ID, FILE.replace(old, new, 1))
        await client.wait_for_status(MSG_ID, "executed")
        facts = await status_of(client)
        assert facts["group"] == "PART"
        assert ("RJCT", reason) in facts["loans"].values()
        assert len(await client.book(MSG_ID)) == 2

    async def test_refuses_three_decimals(self, client: Client) -> None:
        body = FILE.replace(b">9000.50<", b">9000.505<").replace(b"31000.50", b"31000.505")
        await client.upload(MSG_ID, body)
        assert (await status_of(client))["loans"][LOANS[1]] == ("RJCT", "AM12")

    async def test_pays_a_loan_once_across_files(self, client: Client) -> None:
        await client.upload(MSG_ID, FILE)
        await client.wait_for_status(MSG_ID, "executed")
        second = FILE.replace(f"<MsgId>{MSG_ID}<".encode(), b"<MsgId>ins-sample-0002<")
        await client.upload("ins-sample-0002", second)
        facts = await status_of(client, "ins-sample-0002")
        assert facts["group"] == "RJCT"
        assert set(facts["loans"].values()) == {("RJCT", "AM05")}
        assert (await status_of(client))["group"] == "ACSC"
        assert [row["executed_count"] for row in await client.book(LOANS[0])] == [1]


class TestBehaviours:
    async def test_reject_next_makes_a_part(self, client: Client) -> None:
        await client.told("agrobanco", mode="reject", applies_to="next", reason_code="AC04")
        await client.upload(MSG_ID, FILE)
        facts = await group_reaches(client, "PART")
        assert facts["loans"][LOANS[0]] == ("RJCT", "AC04")
        await eventually(lambda: _executed(client, 2))

    async def test_return_shows_reversed_in_the_statement(self, client: Client) -> None:
        await client.told("agrobanco", mode="return", applies_to="next", delay_s=0.02)
        await client.upload(MSG_ID, FILE)
        [row] = await client.wait_for_status(LOANS[0], "returned")
        assert (row["executed_count"], row["returned_count"]) == (1, 1)
        await eventually(lambda: _executed(client, 2))
        facts = await status_of(client)
        assert facts["loans"][LOANS[0]] == ("ACSC", "AC03")
        root = await _statement(client, row["returned_at"])
        entries = root.findall(".//c:Ntry", namespaces=STATEMENT_NS)
        assert len(entries) == 4
        reversed_one = [e for e in entries if e.findtext("c:RvslInd", namespaces=STATEMENT_NS)]
        assert [
            (
                e.findtext(".//c:EndToEndId", namespaces=STATEMENT_NS),
                e.findtext("c:CdtDbtInd", namespaces=STATEMENT_NS),
                e.findtext(".//c:RtrInf/c:Rsn/c:Cd", namespaces=STATEMENT_NS),
            )
            for e in reversed_one
        ] == [(LOANS[0], "CRDT", "AC03")]
        balances = [b.text for b in root.findall(".//c:Bal/c:Amt", namespaces=STATEMENT_NS)]
        assert balances == ["1000000000.00", "999980999.50"]

    async def test_timeout_after_executing_pays_and_says_nothing(self, client: Client) -> None:
        await client.told("agrobanco", mode="timeout_after_executing", applies_to="next")
        unanswered = asyncio.create_task(client.upload(MSG_ID, FILE))
        await client.wait_for_status(MSG_ID, "executed")
        assert not unanswered.done()
        unanswered.cancel()
        assert (await status_of(client))["group"] == "ACSC"
        assert (await client.upload(MSG_ID, FILE)).status_code == 202
        assert {row["executed_count"] for row in await client.book(MSG_ID)} == {1}

    async def test_down_executes_nothing(self, client: Client) -> None:
        await client.told("agrobanco", mode="down_503", applies_to="next")
        assert (await client.upload(MSG_ID, FILE)).status_code == 503
        assert await client.book(MSG_ID) == []
        assert (await client.upload(MSG_ID, FILE)).status_code == 202

    async def test_late_arrival_is_not_found_and_then_paid(self, client: Client) -> None:
        await client.told("agrobanco", mode="late_arrival", applies_to="next", delay_s=0.5)
        assert (await client.upload(MSG_ID, FILE)).status_code == 504
        missing = await client.get("agrobanco", f"/v1/files/{MSG_ID}/status")
        assert missing.json()["code"] == "not_found"
        await client.wait_for_status(MSG_ID, "executed")
        assert (await status_of(client))["group"] == "ACSC"

    async def test_slow_answers_late(self, client: Client) -> None:
        await client.told("agrobanco", mode="slow", delay_s=0.1)
        started = asyncio.get_running_loop().time()
        assert (await client.upload(MSG_ID, FILE)).status_code == 202
        assert asyncio.get_running_loop().time() - started >= 0.1

    @pytest.mark.parametrize("mode", ["duplicate_callback", "no_callback"])
    async def test_has_no_callbacks_to_bend(self, client: Client, mode: str) -> None:
        answer = await client.http.put("/control/agrobanco", json={"mode": mode})
        assert (answer.status_code, answer.json()["code"]) == (422, "mode_not_supported")


REPAYMENTS = (
    {
        "reference": "loa-sample-0001",
        "payer": "40000002",
        "payer_name": "Productora Número 2",
        "amount": "1250.50",
    },
    {
        "reference": "loa-sample-0002",
        "payer": "20100070970",
        "payer_name": "Exportadora del Mantaro S.A.C.",
        "amount": "9350.00",
    },
)
"""One by the producer, one by the anchor firm at source."""


class TestCollections:
    async def test_a_repayment_stands_in_both_files_under_one_number(self, client: Client) -> None:
        today = clock.lima_day(clock.system_now()).isoformat()
        for order in REPAYMENTS:
            told = await client.http.post("/control/repayments", json=order)
            assert told.status_code == 201, told.text
        numbers = []
        for path, message in (("statements", "053"), ("notifications", "054")):
            answer = await client.get("agrobanco", f"/v1/{path}?date={today}")
            root = valid(answer.content, f"camt.{message}.001.08")
            spaces = {"c": f"urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.08"}
            numbers.append([one.text for one in root.findall(".//c:NtryRef", spaces)])
        assert numbers[0] == numbers[1] == ["AGC-0000000001", "AGC-0000000002"]

    async def test_instalments_come_when_the_clock_does(self, client: Client) -> None:
        day_s = 86_400
        order = {**REPAYMENTS[0], "amount": "100.01", "after_s": day_s, "instalments": 3}
        told = await client.http.post("/control/repayments", json=order)
        assert len(told.json()["operations"]) == 3
        seen = []
        for _ in range(5):
            now = (await client.http.get("/control/clock")).json()["now"]
            root = await _statement(client, now)
            amounts = root.findall(".//c:Ntry/c:Amt", namespaces=STATEMENT_NS)
            seen.append([one.text for one in amounts])
            await client.http.post("/control/clock", json={"forward_s": day_s})
            client.tokens.clear()  # they went with the time
        assert seen == [[], ["33.33"], ["33.33"], ["33.35"], []]
        balances = [b.text for b in root.findall(".//c:Bal/c:Amt", namespaces=STATEMENT_NS)]
        assert balances == ["1000000100.01", "1000000100.01"]

    async def test_one_operation_may_be_told_under_two_numbers(self, client: Client) -> None:
        await client.http.post("/control/repayments", json={**REPAYMENTS[0], "copies": 2})
        root = await _statement(client, clock.stamp(clock.system_now()))
        numbers = [one.text for one in root.findall(".//c:NtryRef", namespaces=STATEMENT_NS)]
        operations = {one.text for one in root.findall(".//c:AcctSvcrRef", namespaces=STATEMENT_NS)}
        assert (len(numbers), len(operations)) == (2, 1)

    async def test_less_than_a_centimo_an_instalment_is_refused(self, client: Client) -> None:
        order = {**REPAYMENTS[0], "amount": "0.01", "instalments": 2}
        answer = await client.http.post("/control/repayments", json=order)
        assert (answer.status_code, answer.json()["code"]) == (422, "too_little")


class TestStatement:
    async def test_an_empty_day_has_equal_balances(self, client: Client) -> None:
        root = await _statement_of(client, "2020-01-01")
        balances = [b.text for b in root.findall(".//c:Bal/c:Amt", namespaces=STATEMENT_NS)]
        assert balances == ["1000000000.00", "1000000000.00"]

    async def test_samples_are_what_the_sandbox_writes(self, tmp_path: Path) -> None:
        """With its clock stopped, one loan rejected, the samples come out byte for byte."""
        settings = settings_in(tmp_path, sandbox_execution_delay_s=0)
        async with sandbox(settings, now=lambda: SAMPLE_NOW) as client:
            await client.told("agrobanco", mode="reject", applies_to="next")
            await client.upload(MSG_ID, FILE)
            await group_reaches(client, "PART")
            await eventually(lambda: _executed(client, 2))
            status = await client.get("agrobanco", f"/v1/files/{MSG_ID}/status")
            statement = await client.get("agrobanco", "/v1/statements?date=2026-03-02")
            for order in REPAYMENTS:
                answer = await client.http.post("/control/repayments", json=order)
                assert answer.status_code == 201, answer.text
            notified = await client.get("agrobanco", "/v1/notifications?date=2026-03-02")
        valid(notified.content, "camt.054.001.08")
        assert notified.content == (SAMPLES / "camt.054.xml").read_bytes()
        valid(status.content, "pain.002.001.10")
        valid(statement.content, "camt.053.001.08")
        assert status.content == (SAMPLES / "pain.002.xml").read_bytes()
        assert statement.content == (SAMPLES / "camt.053.xml").read_bytes()


async def _executed(client: Client, count: int) -> bool:
    """Whether `count` loans of the file are paid and were not given back."""
    rows = await client.book(MSG_ID)
    paid: int = sum(row["executed_count"] - row["returned_count"] for row in rows)
    return paid == count


async def _statement(client: Client, stamp: str) -> Any:
    return await _statement_of(client, clock.lima_day(clock.parse(stamp)).isoformat())


async def _statement_of(client: Client, day: str) -> Any:
    answer = await client.get("agrobanco", f"/v1/statements?date={day}")
    assert answer.status_code == 200, answer.text
    return valid(answer.content, "camt.053.001.08")

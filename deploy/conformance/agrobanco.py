"""The checks of a partner that pays by ISO 20022 files, as Agrobanco does."""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from lxml import etree

from deploy.conformance.checks import Suite, expect
from deploy.conformance.partner import (
    Partner,
    add_access_checks,
    add_manner_checks,
    final_after,
    today,
)

AGREED = Path(__file__).parents[2] / "contracts" / "partners"
PAIN001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
SETTLED = {"ACSC", "RJCT"}


@dataclass(kw_only=True)
class Agrobanco(Partner):
    """The connection and the files of this run."""

    files: dict[str, bytes] = field(default_factory=dict)

    def message_id(self, name: str) -> str:
        """The MsgId of the file of this name."""
        return f"chk-{self.run_id}-{name}"

    def file(self, name: str, *amounts: str) -> bytes:
        """The agreed sample with these amounts, dated today; the same in one run."""
        root = etree.parse(str(AGREED / "samples" / "pain.001.xml"), PARSER).getroot()
        message_id, total = self.message_id(name), str(sum(map(Decimal, amounts)))
        group, payment = root[0][0], root[0][1]
        _put(group, "MsgId", message_id)
        _put(group, "CreDtTm", datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"))
        _put(payment, "PmtInfId", f"{message_id}-1")
        _put(payment, "ReqdExctnDt/Dt", today().isoformat())
        for part in (group, payment):
            _put(part, "NbOfTxs", str(len(amounts)))
            _put(part, "CtrlSum", total)
        loans = payment.findall(f"{{{PAIN001}}}CdtTrfTxInf")
        for loan in loans:
            payment.remove(loan)
        for number, amount in enumerate(amounts, start=1):
            loan = copy.deepcopy(loans[0])
            _put(loan, "PmtId/InstrId", f"loan-{number}")
            _put(loan, "PmtId/EndToEndId", f"{message_id}-{number}")
            _put(loan, "Amt/InstdAmt", amount)
            payment.append(loan)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))

    async def upload(self, name: str, body: bytes, **headers: str) -> httpx2.Response:
        """Send a file under the MsgId of this name."""
        given = {"X-File-Reference": self.message_id(name), "Content-Type": "application/xml"}
        return await self.call("POST", "/v1/files", content=body, headers=given | headers)

    async def sent(self, name: str, *amounts: str) -> None:
        """The file of this name, sent once in a run and taken."""
        if name not in self.files:
            body = self.file(name, *amounts)
            answer = await self.upload(name, body)
            expect(answer.status_code == 202, f"status {answer.status_code}: {answer.text[:100]}")
            self.files[name] = body

    async def report(self, name: str) -> Any:
        """The file's pain.002 once each transaction in it is settled or rejected."""

        async def ask() -> Any:
            answer = await self.call("GET", f"/v1/files/{self.message_id(name)}/status")
            if answer.status_code != 200:
                return None
            root = valid(answer.content, "pain.002.001.10")
            states = texts(root, "TxInfAndSts/TxSts")
            return root if states and set(states) <= SETTLED else None

        return await self.until(ask, f"{self.message_id(name)} is not settled")

    async def statement(self, *, days_ago: int = 0) -> Any:
        """The camt.053 of a day, held against its schema."""
        day = today() - timedelta(days=days_ago)
        answer = await self.call("GET", f"/v1/statements?date={day.isoformat()}")
        expect(answer.status_code == 200, f"status {answer.status_code}")
        return valid(answer.content, "camt.053.001.08")

    async def entries(self, end_to_end_id: str) -> list[str]:
        """The directions of a transaction's entries, of today and yesterday."""
        found = []
        for days_ago in (1, 0):
            for entry in each(await self.statement(days_ago=days_ago), "Ntry"):
                if end_to_end_id in texts(entry, "EndToEndId"):
                    found += texts(entry, "CdtDbtInd")[:1]
        return found


@cache
def _schema(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(AGREED / "iso20022" / f"{message}.xsd")))


def valid(body: bytes, message: str) -> Any:
    """The document's root; raises Broken when it does not meet the schema."""
    try:
        root = etree.fromstring(body, PARSER)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not XML: {error}") from error
    schema: Any = _schema(message)
    holds = schema.validate(root)
    first = "" if holds else f"line {schema.error_log[0].line}: {schema.error_log[0].message}"
    expect(holds, f"not valid {message}: {first}")
    return root


def each(root: Any, path: str) -> list[Any]:
    """The elements at a path below, whatever their namespace."""
    names = "/".join(f"*[local-name()='{name}']" for name in path.split("/"))
    found: list[Any] = root.xpath(f".//{names}")
    return found


def texts(root: Any, path: str) -> list[str]:
    """The texts at a path below."""
    return [element.text or "" for element in each(root, path)]


def _put(root: Any, path: str, text: str) -> None:
    names = "/".join(f"{{{PAIN001}}}{name}" for name in path.split("/"))
    root.find(names).text = text


def _balance(statement: Any, code: str) -> Decimal:
    (found,) = [b for b in each(statement, "Bal") if texts(b, "Tp/CdOrPrtry/Cd") == [code]]
    sign = 1 if texts(found, "CdtDbtInd") == ["CRDT"] else -1
    return sign * Decimal(texts(found, "Amt")[0])


SUITE: Suite[Agrobanco] = Suite()
check = SUITE.check
READ_PATH = "/v1/files/chk-never-sent/status"
add_access_checks(SUITE, read_path=READ_PATH)


@check(
    "FILE-1",
    "a valid pain.001.001.09 is taken with 202, its MsgId and a file number",
    cure="answer 202 {file_id, message_id, status: received}",
)
async def _taken(partner: Agrobanco) -> None:
    answer = await partner.upload("plain", partner.file("plain", "101.00"))
    expect(answer.status_code == 202, f"status {answer.status_code}: {answer.text[:100]}")
    body = answer.json()
    expect(body["message_id"] == partner.message_id("plain") and body["file_id"], str(body))


@check(
    "FILE-2",
    "the same MsgId and bytes give the first answer, and each loan is paid once",
    cure="make MsgId and EndToEndId unique for ever; on a repetition answer what was answered",
)
async def _repeated(partner: Agrobanco) -> None:
    body = partner.file("again", "102.00")
    answers = [await partner.upload("again", body) for _ in range(3)]
    expect({a.status_code for a in answers} == {202}, str([a.status_code for a in answers]))
    expect(len({a.json()["file_id"] for a in answers}) == 1, "another file_id")
    await partner.report("again")
    entries = await partner.entries(f"{partner.message_id('again')}-1")
    expect(entries == ["DBIT"], f"entries {entries}")


@check(
    "FILE-3",
    "a known MsgId with other bytes is refused with 409",
    cure="keep a digest of the first file and compare",
)
async def _conflict(partner: Agrobanco) -> None:
    await partner.sent("other", "103.00")
    answer = await partner.upload("other", partner.file("other", "999.00"))
    expect(answer.status_code == 409, f"status {answer.status_code}")


@check(
    "FILE-4",
    "a file that is not valid is refused whole, with line and rule",
    cure="hold it against the XSD before anything else; 422 with errors[].line and rule",
)
async def _invalid(partner: Agrobanco) -> None:
    good = partner.file("invalid", "104.00")
    answer = await partner.upload("invalid", good.replace(b"<PmtMtd>TRF", b"<PmtMtd>XXX"))
    expect(answer.status_code == 422, f"status {answer.status_code}")
    expect(answer.json()["errors"][0]["line"] > 0, "no line")
    answer = await partner.call("GET", f"/v1/files/{partner.message_id('invalid')}/status")
    expect(answer.status_code == 404, "a refused file was kept")


@check(
    "FILE-5",
    "a document type is refused and no entity is resolved",
    cure="parse with entities and DTDs switched off; refuse DOCTYPE",
)
async def _doctype(partner: Agrobanco) -> None:
    good = partner.file("doctype", "105.00")
    bomb = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>\n<Document'
    answer = await partner.upload("doctype", good.replace(b"<Document", bomb, 1))
    expect(answer.status_code in {400, 422}, f"status {answer.status_code}")


@check(
    "FILE-6",
    "wrong count or sum rejects the whole file",
    cure="check NbOfTxs (AM18) and CtrlSum (AM10) against the transactions",
)
async def _sums(partner: Agrobanco) -> None:
    body = partner.file("sums", "106.00").replace(b"<CtrlSum>106.00", b"<CtrlSum>107.00")
    answer = await partner.upload("sums", body)
    if answer.status_code == 202:
        states = texts(await partner.report("sums"), "TxInfAndSts/TxSts")
        expect(set(states) == {"RJCT"}, f"transactions {states}")
    else:
        expect(answer.status_code in {400, 422}, f"status {answer.status_code}")


@check(
    "FILE-7",
    "only application/xml with X-File-Reference equal to MsgId is taken",
    cure="415 for another content type, 4xx for another reference",
)
async def _headers(partner: Agrobanco) -> None:
    body = partner.file("headers", "107.00")
    answer = await partner.upload("headers", body, **{"Content-Type": "text/plain"})
    expect(answer.status_code == 415, f"status {answer.status_code} for text/plain")
    answer = await partner.upload("headers", body, **{"X-File-Reference": "another"})
    expect(answer.status_code in {400, 422}, f"status {answer.status_code} for another MsgId")


@check(
    "OUT-1",
    "loans settle one by one: .01 is rejected with a reason, the others are paid",
    cure="a bad transaction never stops the others; group status PART, reason in StsRsnInf",
)
async def _mixed(partner: Agrobanco) -> None:
    await partner.sent("mixed", "108.00", "108.01", "108.50")
    root = await partner.report("mixed")
    states = texts(root, "TxInfAndSts/TxSts")
    expect(states == ["ACSC", "RJCT", "ACSC"], f"transactions {states}")
    expect(len(texts(root, "TxInfAndSts/StsRsnInf/Rsn/Cd")) == 1, "no reason code, or several")
    expect(texts(root, "GrpSts") == ["PART"], f"group {texts(root, 'GrpSts')}")
    expect(not await partner.entries(f"{partner.message_id('mixed')}-2"), "a rejected loan moved")


@check(
    "OUT-2",
    "amount .03 (or -RETURN) is paid and then returned as a reversed credit entry",
    cure="book CRDT with RvslInd true and RtrInf/Rsn/Cd; keep the debit",
)
async def _returned(partner: Agrobanco) -> None:
    await partner.sent("back", "109.03")
    await partner.report("back")
    reference = f"{partner.message_id('back')}-1"

    async def ask() -> list[str] | None:
        found = await partner.entries(reference)
        return found if "CRDT" in found else None

    await partner.until(ask, f"no credit entry for {reference}")
    marks = [
        (texts(entry, "RvslInd"), bool(texts(entry, "RtrInf/Rsn/Cd")))
        for entry in each(await partner.statement(), "Ntry")
        if reference in texts(entry, "EndToEndId") and texts(entry, "CdtDbtInd")[0] == "CRDT"
    ]
    expect(marks == [(["true"], True)], f"RvslInd and reason: {marks}")


@check(
    "STS-1",
    "the status report names the file, and each transaction by its EndToEndId",
    cure="valid pain.002.001.10 with OrgnlMsgId and OrgnlEndToEndId as they were sent",
)
async def _report(partner: Agrobanco) -> None:
    await partner.sent("mixed", "108.00", "108.01", "108.50")
    root, message_id = await partner.report("mixed"), partner.message_id("mixed")
    expect(texts(root, "OrgnlMsgId") == [message_id], str(texts(root, "OrgnlMsgId")))
    found = texts(root, "OrgnlEndToEndId")
    expect(found == [f"{message_id}-{number}" for number in (1, 2, 3)], str(found))


@check(
    "STS-2",
    "an unknown file is 404 and says from when that is final",
    cure="send the header Final-After-S: the seconds after which 'not found' will not change",
)
async def _not_found(partner: Agrobanco) -> None:
    final_after(await partner.call("GET", READ_PATH))


@check(
    "STM-1",
    "opening balance and entries give the closing balance, to the céntimo",
    cure="valid camt.053.001.08 with OPBD and CLBD from the same books as the entries",
)
async def _balanced(partner: Agrobanco) -> None:
    await partner.sent("again", "102.00")
    await partner.report("again")
    root = await partner.statement()
    total = sum(
        (1 if texts(entry, "CdtDbtInd")[0] == "CRDT" else -1) * Decimal(texts(entry, "Amt")[0])
        for entry in each(root, "Ntry")
    )
    opening, closing = _balance(root, "OPBD"), _balance(root, "CLBD")
    expect(opening + total == closing, f"{opening} + {total} is not {closing}")


@check(
    "STM-2",
    "a day opens with the balance with which the day before closed",
    cure="carry the closing balance forward",
)
async def _carried(partner: Agrobanco) -> None:
    before = _balance(await partner.statement(days_ago=1), "CLBD")
    opening = _balance(await partner.statement(), "OPBD")
    expect(before == opening, f"closed with {before}, opened with {opening}")


@check(
    "STM-3",
    "each entry has a number of its own",
    cure="number entries (NtryRef) once and for ever",
)
async def _numbered(partner: Agrobanco) -> None:
    entries = each(await partner.statement(), "Ntry")
    numbers = [texts(entry, "NtryRef")[0] for entry in entries]
    expect(len(set(numbers)) == len(numbers), "an entry number twice")


add_manner_checks(SUITE, read_path=READ_PATH)

"""ISO 20022: what we write is valid and the same twice; what we read is believed whole or not."""

import io
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from services.disbursement.channels import camt, iso20022, iso_xml
from services.disbursement.channels.plain import PlainFile
from services.disbursement.channels.protocol import Batch, Line, PartnerUnclear, Status
from tests.factories import disbursement as make
from tests.factories.statements import statement

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no finding."""

PARTNERS = Path(__file__).parents[3] / "contracts" / "partners"
PAIN_002 = (PARTNERS / "samples" / "pain.002.xml").read_text()
CAMT_053 = (PARTNERS / "samples" / "camt.053.xml").read_text()
DAY = date(2026, 3, 2)
SAMPLE = make.batch(
    *(
        make.payment(number, amount, reference=f"ins-sample-0001-{number:03d}")
        for number, amount in ((1, 12_000_00), (2, 9_000_50), (3, 10_000_00))
    ),
    message_id="ins-sample-0001",
)


def read(body: str | bytes, day: date = DAY, account: str = make.DEBTOR_ACCOUNT) -> list[Line]:
    raw = body.encode() if isinstance(body, str) else body
    return list(camt.statement_lines(raw, day, account))


def words(body: str, batch: Batch = SAMPLE) -> dict[str, Status]:
    return dict(iso20022.statuses(body.encode(), batch))


def found(body: bytes, path: str) -> list[str]:
    """The texts of a payment order at this path."""
    spaces = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
    texts: Any = etree.fromstring(body).xpath(path, namespaces=spaces)
    return [str(text) for text in texts]


def changed(text: str, old: str, new: str, count: int = 1) -> str:
    assert old in text, old
    return text.replace(old, new, count)


def test_a_payment_order_meets_the_published_schema_and_is_the_same_twice() -> None:
    batch = make.batch(*(make.payment(number, 100_01 + number) for number in range(1, 41)))
    body = iso20022.payment_order(batch, make.DEBTOR_ACCOUNT)
    assert body == iso20022.payment_order(batch, make.DEBTOR_ACCOUNT)
    schema = etree.XMLSchema(etree.parse(PARTNERS / "iso20022" / "pain.001.001.09.xsd"))
    assert schema.validate(etree.fromstring(body)), schema.error_log
    amounts = found(body, "//p:InstdAmt/text()")
    total = sum(payment.amount_centimos for payment in batch.payments)
    assert len(amounts) == 40
    assert sum(int(amount.replace(".", "")) for amount in amounts) == total
    sums = {text.replace(".", "") for text in found(body, "//p:CtrlSum/text()")}
    assert sums == {str(total)}
    assert found(body, "//p:ReqdExctnDt/p:Dt/text()") == ["2026-03-02"]


def test_ten_thousand_payments_are_written_and_validated_in_seconds() -> None:
    batch = make.batch(*(make.payment(number, 100_00 + number) for number in range(10_000)))
    started_s = time.process_time()
    body = iso20022.payment_order(batch, make.DEBTOR_ACCOUNT)
    assert time.process_time() - started_s < 5
    assert len(found(body, "//p:EndToEndId/text()")) == 10_000


@PATIENT
@given(
    amount=st.integers(min_value=1, max_value=10**14),
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200),
)
def test_any_name_and_amount_give_a_valid_file_or_a_plain_refusal(amount: int, name: str) -> None:
    batch = make.batch(make.payment(1, amount, beneficiary_name=name))
    try:
        body = iso20022.payment_order(batch, make.DEBTOR_ACCOUNT)
    except ValueError:
        return
    assert iso20022.payment_order(batch, make.DEBTOR_ACCOUNT) == body
    (text,) = found(body, "//p:InstdAmt/text()")
    whole, _, decimals = text.partition(".")
    assert int(whole) * 100 + int(decimals.ljust(2, "0")) == amount


@pytest.mark.parametrize("name", ["", "\ufffe", "\x01"])
def test_a_name_that_no_file_can_hold_is_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        iso20022.payment_order(make.batch(make.payment(beneficiary_name=name)), make.DEBTOR_ACCOUNT)


def test_the_sample_status_report_is_read() -> None:
    assert words(PAIN_002) == {
        "ins-sample-0001-001": Status("rejected", "AC04", "exe_214c387d644817e457842298"),
        "ins-sample-0001-002": Status("executed", "", "exe_0a8e55228bdc2c1e676321fb"),
        "ins-sample-0001-003": Status("executed", "", "exe_6e04872313906a4f9a7008e5"),
    }


def test_a_returned_payment_says_so_by_its_note() -> None:
    note = "<StsRsnInf><Rsn><Cd>AC03</Cd></Rsn><AddtlInf>RETURNED x</AddtlInf></StsRsnInf>"
    told = changed(PAIN_002, "<TxSts>ACSC</TxSts>", f"<TxSts>ACSC</TxSts>{note}")
    assert words(told)["ins-sample-0001-002"] == Status(
        "returned", "AC03", "exe_0a8e55228bdc2c1e676321fb"
    )


def test_a_rejected_file_rejects_every_payment_and_only_then() -> None:
    whole = changed(PAIN_002, "<GrpSts>PART</GrpSts>", "<GrpSts>RJCT</GrpSts>")
    with pytest.raises(PartnerUnclear, match="rejected file with a payment that is not"):
        words(whole)
    refused = whole.replace("<TxSts>ACSC</TxSts>", "<TxSts>RJCT</TxSts>")
    assert {word.outcome for word in words(refused).values()} == {"rejected"}
    start, end = whole.index("<OrgnlPmtInfAndSts>"), whole.index("</CstmrPmtStsRpt>")
    alone = whole[:start] + whole[end:]
    assert {word.outcome for word in words(alone).values()} == {"rejected"}
    assert len(words(alone)) == 3


def test_a_reference_without_a_word_and_a_pending_one_stay_open() -> None:
    more = make.batch(*SAMPLE.payments, make.payment(9), message_id="ins-sample-0001")
    assert "ins-sample-0009-01" not in words(PAIN_002, more)
    pending = changed(PAIN_002, "<TxSts>ACSC</TxSts>", "<TxSts>ACCP</TxSts>")
    assert words(pending)["ins-sample-0001-002"].outcome == "pending"


SECOND_TX = PAIN_002[PAIN_002.index("<TxInfAndSts>") : PAIN_002.index("</TxInfAndSts>") + 14]
AMOUNT_OF_2 = PAIN_002[
    PAIN_002.index("<OrgnlTxRef>", PAIN_002.index("exe_0a8e")) : PAIN_002.index(
        "</OrgnlTxRef>", PAIN_002.index("exe_0a8e")
    )
    + 13
]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("<OrgnlMsgId>ins-sample-0001<", "<OrgnlMsgId>ins-sample-0002<", "another file"),
        (">9000.50<", ">9000.51<", "another amount"),
        ('Ccy="PEN">9000.50', 'Ccy="USD">9000.50', "another amount"),
        (AMOUNT_OF_2, "", "another amount"),
        (SECOND_TX, SECOND_TX + SECOND_TX.replace("RJCT", "ACSC"), "two words"),
        ("pain.002.001.10", "pain.002.001.03", "not a sound"),
        ("</Document>", "", "not a sound"),
        ("<GrpSts>PART</GrpSts>", "<GrpSts>MAYBE</GrpSts>", "not a sound"),
    ],
)
def test_a_status_report_that_is_not_sound_says_nothing(old: str, new: str, why: str) -> None:
    with pytest.raises(PartnerUnclear, match=why):
        words(changed(PAIN_002, old, new))


def test_the_sample_statement_is_read() -> None:
    assert read(CAMT_053) == [
        Line("AGB-0000000001", "ins-sample-0001-002", "payment", 9_000_50, DAY),
        Line("AGB-0000000002", "ins-sample-0001-003", "payment", 10_000_00, DAY),
    ]


FIRST = CAMT_053[CAMT_053.index("<Ntry>") : CAMT_053.index("</Ntry>") + 7]


def test_a_line_that_is_not_booked_is_no_line() -> None:
    pending = FIRST.replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>").replace("0000000001", "0000000003")
    assert len(read(changed(CAMT_053, FIRST, FIRST + pending))) == 2


def test_a_line_without_our_reference_is_kept_without_one() -> None:
    told = changed(CAMT_053, "<EndToEndId>ins-sample-0001-002</EndToEndId>", "")
    assert read(told)[0].reference == ""


def booked_together(*amounts: str) -> str:
    """The first entry as many banks write a file of payments: one entry, its parts within."""
    details = FIRST[FIRST.index("<TxDtls>") : FIRST.index("</TxDtls>") + 9]
    parts = "".join(
        details.replace("ins-sample-0001-002", f"ins-sample-0001-{place:03}").replace(
            ">9000.50<", f">{amount}<"
        )
        for place, amount in enumerate(amounts, start=2)
    )
    return changed(CAMT_053, details, parts)


def test_payments_that_the_bank_booked_together_are_lines_of_their_own() -> None:
    first, second, third = read(booked_together("9000.00", "0.50"))
    assert (first.line_id, first.amount_centimos) == ("AGB-0000000001/1", 9_000_00)
    assert (second.line_id, second.reference) == ("AGB-0000000001/2", "ins-sample-0001-003")
    assert third.line_id == "AGB-0000000002"


@pytest.mark.parametrize("amounts", [("9000.00", "0.49"), ("9000.50", "0.50")])
def test_parts_that_do_not_sum_to_their_entry_are_refused_by_line(amounts: tuple[str, ...]) -> None:
    with pytest.raises(PartnerUnclear, match="line 63: the parts of entry AGB-0000000001"):
        read(booked_together(*amounts))


def test_what_the_schema_refuses_is_told_with_its_line() -> None:
    with pytest.raises(PartnerUnclear, match="line 63"):
        read(changed(CAMT_053, "<Ntry>", "<Ntry><Invented/>"))


def test_fifty_thousand_lines_are_read_in_seconds() -> None:
    lines = [(f"AGB-{place:010}", f"ref-{place:08}", 100_00 + place) for place in range(50_000)]
    started_s = time.monotonic()
    found = read(statement(lines, DAY))
    assert time.monotonic() - started_s < 20
    assert [(line.line_id, line.reference, line.amount_centimos) for line in found] == lines


DOCTYPE = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Document [{}]>'
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
BOMB = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">'
XXE = '<!ENTITY a SYSTEM "file:///etc/hostname">'


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("999980999.50", "999980999.51", "closing balance"),
        (">1000000000.00<", ">1000000000.01<", "closing balance"),
        ("<Cd>OPBD</Cd>", "<Cd>PRCD</Cd>", "no opening or no closing"),
        ("<Cd>CLBD</Cd>", "<Cd>CLAV</Cd>", "no opening or no closing"),
        ("<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>CRDT</CdtDbtInd>", "closing balance"),
        ('Ccy="PEN">9000.50', 'Ccy="USD">9000.50', "line 63: currency USD"),
        ('Ccy="PEN">999980999.50', 'Ccy="USD">999980999.50', "line 37: currency USD"),
        (">9000.50<", ">9000.505<", "line 63: amount 9000.505"),
        (">9000.50<", ">-9000.50<", "not a sound"),
        (FIRST, FIRST + FIRST, "a line stands twice"),
        (FIRST, "", "closing balance"),
        ("<NtryRef>AGB-0000000001</NtryRef>", "", "line 63: an entry without its number"),
        ("<Id>01800000000000000108</Id>", "<Id>01800000000000000109</Id>", "another account"),
        ("camt.053.001.08", "camt.053.001.02", "not a sound"),
        (DECLARATION, DOCTYPE.format(""), "document type"),
        (DECLARATION, DOCTYPE.format(XXE), "document type"),
        (DECLARATION, DOCTYPE.format(BOMB), "document type"),
        ("</BkToCstmrStmt>", "", "not a sound"),
        ("<Amt", "<Amount", "not a sound"),
    ],
)
def test_a_statement_that_is_not_sound_is_refused_whole(old: str, new: str, why: str) -> None:
    with pytest.raises(PartnerUnclear, match=why):
        read(changed(CAMT_053, old, new))


@pytest.mark.parametrize("used_at", [">FONDO", ">BOOK<"], ids=["in the head", "in a line"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7"])
def test_an_entity_that_is_declared_and_used_does_not_end_the_process(
    used_at: str, encoding: str
) -> None:
    """F44: read in pieces under a schema, libxml2 crashes on it; it must never get it."""
    declared = DOCTYPE.format('<!ENTITY x "BOOK">').replace("UTF-8", encoding)
    body = changed(changed(CAMT_053, DECLARATION, declared), used_at, ">&x;" + used_at[-1])
    with pytest.raises(PartnerUnclear, match="not a sound"):
        read(body.encode(encoding))


def test_a_document_type_across_two_pieces_is_found_with_its_line() -> None:
    body = b"\n\n" + b" " * 27 + b"<!DOCTYPE a>"
    plain = PlainFile(io.BytesIO(body), 1_000)
    with pytest.raises(ValueError, match="line 3: a document type"):
        list(iter(lambda: plain.read(4), b""))


def test_a_line_without_details_is_refused_whole() -> None:
    start, end = CAMT_053.index("<NtryDtls>"), CAMT_053.index("</NtryDtls>") + 11
    with pytest.raises(PartnerUnclear, match="line 63: entry AGB-0000000001 without details"):
        read(CAMT_053[:start] + CAMT_053[end:])


def test_the_statement_of_another_day_is_refused_whole() -> None:
    with pytest.raises(PartnerUnclear, match="another day"):
        read(CAMT_053, date(2026, 3, 3))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"{}",
        CAMT_053.encode()[:2000],
        changed(CAMT_053, "UTF-8", "UTF-16").encode("utf-16"),
        changed(CAMT_053, "UTF-8", "ISO-8859-1").encode("latin-1"),
        b" " * (iso_xml.MAX_BYTES + 1),
    ],
    ids=["empty", "nul", "json", "truncated", "utf-16", "latin-1", "too large"],
)
def test_bytes_of_another_kind_are_refused_whole(body: bytes) -> None:
    with pytest.raises(PartnerUnclear, match="not a sound"):
        read(body)


@PATIENT
@given(data=st.data())
def test_a_cut_or_bent_statement_is_read_whole_or_refused(data: Any) -> None:
    raw = bytearray(CAMT_053.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[place] = data.draw(st.integers(0, 255))
        else:
            del raw[place : place + data.draw(st.integers(1, 400))]
    try:
        lines = read(bytes(raw))
    except PartnerUnclear:
        return
    assert sum(line.amount_centimos for line in lines) == 19_000_50

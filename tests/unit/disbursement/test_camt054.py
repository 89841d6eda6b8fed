"""Notifications of single entries (camt.054): read whole or refused with line and reason, and the
same lines as the statement of their day."""

from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from services.disbursement.channels import camt
from services.disbursement.channels.protocol import Line, PartnerUnclear
from tests.factories import disbursement as make

PARTNERS = Path(__file__).parents[3] / "contracts" / "partners"
CAMT_054 = (PARTNERS / "samples" / "camt.054.xml").read_text()
CAMT_053 = (PARTNERS / "samples" / "camt.053.xml").read_text()
DAY = date(2026, 3, 2)
FIRST = CAMT_054[CAMT_054.index("<Ntry>") : CAMT_054.index("</Ntry>") + 7]
AT = CAMT_054[: CAMT_054.index("<Ntry>")].count("\n") + 1


def read(text: str, account: str = make.DEBTOR_ACCOUNT) -> list[Line]:
    return [line for lines in camt.notified_lines(text.encode(), account) for line in lines]


def changed(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


def test_the_sample_meets_its_schema() -> None:
    schema = etree.XMLSchema(etree.parse(PARTNERS / "iso20022" / "camt.054.001.08.xsd"))
    assert schema.validate(etree.fromstring(CAMT_054.encode())), schema.error_log


def test_payments_are_the_lines_that_the_statement_has() -> None:
    told = [line for line in read(CAMT_054) if line.kind == "payment"]
    assert told == list(camt.statement_lines(CAMT_053.encode(), DAY, make.DEBTOR_ACCOUNT))


def test_repayments_name_the_loan_the_payer_and_the_operation() -> None:
    first, second = (line for line in read(CAMT_054) if line.kind == "repayment")
    assert (first.line_id, first.reference, first.payer, first.amount_centimos) == (
        "AGC-0000000001",
        "loa-sample-0001",
        "40000002",
        1_250_50,
    )
    assert (second.reference, second.payer) == ("loa-sample-0002", "20100070970")
    assert first.operation.startswith("col_")
    assert first.operation != second.operation


def test_without_a_creditor_reference_the_end_to_end_id_names_the_loan() -> None:
    text = changed(CAMT_054, "<Ref>loa-sample-0001</Ref>", "")
    text = changed(text, "NOTPROVIDED", "loa-sample-0009")
    assert "loa-sample-0009" in {line.reference for line in read(text)}


def test_a_reversed_credit_is_a_payment_come_back_and_no_repayment() -> None:
    start = CAMT_054.rindex("<Ntry>")
    last = CAMT_054[start:]
    reversed_ = last.replace("</CdtDbtInd>", "</CdtDbtInd><RvslInd>true</RvslInd>", 1)
    assert read(CAMT_054[:start] + reversed_)[-1].kind == "return"


def test_entries_of_two_days_are_told_by_day() -> None:
    start = CAMT_054.index("<BookgDt>")
    told = CAMT_054[start : CAMT_054.index("</BookgDt>") + 10]
    text = changed(CAMT_054, told, "<BookgDt><Dt>2026-03-01</Dt></BookgDt>")
    days = camt.notified_lines(text.encode(), make.DEBTOR_ACCOUNT)
    assert [(lines.day, len(lines)) for lines in days] == [(date(2026, 3, 1), 1), (DAY, 3)]


def test_an_instant_counts_on_its_day_in_lima() -> None:
    start = CAMT_054.index("<BookgDt>")
    told = CAMT_054[start : CAMT_054.index("</BookgDt>") + 10]
    late = "<BookgDt><DtTm>2026-03-03T03:00:00Z</DtTm></BookgDt>"
    assert read(changed(CAMT_054, told, late))[0].business_date == DAY


def test_nothing_but_the_account_is_an_empty_notification() -> None:
    start, end = CAMT_054.index("<Ntry>"), CAMT_054.rindex("</Ntry>") + 7
    assert read(CAMT_054[:start] + CAMT_054[end:]) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (FIRST, FIRST + FIRST, "a line stands twice"),
        ("<NtryRef>AGB-0000000001</NtryRef>", "", f"line {AT}: an entry without its number"),
        ('Ccy="PEN">9000.50', 'Ccy="USD">9000.50', f"line {AT}: currency USD"),
        (">9000.50<", ">9000.505<", f"line {AT}: amount 9000.505"),
        (">9000.50<", ">0.00<", "a line without an amount|the parts of entry"),
        ("<Ntry>", "<Ntry><Invented/>", f"line {AT}"),
        ("<Id>01800000000000000108</Id>", "<Id>01800000000000000109</Id>", "another account"),
        ("camt.054.001.08", "camt.054.001.02", "not a sound"),
        ("</Document>", "", "not a sound"),
        ("<BookgDt>", "<BookingDate>", "not a sound"),
    ],
)
def test_a_notification_that_is_not_sound_says_nothing(old: str, new: str, why: str) -> None:
    with pytest.raises(PartnerUnclear, match=why):
        read(changed(CAMT_054, old, new))


def test_an_entry_that_no_day_tells_is_refused_with_its_line() -> None:
    start = CAMT_054.index("<BookgDt>")
    told = CAMT_054[start : CAMT_054.index("</BookgDt>") + 10]
    with pytest.raises(PartnerUnclear, match=f"line {AT}: no BookgDt"):
        read(changed(CAMT_054, told, ""))


def test_a_statement_is_no_notification() -> None:
    with pytest.raises(PartnerUnclear, match="not a sound"):
        read(CAMT_053)

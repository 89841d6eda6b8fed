"""A payment list is told all that is wrong with it at once, each fault with its place."""

from dataclasses import replace
from typing import Any

import pytest

from services.disbursement.limits import Limits
from services.disbursement.payment_list.rules import Frame, Payee, faults, warnings

SUPPLIER = Payee(
    kind="supplier",
    name="Maquinarias del Centro SAC",
    document="20131312955",
    cci="00219300123456789013",
    bank="002",
    amount_centimos=600_00,
    budget_line=1,
    invoice="F001-1",
)
PRODUCER = Payee(
    kind="producer",
    name="Rosa Quispe",
    document="40000001",
    cci="00219300123456789013",
    bank="002",
    amount_centimos=1_000_00,
    budget_line=1,
)
LIMITS = Limits(
    instruction_max=5_000, batch_max=4, second_release_from=1_000, banks=frozenset({"002", "018"})
)


def frame(**changes: Any) -> Frame:
    given: dict[str, Any] = {
        "channel": "agroideas",
        "amount_centimos": 1_000_00,
        "consortium_id": "con_1",
        "members": frozenset({"40000001", "40000002"}),
        "lines": {1: 1_000_00, 2: 300_00},
        "paid_invoices": frozenset(),
        "limits": LIMITS,
    }
    return Frame(**{**given, **changes})


def found(payees: list[Payee], held: Frame) -> list[tuple[str, str]]:
    return [
        (fault.pointer, fault.code.removeprefix("disbursement.")) for fault in faults(payees, held)
    ]


SOUND = [SUPPLIER, replace(SUPPLIER, amount_centimos=400_00, invoice="F001-2")]


def test_a_sound_list_has_no_fault() -> None:
    assert found(SOUND, frame()) == []
    own = replace(SUPPLIER, kind="consortium", document="con_1", amount_centimos=1_000_00)
    assert found([own], frame()) == []
    assert found([PRODUCER], frame(channel="agrobanco")) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"cci": "0021930012345678901"}, "cci/cci_length"),
        ({"cci": "0021930012345678901x"}, "cci/cci_length"),
        ({"cci": "99919300123456789013"}, "cci/bank_unknown"),
        ({"bank": "018"}, "bank/bank_differs"),
        ({"document": "20131312956"}, "document/ruc_invalid"),
        ({"kind": "producer", "document": "1234"}, "document/dni_invalid"),
        ({"kind": "consortium", "document": "con_2"}, "document/another_consortium"),
        ({"budget_line": 3}, "budget_line/budget_line_unknown"),
        ({"amount_centimos": 0}, "amount/amount_zero"),
        ({"amount_centimos": 5_000_01}, "amount/amount_over_cap"),
        ({"kind": "producer", "document": "40000001"}, "kind/kind_of_channel"),
    ],
)
def test_each_fault_of_a_payment_says_where_it_stands(changes: Any, fault: str) -> None:
    where, code = fault.split("/")
    told = found([SOUND[0], replace(SOUND[1], **changes)], frame(lines={1: 10**9}))
    assert (f"/payments/1/{where}", code) in told


def test_a_loan_goes_to_a_member_and_once() -> None:
    held = frame(channel="agrobanco", amount_centimos=2_000_00, lines={1: 2_000_00})
    stranger = replace(PRODUCER, document="40000009")
    assert found([PRODUCER, stranger], held) == [("/payments/1/document", "not_a_member")]
    again = replace(PRODUCER, cci="01800000000000000108", bank="018")
    assert found([PRODUCER, again], held) == [("/payments/1/document", "producer_repeated")]
    assert found([SUPPLIER], held)[0] == ("/payments/0/kind", "kind_of_channel")


def test_the_same_payment_or_invoice_twice_is_told_with_the_first_place() -> None:
    held = frame(amount_centimos=1_200_00, lines={1: 1_200_00})
    assert found([SUPPLIER, SUPPLIER], held) == [("/payments/1/invoice", "invoice_repeated")]
    plain = replace(SUPPLIER, invoice=None)
    (fault,) = faults([plain, plain], held)
    assert (fault.pointer, fault.code) == ("/payments/1", "disbursement.payment_repeated")
    assert "pago 0" in fault.detail
    paid = frame(paid_invoices=frozenset({("20131312955", "F001-2")}))
    assert found(SOUND, paid) == [("/payments/1/invoice", "invoice_paid")]


def test_one_centimo_of_difference_is_told_with_both_sums() -> None:
    (fault,) = faults(SOUND, frame(amount_centimos=1_000_01))
    assert (fault.pointer, fault.code) == ("/payments", "disbursement.sum_differs")
    assert "1000.00" in fault.detail
    assert "1000.01" in fault.detail


def test_a_budget_line_is_not_passed_and_both_sums_are_told() -> None:
    (fault,) = faults([SOUND[0], replace(SOUND[1], budget_line=2)], frame())
    assert fault.code == "disbursement.budget_line_exceeded"
    assert "300.00" in fault.detail
    assert "400.00" in fault.detail


def test_all_faults_come_at_once_in_the_order_of_the_lines() -> None:
    bad = [
        replace(SUPPLIER, cci="1", document="2"),
        replace(SUPPLIER, amount_centimos=0, budget_line=9, invoice="F001-9"),
    ]
    assert found(bad, frame()) == [
        ("/payments/0/document", "ruc_invalid"),
        ("/payments/0/cci", "cci_length"),
        ("/payments/1/amount", "amount_zero"),
        ("/payments/1/budget_line", "budget_line_unknown"),
        ("/payments", "sum_differs"),
    ]


def test_a_list_that_is_too_long_is_told_by_itself() -> None:
    assert found([SUPPLIER] * 5, frame()) == [("/payments", "list_too_long")]


def test_wrong_control_digits_are_a_warning_only() -> None:
    doubtful = replace(SOUND[1], cci="01800000000000000109", bank="018")
    assert found([SOUND[0], doubtful], frame()) == []
    assert [advice.pointer for advice in warnings([SOUND[0], doubtful])] == ["/payments/1/cci"]

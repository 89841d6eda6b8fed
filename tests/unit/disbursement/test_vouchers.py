"""The same invoice is known again however its number was typed."""

import pytest

from services.disbursement.vouchers import normal


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("F001-00004521", "F001-4521"),
        ("f001-4521", "F001-4521"),
        ("0001-000120", "1-120"),
        ("001-120", "1-120"),
        ("000-7", "0-7"),
        ("E001-10", "E001-10"),
        ("recibo/7", "RECIBO/7"),
        ("F001-0", "F001-0"),
    ],
)
def test_a_number_has_one_form(typed: str, known: str) -> None:
    assert normal(typed) == known
    assert normal(known) == known


def test_other_numbers_stay_apart() -> None:
    several = ["F001-1", "F001-10", "F010-1", "F1-1", "B001-1", "1-1", "10-1"]
    assert len({normal(one) for one in several}) == len(several)

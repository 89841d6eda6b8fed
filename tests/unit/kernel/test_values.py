"""Money as céntimos and Peru's identifiers, on the vectors of the norms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.kernel.schemas import Cci, Dni, Line, Money, Prose, Ruc, SignedMoney
from services.kernel.values import (
    MAX_CENTIMOS,
    cci_checks,
    is_dni,
    is_ruc,
    to_amount,
    to_centimos,
)

RUC_VALID = {
    "20131312955": "SUNAT",
    "20131370645": "MEF",
    "20131372931": "MIDAGRI, remainder 10 becomes 1",
    "20504774288": "MINCETUR",
    "20504794637": "PRODUCE",
    "20168999926": "PCM",
    "20545565359": "MIDIS",
    "20131371617": "MINJUSDH",
    "20131370998": "MINEDU",
    "20492966658": "MINAM",
    "20100047218": "BCP",
    "20515397290": "remainder 1 becomes 0",
    "20999990071": "remainder 0 becomes 1",
    "10101174102": "a person, DNI 10117410",
}
RUC_INVALID = ("20131312954", "20512333798", "30131312955", "2013131295")
CCI_VALID = (
    "01136600010003254221",
    "01800000400001234501",
    "00219110000000000157",
    "00389801300000000740",
)
CCI_INVALID = (
    "01136600010003254222",
    "01136200010004650000",
    "00219700000000000038",
    "0113660001000325422",
)
NOT_DIGITS = (
    "",
    " ",
    "2013131295 ",
    "20131312955\n",
    "٢٠١٣١٣١٢٩٥٥",
    "2013131295A",
    "20131312955\x00",
)


@pytest.mark.parametrize("number", RUC_VALID, ids=RUC_VALID.values())
def test_a_ruc_with_its_check_digit_is_one(number: str) -> None:
    assert is_ruc(number)
    assert TypeAdapter(Ruc).validate_python(number) == number


@pytest.mark.parametrize("number", [*RUC_INVALID, *NOT_DIGITS])
def test_any_other_ruc_is_refused(number: str) -> None:
    assert not is_ruc(number)
    with pytest.raises(ValidationError):
        TypeAdapter(Ruc).validate_python(number)


@pytest.mark.parametrize("number", RUC_VALID)
def test_each_other_last_digit_of_a_ruc_is_wrong(number: str) -> None:
    others = [f"{number[:-1]}{last}" for last in range(10) if str(last) != number[-1]]
    assert not any(is_ruc(other) for other in others)


@pytest.mark.parametrize("number", ["10117410", "12345678", "45678912", "70000000"])
def test_a_dni_is_eight_digits(number: str) -> None:
    assert is_dni(number)
    assert TypeAdapter(Dni).validate_python(number) == number


@pytest.mark.parametrize(
    "number", ["", "1011741", "101174102", "1011741-", "1234567\n", "12345678\n", "١٢٣٤٥٦٧٨"]
)
def test_anything_else_is_no_dni(number: str) -> None:
    assert not is_dni(number)
    with pytest.raises(ValidationError):
        TypeAdapter(Dni).validate_python(number)


@pytest.mark.parametrize("number", CCI_VALID)
def test_a_cci_holds_both_control_digits(number: str) -> None:
    assert cci_checks(number)
    assert TypeAdapter(Cci).validate_python(number) == number


@pytest.mark.parametrize("number", [*CCI_INVALID, "", "0113660001000325422A", f"{CCI_VALID[0]}\n"])
def test_a_wrong_cci_does_not(number: str) -> None:
    assert not cci_checks(number)


@pytest.mark.parametrize("number", CCI_VALID)
@pytest.mark.parametrize("at", [18, 19])
def test_each_control_digit_of_a_cci_counts(number: str, at: int) -> None:
    others = [f"{number[:at]}{digit}{number[at + 1 :]}" for digit in range(10)]
    assert [other for other in others if cci_checks(other)] == [number]


@pytest.mark.parametrize(
    ("amount", "centimos"),
    [
        ("0", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("1234.5", 123_450),
        ("1234.50", 123_450),
        ("999999999999.99", MAX_CENTIMOS - 1),
        ("1000000000000", MAX_CENTIMOS),
        ("1000000000000.0", MAX_CENTIMOS),
        ("1000000000000.00", MAX_CENTIMOS),
    ],
)
def test_soles_become_centimos(amount: str, centimos: int) -> None:
    assert to_centimos(amount) == centimos
    assert Money(amount=amount).centimos == centimos


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "-0.01",
        "-1",
        "+1",
        "1.",
        ".5",
        "01",
        "1.001",
        "1,50",
        "1e3",
        "NaN",
        "Infinity",
        " 1",
        "1\n",
        "١",
        "1_000",
        "1000000000000.01",
        "1000000000001",
        "9" * 400,
    ],
)
def test_what_is_not_an_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"1234\.50"):
        to_centimos(amount)
    with pytest.raises(ValidationError):
        Money(amount=amount)


@pytest.mark.parametrize("amount", [1, 1.5, True, None, ["1"]])
def test_money_is_text_and_never_a_number(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": "PEN"})


def test_money_is_soles_and_nothing_else() -> None:
    for body in ({"amount": "1", "currency": "USD"}, {"amount": "1", "currency": "PEN", "x": 1}):
        with pytest.raises(ValidationError):
            Money.model_validate(body)


@given(st.integers(min_value=0, max_value=MAX_CENTIMOS))
def test_every_amount_comes_back_the_same(centimos: int) -> None:
    assert to_centimos(to_amount(centimos)) == centimos
    assert Money.of(centimos).centimos == centimos


@given(st.integers(min_value=-MAX_CENTIMOS, max_value=MAX_CENTIMOS))
def test_a_balance_keeps_its_sign(centimos: int) -> None:
    shown = SignedMoney.of(centimos).amount
    assert shown.startswith("-") == (centimos < 0)
    assert to_centimos(shown.removeprefix("-")) == abs(centimos)


@pytest.mark.parametrize("centimos", [-1, MAX_CENTIMOS + 1])
def test_money_out_of_bounds_cannot_be_made(centimos: int) -> None:
    with pytest.raises(ValidationError):
        Money.of(centimos)


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "a\x00b", "a\nb", "a\x7f", "x" * 201])
def test_a_line_is_one_line_with_something_in_it(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@pytest.mark.parametrize("text", ["", "a\x00b", "a\x1bb", "x" * 4001])
def test_prose_holds_no_control_characters(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Prose).validate_python(text)


def test_prose_may_have_lines() -> None:
    assert TypeAdapter(Prose).validate_python("una\n\tdos\r\n") == "una\n\tdos\r\n"


def test_no_text_holds_a_lone_surrogate() -> None:
    for kind in (Line, Prose):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_json(b'"\\ud800"')

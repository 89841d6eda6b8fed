"""The table of parameters: what people are shown is what the files say."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from deploy.parameters import POLICIES, Version, main, parameters

SHOWN: Final = parameters()


def by_key(key: str) -> Version:
    return next(one for one in SHOWN if one.key == key)


def test_every_proposed_parameter_has_a_file() -> None:
    assert len({one.key for one in SHOWN}) >= 85
    topics = {path.parent.name for path in POLICIES.glob("fund/parameters/*/data.yaml")}
    assert {one.key.split(".")[0] for one in SHOWN} == topics


def test_those_without_a_read_norm_come_first() -> None:
    read = [one.norm_read for one in SHOWN]
    assert read == sorted(read)
    assert not by_key("payment.bank_medium_min").norm_read
    assert by_key("tax.deduction.rate").norm_read


def test_what_nobody_read_is_not_enforced() -> None:
    # Without a quorum after recusals no board could decide, nor meet without a notice's length; the
    # law is silent.
    spared = {"board.quorum.votes_min", "board.notice", "board.notice_extraordinary"}
    weak = {one.key for one in SHOWN if one.confidence in {"low", "gk"} and one.enforce}
    assert weak == spared


@pytest.mark.parametrize(
    ("year", "uit"),
    [
        (2020, 4300),
        (2021, 4400),
        (2022, 4600),
        (2023, 4950),
        (2024, 5150),
        (2025, 5350),
        (2026, 5500),
    ],
)
def test_the_uit_of_each_year(year: int, uit: int) -> None:
    for day in (date(year, 1, 1), date(year, 12, 31)):
        held = [one.value for one in SHOWN if one.key == "uit.value" and one.holds(day)]
        assert held == [uit]


def test_a_parameter_names_the_rules_that_read_it() -> None:
    assert by_key("fund.producer.max_ha").rules == ("agrobanco", "members", "splitting")
    assert by_key("mesa.meeting_every").rules == ()


def test_another_folder_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "fund/parameters/cosa/data.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "tope:\n  - {value: 1, unit: x, kind: law, source: s, confidence: high, enforce: true,"
        ' valid_from: "2020-01-01", valid_to: null}\n'
    )
    (only,) = parameters(tmp_path)
    assert (only.key, only.value, only.rules) == ("cosa.tope", 1, ())


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(day="2026-06-15")
    printed = capsys.readouterr().out
    assert printed.index("payment.bank_medium_min") < printed.index("tax.deduction.rate")
    assert "uit.value" in printed
    assert "5350" not in printed

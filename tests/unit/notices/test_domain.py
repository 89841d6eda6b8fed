"""Delays between tries, what is given up, which webhooks are taken, what is shown of an address."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.errors import Conflict, Invalid
from services.notices import domain

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "longest_s"), [(1, 120), (2, 240), (8, 15_360), (9, 21_600), (40, 21_600)]
)
def test_each_try_waits_twice_as_long_up_to_six_hours(attempt: int, longest_s: int) -> None:
    soonest, latest = (
        domain.retry_at(attempt=attempt, now=NOW, share=share) - NOW for share in (0.0, 1.0)
    )
    assert (soonest, latest) == (timedelta(seconds=longest_s / 2), timedelta(seconds=longest_s))


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_never_nothing_nor_past_six_hours(attempt: int, share: float) -> None:
    delay = domain.retry_at(attempt=attempt, now=NOW, share=share) - NOW
    assert timedelta(seconds=60) <= delay <= timedelta(hours=6)


@pytest.mark.parametrize(
    ("attempts", "until", "permanent", "state"),
    [
        (1, 12, False, "failed"),
        (11, 12, False, "failed"),
        (12, 12, False, "given_up"),
        (1, 12, True, "given_up"),
    ],
)
def test_a_try_that_failed(attempts: int, until: int, permanent: bool, state: str) -> None:
    found = domain.outcome_of(attempts=attempts, attempts_until=until, permanent=permanent)
    assert found == state


@pytest.mark.parametrize("state", ["pending", "failed", "given_up"])
def test_what_did_not_arrive_may_be_asked_for_again(state: str) -> None:
    domain.check_redeliverable(state)


@pytest.mark.parametrize("state", ["sent", "sending"])
def test_what_arrived_or_is_on_its_way_may_not(state: str) -> None:
    with pytest.raises(Conflict):
        domain.check_redeliverable(state)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("https://avisos.mef.example/fondo", False),
        ("https://avisos.mef.example:8443/fondo?a=b", False),
        ("http://127.0.0.1:9000/x", True),
        ("http://localhost:9000/x", True),
        ("http://[::1]:9000/x", True),
    ],
)
def test_a_webhook_that_is_taken(url: str, local: bool) -> None:
    domain.check_webhook_url(url, local=local)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://avisos.mef.example/fondo", True),
        ("http://127.0.0.1:9000/x", False),
        ("http://127.0.0.1.evil.example/x", True),
        ("http://127.0.0.1@evil.example/x", True),
        ("https://user:secret@avisos.mef.example/x", False),
        ("https://@avisos.mef.example/x", False),
        ("https://avisos.mef.example/x#part", False),
        ("https:///x", False),
        ("https://avisos.mef.example:99999/x", False),
        ("https://avisos.mef.example:0/x", False),
        ("https://[::1/x", False),
        ("ftp://avisos.mef.example/x", True),
        ("file:///etc/passwd", True),
        ("avisos.mef.example", True),
    ],
)
def test_a_webhook_that_is_refused(url: str, local: bool) -> None:
    with pytest.raises(Invalid) as refused:
        domain.check_webhook_url(url, local=local)
    assert refused.value.errors[0].pointer == "/webhook_url"


@pytest.mark.parametrize(
    ("addresses", "public"),
    [
        (["8.8.8.8"], True),
        (["2001:4860:4860::8888"], True),
        ([], False),
        (["8.8.8.8", "10.0.0.1"], False),
        *(
            ([address], False)
            for address in (
                *("127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0"),
                *("::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "224.0.0.1"),
            )
        ),
    ],
)
def test_a_host_is_public_when_all_its_addresses_are(addresses: list[str], public: bool) -> None:
    assert domain.all_public(addresses) is public


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = domain.one_line(text)
    assert len(line) <= 200
    assert len(line.splitlines()) <= 1
    assert not any(ord(sign) < 32 for sign in line)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (None, None),
        ("rosa.quispe@mef.example", "r***@mef.example"),
        ("https://avisos.mef.example/secret/path?key=1", "https://avisos.mef.example/…"),
    ],
)
def test_an_address_is_masked(address: str | None, shown: str | None) -> None:
    assert domain.masked(address) == shown


def test_an_error_does_not_tell_the_address() -> None:
    told = domain.told_error("550 <rosa@mef.example>\r\n no such box", "rosa@mef.example")
    assert told == "550 <r***@mef.example> no such box"

"""A partner's message is read only when its signature holds and its form is the agreed one."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from services.disbursement import partners
from services.disbursement.reconciliation import Callback, callback_of
from services.kernel.clock import now
from services.kernel.errors import Malformed, Unauthenticated, Unavailable
from services.kernel.settings import Settings
from tests.factories import disbursement as make

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no finding."""

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
SETTINGS = Settings(_env_file=None, agroideas_webhook_secret=SecretStr(SECRET))


def taken(raw: bytes, headers: dict[str, str]) -> Callback:
    return partners.verified_callback(SETTINGS, raw, headers)


def test_a_signed_message_is_read() -> None:
    raw, headers = make.signed(SECRET, make.callback("ref-1", 1_250_50, "rejected"), at=now())
    told = taken(raw, headers)
    assert (told.reference, told.outcome, told.amount_centimos, told.reason_code) == (
        "ref-1",
        "rejected",
        1_250_50,
        "AC04",
    )
    assert told.message_id == headers["webhook-id"]


@pytest.mark.parametrize("away_s", [-3600, -301, 310, 86_400])
def test_an_old_or_a_coming_message_is_refused(away_s: int) -> None:
    at = now() + timedelta(seconds=away_s)
    with pytest.raises(Unauthenticated, match=r"disbursement\.bad_signature"):
        taken(*make.signed(SECRET, make.callback("ref-1", 100), at=at))


def test_another_key_another_body_another_id_and_no_signature_are_refused() -> None:
    raw, headers = make.signed(SECRET, make.callback("ref-1", 100), at=now())
    forged = make.signed(OTHER, make.callback("ref-1", 100), at=now())
    refused: list[tuple[bytes, dict[str, str]]] = [
        forged,
        (raw.replace(b"1.00", b"9.00"), headers),
        (raw, {**headers, "webhook-id": "evt_other"}),
        (raw, {**headers, "webhook-timestamp": "nan"}),
        (raw, {**headers, "webhook-timestamp": "9" * 40}),
        (raw, {**headers, "webhook-signature": "v1"}),
        (raw, {**headers, "webhook-signature": "v1,é"}),
        (raw, {**headers, "webhook-signature": "v2" + headers["webhook-signature"][2:]}),
        (raw, {}),
        (b"\xff", headers),
    ]
    for body, given_headers in refused:
        with pytest.raises(Unauthenticated, match=r"disbursement\.bad_signature"):
            taken(body, given_headers)


def test_without_a_secret_nothing_is_believed() -> None:
    raw, headers = make.signed(SECRET, make.callback("ref-1", 100), at=now())
    with pytest.raises(Unavailable, match=r"disbursement\.no_webhook_secret"):
        partners.verified_callback(
            SETTINGS.model_copy(update={"agroideas_webhook_secret": SecretStr("")}), raw, headers
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "payment.lost"},
        {"type": None},
        {"reference": None},
        {"reference": 7},
        {"reference": "\x00"},
        {"reference": "\ud800"},
        {"reference": "x" * 65},
        {"amount": None},
        {"amount": "1.00"},
        {"amount": {"amount": 1.5, "currency": "PEN"}},
        {"amount": {"amount": "1.005", "currency": "PEN"}},
        {"amount": {"amount": "-1.00", "currency": "PEN"}},
        {"amount": {"amount": "1.00", "currency": "USD"}},
        {"amount": {"amount": "1.00"}},
        {"execution_id": ["x"]},
        {"execution_id": "\x00"},
        {"reason_code": "\ud800"},
    ],
)
def test_a_signed_message_of_another_form_is_malformed(changes: dict[str, Any]) -> None:
    body = {**make.callback("ref-1", 100), **changes}
    with pytest.raises(Malformed, match=r"disbursement\.bad_callback"):
        taken(*make.signed(SECRET, body, at=now()))


@pytest.mark.parametrize("raw", [b"[]", b"7", b'"x"', b"null"])
def test_a_signed_message_that_is_no_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed, match=r"disbursement\.bad_callback"):
        taken(*make.signed(SECRET, raw, at=now()))


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000])
def test_signed_bytes_that_are_no_json_are_refused(raw: bytes) -> None:
    with pytest.raises(Unauthenticated):
        taken(*make.signed(SECRET, raw, at=now()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@PATIENT
@given(
    changes=st.dictionaries(
        st.sampled_from(["type", "reference", "amount", "execution_id", "reason_code"]), JSON
    )
)
def test_no_message_leads_to_anything_but_a_callback_or_a_plain_refusal(
    changes: dict[str, Any],
) -> None:
    body = {**make.callback("ref-1", 100), **changes}
    try:
        told = callback_of("evt_1", body)
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    assert told.reference.isascii()
    assert told.reference.isprintable()
    assert told.amount_centimos >= 0

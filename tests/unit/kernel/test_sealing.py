"""A sealed text is opened by any of the keys, and by nothing else."""

import base64

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pydantic import SecretStr

from services.kernel import sealing
from services.kernel.errors import Unavailable
from services.kernel.settings import Settings

OLD, NEW, OTHER = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))


def settings(*keys: str) -> Settings:
    return Settings(_env_file=None, sealing_keys=SecretStr(",".join(keys)))


@limits(deadline=None, max_examples=30)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_sealed_opens_again_and_is_not_seen(text: str) -> None:
    sealed = sealing.seal(settings(NEW), text)
    assert sealed.startswith(sealing.MARK)
    assert sealing.opened(settings(NEW), sealed) == text


def test_keys_are_changed_one_after_another() -> None:
    sealed = sealing.seal(settings(OLD), "whsec_x")
    assert sealing.opened(settings(NEW, OLD), sealed) == "whsec_x"
    later = sealing.seal(settings(NEW, OLD), "whsec_x")
    with pytest.raises(Unavailable):
        sealing.opened(settings(OLD), later)


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "short"]])
def test_without_sound_keys_nothing_is_sealed(keys: list[str]) -> None:
    with pytest.raises(Unavailable):
        sealing.seal(settings(*keys), "whsec_x")


def test_a_changed_text_and_a_foreign_key_open_nothing() -> None:
    sealed = sealing.seal(settings(NEW), "whsec_x")
    flipped = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    for keys, given_text in (((OTHER,), sealed), ((NEW,), flipped), ((NEW,), "whsec_plain")):
        with pytest.raises(Unavailable):
            sealing.opened(settings(*keys), given_text)

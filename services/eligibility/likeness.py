"""What may betray one hand behind several consortia: values made comparable, and plans' texts.

Pure. A trait is a kind and the SHA-256 of a normalised value, so that equal values meet in an
index; what people are shown of it is masked. Plans are compared by MinHash over word shingles:
bands of the signature are traits, the signature itself estimates the Jaccard similarity.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy
from datasketch import MinHash

from services.eligibility.facts import ApplicationReader, RegistryReader
from services.eligibility.signals import ProfileReader

PERMUTATIONS: Final = 128
BAND_ROWS: Final = 4
SHINGLE_WORDS: Final = 3
MIN_SHINGLES: Final = 20
"""A plan of fewer shingles says too little to resemble another."""
SEED: Final = 20250910

COUNTRY_PREFIX: Final = "51"
PHONE_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Trait:
    """A comparable value: equal kind and digest mean equal values; `shown` is for people."""

    kind: str
    digest: str
    shown: str


@dataclass(frozen=True, slots=True)
class Traits:
    """All traits of an application, and its plan's signature unless the plan says too little."""

    values: tuple[Trait, ...]
    signature: bytes | None


def traits_of(application: ApplicationReader, facts: RegistryReader) -> Traits:
    """The traits of an application: accounts, declared profile, and the plan's text."""
    signature = signature_of(plan_text(application))
    found = [
        *_accounts(facts),
        *(() if facts.profile is None else _declared(facts.profile)),
        *(() if signature is None else _bands(signature)),
    ]
    distinct = {(trait.kind, trait.digest): trait for trait in found}
    return Traits(tuple(distinct.values()), signature)


def plan_text(application: ApplicationReader) -> str:
    """The words that applicants write in a plan; amounts are no words."""
    plan = application.plan
    return " ".join(
        (
            plan.title,
            plan.summary,
            *(f"{line.item} {line.description}" for line in plan.budget_lines),
            *(tranche.milestone for tranche in plan.tranches),
        )
    )


def signature_of(text: str) -> bytes | None:
    """The MinHash signature of a text, or None when it has too few shingles."""
    words = normal_text(text).split()
    shingles = {
        " ".join(words[start : start + SHINGLE_WORDS])
        for start in range(len(words) - SHINGLE_WORDS + 1)
    }
    if len(shingles) < MIN_SHINGLES:
        return None
    hashed: Any = MinHash(num_perm=PERMUTATIONS, seed=SEED)
    hashed.update_batch([shingle.encode() for shingle in sorted(shingles)])
    return bytes(numpy.asarray(hashed.hashvalues, dtype="<u8").tobytes())


def similarity_percent(one: bytes, other: bytes) -> int:
    """The estimated Jaccard similarity of two texts, in whole per cent, rounded down."""
    left, right = (numpy.frombuffer(signature, dtype="<u8") for signature in (one, other))
    return int((left == right).sum()) * 100 // PERMUTATIONS


def normal_text(text: str) -> str:
    """Lower case without accents or punctuation, single spaces: `"Jr. Ayacucho N° 12"` →
    `"jr ayacucho n 12"`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def normal_phone(phone: str) -> str:
    """The digits without Peru's prefix: `"+51 987-654-321"` → `"987654321"`."""
    digits = re.sub(r"[^0-9]", "", phone).lstrip("0")
    if len(digits) > PHONE_DIGITS and digits.startswith(COUNTRY_PREFIX):
        return digits.removeprefix(COUNTRY_PREFIX)
    return digits


def _accounts(facts: RegistryReader) -> Iterator[Trait]:
    for cci in (facts.consortium.cci, *(member.cci for member in facts.members)):
        if cci:
            yield _trait("cci", cci, f"CCI …{cci[-4:]}")


def _declared(profile: ProfileReader) -> Iterator[Trait]:
    if profile.phone and (phone := normal_phone(profile.phone)):
        yield _trait("phone", phone, f"teléfono …{phone[-3:]}")
    if profile.email and (email := profile.email.strip().casefold()):
        yield _trait("email", email, f"{email[0]}…@{email.rpartition('@')[2]}")
    if profile.address and (address := normal_text(profile.address)):
        yield _trait("address", address, f"{address[:16]}…")
    for director in profile.directors:
        shown = f"{_masked(director.full_name)}, DNI …{director.dni[-3:]}"
        yield _trait("director", director.dni, shown)
    for supplier in profile.suppliers:
        yield _trait("supplier", supplier.ruc, f"{supplier.name} (RUC {supplier.ruc})")
    day = None if profile.formed_on is None else profile.formed_on.isoformat()
    if day:
        yield _trait("formed_day", day, day)
    if profile.adviser is not None:
        name, ruc = profile.adviser.name, profile.adviser.ruc
        value, shown = (ruc, f"RUC {ruc}") if ruc else (normal_text(name), _masked(name))
        if value:
            yield _trait("adviser", value, shown)
        if value and day:
            yield _trait("adviser_day", f"{value}|{day}", f"{shown}, {day}")
    if day and profile.notary and (notary := normal_text(profile.notary)):
        yield _trait("notary_day", f"{notary}|{day}", f"{_masked(profile.notary)}, {day}")


def _bands(signature: bytes) -> Iterator[Trait]:
    size = BAND_ROWS * 8
    for number, start in enumerate(range(0, len(signature), size)):
        band = signature[start : start + size].hex()
        yield _trait("plan_band", f"{number}|{band}", "texto del plan")


def _trait(kind: str, value: str, shown: str) -> Trait:
    return Trait(kind, hashlib.sha256(value.encode()).hexdigest(), shown)


def _masked(name: str) -> str:
    """A person's initials: `"Rosa Quispe"` → `"R. Q."`."""
    return " ".join(f"{word[0].upper()}." for word in name.split())

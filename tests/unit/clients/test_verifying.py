"""An acta proves itself: whatever is changed in its file is found, and named."""

import json
import os
import random
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import pytest

from clients.fondo.verifying import verify
from services.kernel import proof
from services.kernel.statements import seal_statement
from services.paper.acta import acta_pdf
from services.paper.drawing import Attachment, render
from tests.factories.actas import SEATS, Drawn, at, drawn, edited, not_held

BYTES_FLIPPED = int(os.environ.get("FUND_FLIPS", "1000"))
"""How many bytes of the file are changed, one at a time; 0 changes each of them."""
PDF_BYTES_FLIPPED = 24
PLACES_SPOILED = 300


@pytest.fixture(scope="module")
def acta() -> Drawn:
    return drawn()


@pytest.fixture(scope="module")
def file(acta: Drawn) -> bytes:
    return acta.file()


def codes(data: bytes, **given: Any) -> set[str]:
    return {fault.code for fault in verify(data, **given).faults}


def test_a_sealed_acta_is_valid_as_json_and_as_pdf(file: bytes) -> None:
    for data in (file, acta_pdf(file)):
        report = verify(data)
        assert report.faults == ()
        assert report.number == "ACTA-001-2026-FC"
        assert report.results == (
            "Banano orgánico del Chira: aprobado, acuerdo 001-2026-FC",
            "Quinua de Ayacucho: no aprobado, acuerdo 002-2026-FC",
        )


def test_one_byte_changed_anywhere_is_found_and_named(file: bytes) -> None:
    chance = random.Random(113)
    everywhere = range(len(file))
    places = sorted(chance.sample(everywhere, BYTES_FLIPPED)) if BYTES_FLIPPED else everywhere
    for place in places:
        changed = bytearray(file)
        changed[place] ^= chance.randrange(1, 256)
        report = verify(bytes(changed))
        assert not report.is_valid, f"byte {place} changed and nothing was found"
        assert all(fault.where and fault.detail for fault in report.faults)


def test_one_byte_changed_in_the_pdf_is_found(file: bytes) -> None:
    pdf, chance = acta_pdf(file), random.Random(113)
    for place in [0, len(pdf) - 1, *chance.sample(range(len(pdf)), PDF_BYTES_FLIPPED)]:
        changed = bytearray(pdf)
        changed[place] ^= chance.randrange(1, 256)
        assert not verify(bytes(changed)).is_valid, f"byte {place}"
    assert not verify(pdf + b"\n").is_valid


def test_a_pdf_with_other_pages_than_its_acta_is_named(file: bytes) -> None:
    other = edited(file, lambda d: d["content"].update(number="ACTA-009-2026-FC"))
    dressed = render("acta", json.loads(other), [Attachment("acta.json", file)])
    assert codes(dressed) == {"paper"}


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"nada", b"\xff", b"[" * 100_000, b"%PDF-1.7\n%%EOF", b"1e400"]
)
def test_what_is_no_acta_is_a_fault_and_no_error(data: bytes) -> None:
    assert codes(data) & {"unreadable", "form"}


def votes(document: dict[str, Any], matter: int = 0) -> Any:
    return document["content"]["matters"][matter]["votes"]


def swap(first: dict[str, Any], second: dict[str, Any], name: str) -> None:
    first[name], second[name] = second[name], first[name]


def matter(document: dict[str, Any], number: int = 0) -> Any:
    return document["content"]["matters"][number]


EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], set[str]]] = {
    "two votes' choices swapped": (
        lambda d: swap(votes(d)[0]["statement"], votes(d)[2]["statement"], "choice"),
        {"vote_signature"},
    ),
    "two votes' signatures swapped": (
        lambda d: swap(votes(d)[0], votes(d)[1], "signature"),
        {"vote_signature"},
    ),
    "two votes' statements swapped": (
        lambda d: swap(votes(d)[0], votes(d)[1], "statement"),
        {"vote_signature"},
    ),
    "a reason rewritten": (
        lambda d: votes(d)[3]["statement"].update(reason="Todo está bien."),
        {"vote_signature", "dissent"},
    ),
    "a vote moved to another matter": (
        lambda d: votes(d, 1).append(votes(d)[3]),
        {"vote_file"},
    ),
    "a vote left out": (lambda d: votes(d).pop(), {"tally", "dissent"}),
    "a vote counted twice": (lambda d: votes(d).append(votes(d)[3]), {"seat_twice", "replayed"}),
    "votes in another order": (lambda d: votes(d).reverse(), {"order"}),
    "a void vote counted again": (
        lambda d: votes(d).insert(2, matter(d)["void_votes"].pop()),
        {"form"},
    ),
    "a dissent dropped": (lambda d: matter(d)["dissent"].pop(), {"dissent"}),
    "a condition changed": (
        lambda d: matter(d)["outcome"]["conditions"][0].update(due_working_days=200),
        {"conditions"},
    ),
    "a condition dropped": (
        lambda d: matter(d)["outcome"].update(conditions=[]),
        {"conditions"},
    ),
    "a recusal taken back": (
        lambda d: matter(d, 1)["recusals"][0].update(outcome="dismissed"),
        {"tally"},
    ),
    "a recused member counted": (
        lambda d: matter(d)["recusals"].append(
            {**matter(d, 1)["recusals"][0], "recusal_id": "rec_9"}
        ),
        {"recused_counted"},
    ),
    "the result turned round": (
        lambda d: matter(d)["outcome"].update(result="rejected"),
        {"tally"},
    ),
    "another seat broke the tie": (
        lambda d: matter(d)["outcome"].update(tie_broken_by="mef"),
        {"tally"},
    ),
    "another file put under the votes": (
        lambda d: matter(d)["files"][1].update(file_sha256="0" * 64),
        {"files"},
    ),
    "an attendee dropped": (
        lambda d: d["content"]["attendance"].pop(),
        {"attendance", "acta_signature"},
    ),
    "another person presided": (
        lambda d: d["content"].update(presiding={"seat": "mef", "holder_sub": "mef-1"}),
        {"presiding"},
    ),
    "a term ended before the vote": (
        lambda d: d["content"]["terms"][3].update(valid_to="2026-11-20T00:00:00Z"),
        {"term"},
    ),
    "a person in two seats": (
        lambda d: d["content"]["terms"][3].update(holder_sub="midagri-1"),
        {"term"},
    ),
    "a key revoked before the vote": (
        lambda d: d["content"]["keys"][0].update(revoked_at="2026-11-24T13:00:00Z"),
        {"key"},
    ),
    "a titular's vote told as the alternate's": (
        lambda d: votes(d)[0].update(capacity="alternate"),
        {"term", "alternate"},
    ),
    "drawn before the end": (
        lambda d: d["content"].update(drawn_at="2026-11-24T14:50:00Z"),
        {"window"},
    ),
    "a vote after the close": (
        lambda d: votes(d)[0].update(cast_at="2026-12-24T14:20:00Z"),
        {"window"},
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_named_even_after_the_hash_was_made_anew(acta: Drawn, name: str) -> None:
    """Whoever holds the file, and even all members' signatures under it, cannot change a fact."""
    change, expected = EDITS[name]
    forged = Drawn(json.loads(json.dumps(acta.content)), acta.people)
    change({"content": forged.content})
    assert expected <= codes(forged.file())
    assert "content_hash" in codes(edited(acta.file(), change)) or expected == {"form"}


def test_a_replaced_key_does_not_prove_itself(file: bytes) -> None:
    def replace(document: dict[str, Any]) -> None:
        keys = document["keys"]
        swap(keys[0], keys[1], "jwk")

    assert {"key", "vote_signature", "acta_signature"} <= codes(edited(file, replace))


def test_a_key_that_is_not_the_one_known_here_is_told(file: bytes) -> None:
    keys = {key["holder_sub"]: [key["key_id"]] for key in json.loads(file)["keys"]}
    assert codes(file, known_keys=keys) == set()
    assert codes(file, known_keys={**keys, "mef-1": ["otra"]}) == {"key_unknown"}


def test_swapped_and_missing_signatures_under_the_acta(acta: Drawn, file: bytes) -> None:
    def swapped(document: dict[str, Any]) -> None:
        swap(document["signatures"][0], document["signatures"][1], "signature")

    assert codes(edited(file, swapped)) == {"acta_signature"}
    assert codes(acta.file(SEATS[:3])) == {"missing_signature"}
    report = verify(acta.file(SEATS[1:]))
    assert {fault.where for fault in report.faults} == {"firma de MIDAGRI (midagri-1)"}
    draft = Drawn(acta.content, acta.people, None)
    assert codes(draft.file()) == {"not_sealed"}


def sealed_by_secretary(acta: Drawn, missing: list[str], signers: tuple[str, ...]) -> bytes:
    secretary = acta.people["mef"].private_key
    statement = seal_statement(
        acta_id=acta.content["acta_id"],
        content_sha256=proof.sha256_of(acta.content),
        holder_sub="mef-1",
        missing=[{"seat": seat, "holder_sub": f"{seat}-1"} for seat in missing],
        reason="Está de licencia.",
        signed_at=at(200),
        nonce="seal-0123456789abcdef",
    )
    seal = {
        "kind": "by_secretary",
        "key_id": acta.people["mef"].key.id,
        "signature": proof.sign(statement, secretary),
        "statement": statement,
    }
    return Drawn(acta.content, acta.people, seal).file(signers)


def test_a_seal_of_the_secretariat_names_who_is_missing(acta: Drawn) -> None:
    # PRODUCE dissented in the second matter, MINCETUR and MEF in the first, MIDAGRI presided.
    assert codes(sealed_by_secretary(acta, ["mef"], SEATS[:3])) == {"missing_signature"}
    quiet = Drawn(json.loads(json.dumps(acta.content)), acta.people)
    content = quiet.content
    content["matters"] = content["matters"][1:]
    content["matters"][0]["position"] = 1
    assert codes(sealed_by_secretary(quiet, ["mef"], SEATS[:3])) == set()
    assert codes(sealed_by_secretary(quiet, [], SEATS[:3])) == {"seal"}
    valid = sealed_by_secretary(quiet, ["mef"], SEATS[:3])
    rewritten = edited(valid, lambda d: d["seal"]["statement"].update(reason="No quiso."))
    assert codes(rewritten) == {"seal"}


def test_the_chain_of_actas(file: bytes) -> None:
    second = drawn(number=2, previous=file).file()
    assert verify(second).is_valid
    assert verify(second, previous=file).is_valid
    assert verify(second, previous=acta_pdf(file)).is_valid
    older = edited(file, lambda d: d["content"].update(drawn_by="otra"))
    assert codes(second, previous=older) == {"chain"}
    assert codes(second, previous=b"{}") == {"chain"}
    assert codes(file, previous=second) == {"chain"}


def test_a_session_that_was_not_held_has_its_acta() -> None:
    data = not_held().file(("midagri", "mef"))
    assert codes(data) == codes(acta_pdf(data)) == set()
    assert codes(not_held().file(("mef",))) == {"missing_signature"}


ODD = (None, 0, -1, True, "", "x", [], {}, "2026-13-45T00:00:00Z", 10**20)


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a document but its root."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, held in items:
        yield (*path, name)
        if isinstance(held, dict | list):
            yield from places_of(held, (*path, name))


def test_whatever_stands_in_a_place_is_a_fault_and_no_error(file: bytes) -> None:
    chance = random.Random(113)
    places = list(places_of(json.loads(file)))
    for path in chance.sample(places, PLACES_SPOILED):
        document = json.loads(file)
        holder = reduce(lambda held, step: held[step], path[:-1], document)
        odd = chance.choice([*ODD, "gone"])
        if odd == "gone":
            del holder[path[-1]]
        elif odd == holder[path[-1]] and type(odd) is type(holder[path[-1]]):
            continue
        else:
            holder[path[-1]] = odd
        report = verify(json.dumps(document, separators=(",", ":"), sort_keys=True).encode())
        assert not report.is_valid, f"{path} as {odd!r}"

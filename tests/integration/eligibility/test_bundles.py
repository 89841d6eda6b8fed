"""Only signed rules are served, and without rules that answer nobody is eligible."""

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.local import policies, settings, signing
from deploy.tools import find
from deploy.tools.commands import run
from services.kernel.settings import Settings
from tests.factories.eligibility import application
from tests.integration.eligibility.conftest import Room
from tests.support.engine import Engine, own_engine
from tests.support.rules import kept_rules

PARAMETERS = "fund/parameters/fund/data.yaml"
STRICTER = (PARAMETERS, "producer.max_ha:\n  - value: 5", "producer.max_ha:\n  - value: 4")
RULES = "fund/eligibility/eligibility.rego"
UNDEFINED = (
    (RULES, "default decision := {", "default gone := {"),
    (RULES, '\ndecision := {\n\t"eligible": _outcome', '\ngone := {\n\t"eligible": _outcome'),
)


def kept(revision: str) -> Path:
    return policies.kept_bundle(settings.load(), revision)


@pytest.fixture
def engine(servers: None, tmp_path: Path) -> Iterator[Engine]:
    """An engine that serves the repository's rules."""
    good = policies.revision()
    with own_engine(tmp_path) as made:
        made.accepted.write_text(f"{good}\n")
        made.put(kept(good))
        made.start()
        made.until(lambda: made.served() == good)
        yield made


def built(folder: Path, *, key: Path | None) -> Path:
    """A bundle of the repository's rules as revision `intruder`, signed with this key or not."""
    staged, target = folder / "policies", folder / "intruder.tar.gz"
    shutil.copytree(policies.SOURCE, staged, ignore=shutil.ignore_patterns("*_test.rego"))
    (staged / ".manifest").write_text(json.dumps({"roots": ["fund"]}))
    claims = folder / "claims.json"
    claims.write_text(json.dumps({"keyid": signing.KEY_ID, "scope": signing.SCOPE}))
    signed = ("--signing-key", key, "--signing-alg", "RS256", "--claims-file", claims)
    opa = find("opa")
    assert opa is not None
    words = [opa["opa"], "build", "--bundle", "policies", "--revision", "intruder"]
    run([*words, *(signed if key else ()), "--output", target], cwd=folder, timeout=60)
    return target


def unsigned(folder: Path) -> Path:
    return built(folder, key=None)


def signed_by_another_key(folder: Path) -> Path:
    key = folder / "key.pem"
    key.write_bytes(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return built(folder, key=key)


def tampered(folder: Path) -> Path:
    """Signed by the stack's key, and one parameter changed afterwards."""
    whole = built(folder, key=signing.private_key_file(settings.load()))
    target = folder / "tampered.tar.gz"
    changed = 0
    with tarfile.open(whole) as source, tarfile.open(target, "w:gz") as copy:
        for entry in source:
            file = source.extractfile(entry)
            content = b"" if file is None else file.read()
            if entry.name.endswith("data.json"):
                other = content.replace(b'"producer.max_ha":[{', b'"producer.max_ha":[{"x":1,')
                changed += other != content
                content = other
            entry.size = len(content)
            copy.addfile(entry, io.BytesIO(content))
    assert changed == 1
    assert gzip.decompress(target.read_bytes())
    return target


@pytest.mark.parametrize("bad", [unsigned, signed_by_another_key, tampered])
def test_a_bundle_that_is_not_ours_is_refused_and_the_last_good_one_stays(
    engine: Engine, tmp_path: Path, bad: object
) -> None:
    assert callable(bad)
    folder = tmp_path / "intruder"
    folder.mkdir()
    engine.put(bad(folder))
    told = engine.until_polled()
    assert engine.served() == policies.revision()
    assert "bundle" in told.lower(), "the engine says nothing of the refusal"
    good = kept_rules(tmp_path / "stricter", STRICTER)
    engine.put(kept(good))
    engine.until(lambda: engine.served() == good)


async def refused(room: Room, application_id: str) -> None:
    """The assessment fails as the policy's silence, and leaves nothing."""
    answer = await room.assess(application_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "policy.unavailable")
    [(count,)] = await room.rows(
        "SELECT (SELECT count(*) FROM assessment WHERE application_id = :id)"
        " + (SELECT count(*) FROM outbox WHERE body ->> 'applicationid' = :id)",
        id=application_id,
    )
    assert count == 0


async def test_rules_without_a_decision_decide_nothing_until_cured(
    room: Room, engine: Engine, eligibility_settings: Settings, tmp_path: Path
) -> None:
    body = room.neighbours.know(application())
    silent = kept_rules(tmp_path / "silent", *UNDEFINED)
    engine.accepted.write_text(f"{silent}\n{policies.revision()}\n")
    engine.put(kept(silent))
    engine.until(lambda: engine.served() == silent)
    async with engine.asked_by(eligibility_settings) as room.opa.script:
        await refused(room, body["id"])
        engine.put(kept(policies.revision()))
        engine.until(lambda: engine.served() == policies.revision())
        cured = await room.assess(body["id"])
    assert (cured.status_code, cured.json()["eligible"]) == (201, True)


async def test_while_the_engine_is_stopped_nothing_is_decided_and_then_it_goes_on(
    room: Room, engine: Engine, eligibility_settings: Settings
) -> None:
    body = room.neighbours.know(application())
    engine.stop()
    async with engine.asked_by(eligibility_settings) as room.opa.script:
        await refused(room, body["id"])
        engine.start()
        engine.until(lambda: engine.served() == policies.revision())
        cured = await room.assess(body["id"])
    assert (cured.status_code, cured.json()["eligible"]) == (201, True)

"""The house rules hold in the whole repository, and each of them can fail."""

import os

import pytest

from tests.architecture.tidy import FILE_LINES_MAX, FUNCTION_LINES_MAX, Source, rules, sources

LONG_FUNCTION = "def long():\n" + "    pass\n" * FUNCTION_LINES_MAX
SERVICE = "services/board/service.py"
KERNEL = "services/kernel/work.py"
NOTE = "docs/note.md"
MIRROR = {"UV_INDEX_URL": "https://someone:secret@mirror.example:8443/simple"}

BROKEN = [
    (SERVICE, "at = datetime.now(UTC)", "clock"),
    (SERVICE, "at = datetime.datetime.utcnow()", "clock"),
    ("workflows/bridge.py", "on = date.today()", "clock"),
    (SERVICE, "at_s = time.time()", "clock"),
    (SERVICE, "amount_centimos = int(float(text) * 100)", "float"),
    (SERVICE, "def of(amount_centimos: float) -> None: ...", "float"),
    (SERVICE, "print('hello')", "print"),
    (SERVICE, "try:\n    run()\nexcept Exception:\n    pass", "caught"),
    (
        SERVICE,
        "try:\n    run()\nexcept (ValueError, Exception) as error:\n    log(error)",
        "caught",
    ),
    ("deploy/local/up.py", "try:\n    run()\nexcept:\n    pass", "caught"),
    (KERNEL, "def open_ballot() -> None: ...", "noun"),
    (KERNEL, "class TrancheReader: ...", "noun"),
    (KERNEL, "kind = row.agreement_id", "noun"),
    (KERNEL, "path = '/v1/ballots'", "noun"),
    ("clients/fondo/words.py", "print('hello')", "print"),
    ("tests/unit/test_x.py", LONG_FUNCTION, "function of more"),
    ("deploy/local/up.py", "x = 1\n" * (FILE_LINES_MAX + 1), "file of more"),
    ("policies/fund/x/x.rego", "\n" * (FILE_LINES_MAX + 1), "file of more"),
    ("services/board/listeners.py", '"""Nothing yet."""\n\nimport json', "without content"),
    (NOTE, "see " + "/" + "root/notes.txt", "machine"),
    ("deploy/x.sh", 'cd "' + "/" + 'work/main"', "machine"),
    ("requirements/main.txt", "--index-url https://" + "pypi" + ".org/simple", "registry"),
    (NOTE, "fetch it from mirror.example", "registry"),
    (NOTE, "TO" + "DO: tell why", "task"),
    (SERVICE, "run()  # FIX" + "ME later", "task"),
]
KEPT = [
    ("services/kernel/clock.py", "def now() -> datetime:\n    return datetime.now(UTC)"),
    (SERVICE, "from services.kernel import clock\nat = clock.now()"),
    ("workflows/definitions/x.py", "at = workflow.now()"),
    (SERVICE, "def of(amount_centimos: int, timeout_s: float) -> None: ..."),
    (SERVICE, "def age_s() -> float:\n    return amount_centimos"),
    ("services/kernel/opa.py", "rate = float(text)"),
    ("deploy/demo/x.py", "print('hello')"),
    ("clients/fondo_api/models/x.py", LONG_FUNCTION + "x = 1\n" * FILE_LINES_MAX),
    (SERVICE, "try:\n    run()\nexcept Exception as error:\n    raise Unavailable() from error"),
    (SERVICE, "try:\n    run()\nexcept ValueError:\n    pass"),
    (KERNEL, '"""As a ballot would."""\n\nseat = claims["consortium_id"]'),
    ("services/kernel/rooms.py", "ROOMS = ('board',)"),
    (SERVICE, LONG_FUNCTION.replace("    pass\n", "", 1)),
    (SERVICE, "x = 1\n" * FILE_LINES_MAX),
    ("services/board/__init__.py", '"""Owns: ballots."""'),
    (NOTE, "see .local/log and https://example.org/root/x"),
    (SERVICE, "run()  # TO" + "DO(#12): later"),
]


@pytest.mark.parametrize(("path", "text", "name"), BROKEN)
def test_a_breach_is_found_by_its_own_rule_alone(path: str, text: str, name: str) -> None:
    found = [rule.name for rule in rules(MIRROR) if rule.findings(Source(path, text))]
    assert len(found) == 1
    assert name in found[0]


@pytest.mark.parametrize(("path", "text"), KEPT)
def test_what_is_allowed_is_not_found(path: str, text: str) -> None:
    assert [line for rule in rules(MIRROR) for line in rule.findings(Source(path, text))] == []


def test_every_rule_has_a_breach_that_shows_it_can_fail() -> None:
    shown = {
        rule.name
        for rule in rules(MIRROR)
        for path, text, _ in BROKEN
        if rule.findings(Source(path, text))
    }
    assert shown == {rule.name for rule in rules(MIRROR)}


def test_a_finding_says_where_and_what_to_do() -> None:
    [found] = [
        line for rule in rules({}) for line in rule.findings(Source(SERVICE, "\nprint('hello')"))
    ]
    assert found.startswith(f"{SERVICE}:2: print. Log with ")


def test_the_repository_is_tidy() -> None:
    held = rules(dict(os.environ))
    found = [line for source in sources() for rule in held for line in rule.findings(source)]
    assert not found, "\n" + "\n".join(found)

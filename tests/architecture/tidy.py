"""House rules that no linter knows: each finds the lines that break it and names the cure."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CODE: Final = ("services/", "workflows/")
GENERATED: Final = "clients/fondo_api/"
"""Written by a program, so of whatever length."""
FUNCTION_LINES_MAX: Final = 70
FILE_LINES_MAX: Final = 400

CLOCKS: Final = {"services/kernel/clock.py", "deploy/sandbox/clock.py"}
"""Ours, and the one of the sandbox, which stands for other people's systems."""

ROOM_NOUNS: Final = frozenset(
    {
        "agreement",
        "assessment",
        "ballot",
        "board",
        "budget",
        "disbursement",
        "dossier",
        "eligibility",
        "membership",
        "parcel",
        "quorum",
        "recusal",
        "tranche",
        "vote",
    }
)
"""Nouns that belong to a room. `consortium`, `seat` and `program` are claims of the token; words
that Python, Kafka or HTTP use too (call, member, producer, registry) would prove nothing."""

REGISTRIES: Final = ("pypi.org", "pythonhosted.org", "proxy.golang.org", "repo.maven.apache.org")
"""Public package registries; a machine's own mirror is added from its environment."""
MIRRORS: Final = ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_INDEX_URL", "GOPROXY")
MACHINE_PATH: Final = re.compile(r"(?<![\w.\-}/])/(work|root|home|tmp|Users|private|mnt)/[\w.]")
OPEN_TASK: Final = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b(?!.*#\d)")


@dataclass(frozen=True)
class Source:
    """A file: its path from the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.splitlines()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of a Python file."""
        return list(ast.walk(ast.parse(self.text)))

    def is_python(self, *folders: str) -> bool:
        """Whether this is Python, in one of the folders if any are named."""
        return self.path.endswith(".py") and (not folders or self.path.startswith(folders))


@dataclass(frozen=True)
class Rule:
    """What is not done here, where that holds, and what to do instead."""

    name: str
    cure: str
    holds_in: Callable[[Source], bool]
    broken_at: Callable[[Source], Iterator[int]]

    def findings(self, source: Source) -> list[str]:
        """One line a breach: where, which rule, what to do."""
        if not self.holds_in(source):
            return []
        return [f"{source.path}:{at}: {self.name}. {self.cure}" for at in self.broken_at(source)]


def _clock_reads(source: Source) -> Iterator[int]:
    for node in source.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="now" | "utcnow" | "today")):
                if ast.unparse(value) in {"date", "datetime", "datetime.date", "datetime.datetime"}:
                    yield node.lineno
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr="time" | "time_ns")):
                yield node.lineno


def _floats(source: Source) -> Iterator[int]:
    seconds = {id(node) for measured in _measures_seconds(source) for node in ast.walk(measured)}
    for node in source.nodes:
        if isinstance(node, ast.Name) and node.id == "float" and id(node) not in seconds:
            yield node.lineno


def _measures_seconds(source: Source) -> Iterator[ast.AST]:
    """Declarations and assignments of a name in seconds, the one honest use of a float here."""
    for node in source.nodes:
        match node:
            case ast.arg(arg=name):
                found = name
            case ast.AnnAssign(target=target) | ast.Assign(targets=[target]):
                found = ast.unparse(target)
            case ast.FunctionDef(name=name, returns=returns) if returns and name.endswith("_s"):
                yield returns
                continue
            case _:
                continue
        if found.endswith("_s"):
            yield node


def _prints(source: Source) -> Iterator[int]:
    for node in source.nodes:
        match node:
            case ast.Call(func=ast.Name(id="print")):
                yield node.lineno


def _swallowed(source: Source) -> Iterator[int]:
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else "BaseException"
        if not re.search(r"\b(Base)?Exception\b", caught):
            continue
        if not any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            yield node.lineno


ROOMS_KNOWN = {
    "services/kernel/rooms.py",  # which rooms there are
    "services/kernel/statements.py",  # what people sign: the client that signs knows no room
}


def _room_nouns(source: Source) -> Iterator[int]:
    docstrings = {
        id(node.body[0].value)
        for node in source.nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in source.nodes:
        match node:
            case ast.Name(id=text) | ast.Attribute(attr=text) | ast.arg(arg=text):
                said = text
            case ast.FunctionDef(name=text) | ast.AsyncFunctionDef(name=text):
                said = text
            case ast.ClassDef(name=text):
                said = re.sub(r"(?<!^)(?=[A-Z])", "_", text)
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                said = text
            case _:
                continue
        words = set(re.findall(r"[a-z]+", said.lower()))
        if {word.removesuffix("s") for word in words} & ROOM_NOUNS:
            yield getattr(node, "lineno", 1)


def _long_functions(source: Source) -> Iterator[int]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield node.lineno


def _past_the_end(source: Source) -> Iterator[int]:
    if len(source.lines) > FILE_LINES_MAX:
        yield FILE_LINES_MAX + 1


def _empty(source: Source) -> Iterator[int]:
    if all(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in ast.parse(source.text).body
    ):
        yield 1


def _matching(*patterns: re.Pattern[str]) -> Callable[[Source], Iterator[int]]:
    def broken_at(source: Source) -> Iterator[int]:
        for number, line in enumerate(source.lines, start=1):
            if any(pattern.search(line) for pattern in patterns):
                yield number

    return broken_at


def registry_hosts(environment: dict[str, str]) -> re.Pattern[str]:
    """The host names of package registries: the public ones, and this machine's mirrors."""
    urls = " ".join(environment.get(name, "") for name in MIRRORS)
    mirrors = re.findall(r"https?://(?:[^/@\s]*@)?([^/:\s,|]*[a-z][^/:\s,|]*)", urls)
    hosts = {*REGISTRIES, *mirrors} - {"localhost"}
    return re.compile("|".join(re.escape(host) for host in sorted(hosts)))


RULES: Final = [
    Rule(
        "the clock is read outside kernel/clock.py",
        "Take `now` as an argument; the edge calls services.kernel.clock.now().",
        lambda source: source.is_python(*CODE, "deploy/sandbox/") and source.path not in CLOCKS,
        _clock_reads,
    ),
    Rule(
        "float in a file that says centimos",
        "Money is int céntimos, and Decimal while a text is read; float is for seconds (_s).",
        lambda source: source.is_python(*CODE) and "centimos" in source.text,
        _floats,
    ),
    Rule(
        "print",
        "Log with services.kernel.telemetry.log(), or write to a rich console in a command.",
        lambda source: source.is_python(*CODE, "clients/"),
        _prints,
    ),
    Rule(
        "every exception is caught and none raised",
        "Name the exceptions that can come, or raise again.",
        lambda source: source.is_python(*CODE, "deploy/", "clients/"),
        _swallowed,
    ),
    Rule(
        "a room's noun in the kernel",
        "What one room means belongs to that room; the kernel gets it handed in.",
        lambda source: source.is_python("services/kernel/") and source.path not in ROOMS_KNOWN,
        _room_nouns,
    ),
    Rule(
        f"a function of more than {FUNCTION_LINES_MAX} lines",
        "Give its steps names.",
        lambda source: source.is_python() and not source.path.startswith(GENERATED),
        _long_functions,
    ),
    Rule(
        f"a file of more than {FILE_LINES_MAX} lines",
        "Split it by what its parts are about.",
        lambda source: (
            source.path.endswith((".py", ".rego")) and not source.path.startswith(GENERATED)
        ),
        _past_the_end,
    ),
    Rule(
        "a file without content",
        "Remove it; an optional part that a room does not need is not there.",
        lambda source: source.is_python(*CODE) and not source.path.endswith("__init__.py"),
        _empty,
    ),
    Rule(
        "a path of somebody's machine",
        "Say it from the root of the repository, or take it from the settings.",
        lambda source: True,
        _matching(MACHINE_PATH),
    ),
    Rule(
        "an open task without its issue",
        "Write the issue's number on the same line (#12), or do it.",
        lambda source: True,
        _matching(OPEN_TASK),
    ),
]
"""The rules that hold on every machine."""


def rules(environment: dict[str, str]) -> list[Rule]:
    """All rules, for a machine with these environment variables."""
    hosts = Rule(
        "the host name of a package registry",
        "Leave the address to the machine's own configuration.",
        lambda source: source.path != "tests/architecture/tidy.py",
        _matching(registry_hosts(environment)),
    )
    return [*RULES, hosts]


def sources() -> Iterator[Source]:
    """Every text file that git tracks, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for path in sorted(set(listed.stdout.split("\0")) - {""}):
        try:
            yield Source(path, (ROOT / path).read_text(encoding="utf-8"))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue

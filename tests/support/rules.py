"""Other rules than those served: a copy of the policies with a change, built, signed and kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import policies, settings
from deploy.tools import find


def kept_rules(folder: Path, *changes: tuple[str, str, str]) -> str:
    """The revision of the policies with these changes (file, text, new text), made in `folder`;
    each text stands exactly once in its file."""
    shutil.copytree(policies.SOURCE, folder)
    for name, old, new in changes:
        path = folder / name
        text = path.read_text()
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new))
    opa = find("opa")
    assert opa is not None
    return policies.keep(settings.load(), opa, folder)


@contextmanager
def spoiled(revision: str) -> Iterator[None]:
    """The kept bundle of a revision cut short, and as it was after the block."""
    path = policies.kept_bundle(settings.load(), revision)
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        yield
    finally:
        path.unlink()
        path.write_bytes(whole)
        path.chmod(0o400)

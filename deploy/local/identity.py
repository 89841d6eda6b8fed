"""PostgreSQL refuses to run as root: what to put before its command on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from deploy.local.errors import StackError

NOBODY = 65534
_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


def unprivileged(data: Path) -> list[str]:
    """The words before a PostgreSQL command; none for an ordinary user.

    As root a user namespace maps us to an ordinary user, so files need no other owner. Where the
    kernel forbids that, `setpriv` turns into nobody, who then must own the data folder.
    """
    if os.geteuid() != 0:
        return []
    if _namespaces_work():
        return list(_NAMESPACE)
    if shutil.which("setpriv") is None:
        raise StackError(
            "PostgreSQL does not run as root and neither unshare nor setpriv is of use here",
            "run it as an ordinary user",
        )
    data.mkdir(parents=True, exist_ok=True)
    for path in (data.parent, *data.parent.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


@cache
def _namespaces_work() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = subprocess.run([*_NAMESPACE, "true"], capture_output=True, timeout=10, check=False)
    return trial.returncode == 0

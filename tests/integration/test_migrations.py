"""Each room's migrations run by themselves on an empty database and give what its models say."""

import json
import os
import subprocess
import sys

import pytest

from services.kernel.rooms import ROOMS
from tests.support.databases import empty_database
from tests.support.stack import ROOT


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_migrations_run_alone_and_match_its_models(room: str) -> None:
    with empty_database() as settings:
        done = subprocess.run(
            [sys.executable, "-m", "tests.architecture.alone", "migrate", room],
            cwd=ROOT,
            env={
                **os.environ,
                "FUND_DATABASE_URL": settings.database_url,
                "FUND_MIGRATION_DATABASE_URL": settings.migration_database_url,
            },
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1]) == {"strangers": []}

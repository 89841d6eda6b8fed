"""`python -m deploy.conformance agroideas|agrobanco|fund [--url …]`: exit 1 when a check fails."""

import argparse
import asyncio
import os
import secrets
import sys
from collections.abc import Sequence

import httpx2

from deploy.conformance import agrobanco, agroideas, fund
from deploy.conformance.checks import Result, table
from deploy.conformance.receiver import receiving

TIMEOUT_S = 10.0
TEST_WEBHOOK_SECRET = "whsec_dGVzdC1vbmx5LWtleS1vZi10aGUtcGFydG5lci1zYW5kYm94"
OFFSETS = {"agroideas": (7, "/agroideas"), "agrobanco": (7, "/agrobanco"), "fund": (0, "")}


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """The command line; what it leaves out is the local stack under the public test keys."""
    parser = argparse.ArgumentParser(prog="python -m deploy.conformance", description=__doc__)
    parser.add_argument("partner", choices=sorted(OFFSETS))
    parser.add_argument("--only", nargs="*", default=[], metavar="ID", help="these checks only")
    parser.add_argument("--url", help="base URL; the local stack's when left out")
    parser.add_argument("--client-id")
    parser.add_argument("--client-secret")
    parser.add_argument("--webhook-secret", help="with which callbacks are signed")
    parser.add_argument("--callback-host", default="127.0.0.1", help="an address of this machine")
    parser.add_argument("--callback-port", type=int, default=0)
    parser.add_argument("--wait", type=float, default=15.0, help="seconds for an outcome")
    found = parser.parse_args(given)
    offset, path = OFFSETS[found.partner]
    base = int(os.environ.get("FUND_PORT_BASE", "18000"))
    found.url = (found.url or f"http://127.0.0.1:{base + offset}{path}").rstrip("/")
    found.client_id = found.client_id or f"test_{found.partner}"
    found.client_secret = found.client_secret or f"test_secret_{found.partner}"
    if not found.webhook_secret:
        ours = os.environ.get("FUND_AGROIDEAS_WEBHOOK_SECRET", TEST_WEBHOOK_SECRET)
        found.webhook_secret = ours if found.partner == "fund" else TEST_WEBHOOK_SECRET
    return found


async def results(given: argparse.Namespace) -> list[Result]:
    """Run the partner's suite."""
    run_id = secrets.token_hex(4)
    async with httpx2.AsyncClient(
        timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
    ) as http:
        if given.partner == "fund":
            ours = fund.Fund(
                http=http, url=given.url, webhook_secret=given.webhook_secret, run_id=run_id
            )
            return await fund.SUITE.run(ours, only=given.only)
        connection = {
            "http": http,
            "url": given.url,
            "client_id": given.client_id,
            "secret": given.client_secret,
            "wait_s": given.wait,
            "run_id": run_id,
        }
        if given.partner == "agrobanco":
            return await agrobanco.SUITE.run(agrobanco.Agrobanco(**connection), only=given.only)
        async with receiving(given.callback_host, given.callback_port) as receiver:
            partner = agroideas.Agroideas(
                **connection, receiver=receiver, webhook_secret=given.webhook_secret
            )
            return await agroideas.SUITE.run(partner, only=given.only)


def main(given: Sequence[str]) -> int:
    """Print the table; 0 when every check passed."""
    found = asyncio.run(results(arguments(given)))
    print(table(found))
    return 0 if all(result.passed for result in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

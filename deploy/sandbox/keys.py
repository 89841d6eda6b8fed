"""The public test keys: books, clock and magic values of their own, apart from the fund's key.

They are written down here on purpose: nothing that they open is worth anything, and the sandbox
does not run in production.
"""

from typing import Final

from deploy.sandbox.settings import SandboxSettings

PREFIX: Final = "test_"
CLIENTS: Final = {
    "agroideas": ("test_agroideas", "test_secret_agroideas"),
    "agrobanco": ("test_agrobanco", "test_secret_agrobanco"),
}
WEBHOOK_SECRET: Final = "whsec_dGVzdC1vbmx5LWtleS1vZi10aGUtcGFydG5lci1zYW5kYm94"


def test_settings(settings: SandboxSettings) -> SandboxSettings:
    """The same sandbox as the test keys see it."""
    agroideas, agrobanco = CLIENTS["agroideas"], CLIENTS["agrobanco"]
    return settings.model_copy(
        update={
            "test_keys": True,
            "agroideas_client_id": agroideas[0],
            "agroideas_client_secret": agroideas[1],
            "agroideas_webhook_secret": WEBHOOK_SECRET,
            "agrobanco_client_id": agrobanco[0],
            "agrobanco_client_secret": agrobanco[1],
        }
    )

"""What the sandbox reads from its environment."""

import os
from pathlib import Path

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PORT_OFFSET = 7


class SandboxSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="FUND_",
        env_file=Path(os.environ.get("FUND_STATE_DIR", ".local")) / "env",
        extra="ignore",
    )

    environment: str = "local"
    state_dir: Path = Path(".local")
    sandbox_host: str = "127.0.0.1"
    port_base: int = Field(default=18000, ge=1, le=65_000)

    agroideas_client_id: str
    agroideas_client_secret: str = Field(min_length=8)
    agroideas_webhook_secret: str = Field(pattern=r"^whsec_[A-Za-z0-9+/=]{24,}$")
    agrobanco_client_id: str
    agrobanco_client_secret: str = Field(min_length=8)
    # The fund's account at Agrobanco: the only debtor account a payment file may name.
    agrobanco_debtor_account: str = Field(default="01800000000000000108", pattern=r"^\d{20}$")

    # Whether these are the settings of the public test keys (deploy.sandbox.keys).
    test_keys: bool = False
    sandbox_token_ttl_s: int = Field(default=300, ge=1, le=3600)
    sandbox_execution_delay_s: float = Field(default=0.2, ge=0, le=60)
    sandbox_return_delay_s: float = Field(default=0.5, ge=0, le=86_400)
    sandbox_final_after_s: int = Field(default=10, ge=0, le=86_400)
    sandbox_callback_tries: int = Field(default=8, ge=1, le=20)
    sandbox_callback_backoff_s: float = Field(default=0.5, gt=0, le=60)
    # What the registers know: a file each, read again when it changes.
    sandbox_registers_dir: Path = Path(__file__).parent / "data"
    # Whether who stands in no file is an ordinary person or firm; else the register does not know.
    sandbox_registers_ordinary: bool = True
    sandbox_callback_timeout_s: float = Field(default=5, gt=0, le=60)
    # What each partner has at hand the day its books are opened, in céntimos.
    sandbox_opening_balance_cents: int = Field(default=1_000_000_000_00, ge=0)

    @model_validator(mode="after")
    def never_in_production(self) -> "SandboxSettings":
        if self.environment == "production":
            raise ValueError("the partner sandbox does not run in production")
        return self

    @property
    def port(self) -> int:
        return self.port_base + PORT_OFFSET

    @property
    def book_file(self) -> Path:
        name = "test-books.sqlite3" if self.test_keys else "books.sqlite3"
        return self.state_dir / "sandbox" / name

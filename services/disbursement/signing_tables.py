"""Tables of what both parties sign: the agreement's document, their keys and their signatures."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import instant_column


class AgreementDocument(Table, table=True):
    """The text of an agreement as it was drawn up, and its hash: what is signed. Append only: an
    amendment makes a further version, and the former stay."""

    __tablename__ = "agreement_document"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        UniqueConstraint("agreement_id", "content_sha256"),
    )

    agreement_id: str = reference("agreement.id", primary_key=True)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    content_sha256: str = text_column()
    drawn_at: datetime = instant_column()


class SignerKey(Table, table=True):
    """The public key of a person who signs agreements; the private half never comes here."""

    __tablename__ = "signer_key"
    __table_args__ = (
        CheckConstraint("algorithm IN ('EdDSA', 'ES256')", name="algorithm_known"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)"
            " AND (revoked_at IS NULL) = (revoked_reason IS NULL)",
            name="revoked_whole",
        ),
    )

    id: str = text_column(primary_key=True)
    holder_sub: str = text_column(index=True)
    algorithm: str = text_column()
    jwk: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    signed_at: datetime = instant_column()
    signature: str = text_column()
    registered_at: datetime = instant_column()
    revoked_at: datetime | None = instant_column(nullable=True)
    revoked_by: str | None = optional_text()
    revoked_reason: str | None = optional_text()


class AgreementSignature(Table, table=True):
    """A party's signature on the document's hash: with a key of the signer's own. Append only."""

    __tablename__ = "agreement_signature"
    __table_args__ = (
        CheckConstraint("party IN ('fund', 'consortium')", name="party_known"),
        ForeignKeyConstraint(
            ["agreement_id", "content_sha256"],
            ["agreement_document.agreement_id", "agreement_document.content_sha256"],
            name="fk_agreement_signature_document",
        ),
        ForeignKeyConstraint(
            ["agreement_id", "version"],
            ["agreement_document.agreement_id", "agreement_document.version"],
            name="fk_agreement_signature_version",
        ),
        UniqueConstraint("agreement_id", "version", "holder_sub"),
        UniqueConstraint("key_id", "nonce", name="uq_agreement_signature_nonce"),
    )

    agreement_id: str = text_column(primary_key=True)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    party: str = text_column(primary_key=True)
    holder_sub: str = text_column()
    content_sha256: str = text_column()
    key_id: str = reference("signer_key.id")
    nonce: str = text_column()
    signed_at: datetime = instant_column()
    signature: str = text_column()
    received_at: datetime = instant_column()

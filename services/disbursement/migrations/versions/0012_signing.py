"""The agreement's document, its signers' keys and signatures; where its land lies."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE agreement ADD COLUMN region text, ADD COLUMN crop text;
CREATE TABLE agreement_document (
    agreement_id text NOT NULL,
    content jsonb NOT NULL,
    content_sha256 text NOT NULL,
    drawn_at timestamptz NOT NULL,
    CONSTRAINT pk_agreement_document PRIMARY KEY (agreement_id),
    CONSTRAINT fk_agreement_document_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT uq_agreement_document_agreement_id_content_sha256 UNIQUE (agreement_id, content_sha256)
);
CREATE TABLE signer_key (
    id text NOT NULL,
    holder_sub text NOT NULL,
    algorithm text NOT NULL,
    jwk jsonb NOT NULL,
    signed_at timestamptz NOT NULL,
    signature text NOT NULL,
    registered_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_by text,
    revoked_reason text,
    CONSTRAINT pk_signer_key PRIMARY KEY (id),
    CONSTRAINT ck_signer_key_algorithm_known CHECK (algorithm IN ('EdDSA', 'ES256')),
    CONSTRAINT ck_signer_key_revoked_whole CHECK (
        (revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoked_reason IS NULL)
    )
);
CREATE INDEX ix_signer_key_holder_sub ON signer_key (holder_sub);
CREATE TABLE agreement_signature (
    agreement_id text NOT NULL,
    party text NOT NULL,
    holder_sub text NOT NULL,
    content_sha256 text NOT NULL,
    key_id text NOT NULL,
    nonce text NOT NULL,
    signed_at timestamptz NOT NULL,
    signature text NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_agreement_signature PRIMARY KEY (agreement_id, party),
    CONSTRAINT fk_agreement_signature_agreement_id_agreement_document
        FOREIGN KEY (agreement_id) REFERENCES agreement_document (agreement_id),
    CONSTRAINT fk_agreement_signature_document FOREIGN KEY (agreement_id, content_sha256)
        REFERENCES agreement_document (agreement_id, content_sha256),
    CONSTRAINT fk_agreement_signature_key_id_signer_key FOREIGN KEY (key_id) REFERENCES signer_key (id),
    CONSTRAINT ck_agreement_signature_party_known CHECK (party IN ('fund', 'consortium')),
    CONSTRAINT uq_agreement_signature_agreement_id_holder_sub UNIQUE (agreement_id, holder_sub),
    CONSTRAINT uq_agreement_signature_nonce UNIQUE (key_id, nonce)
);
"""

TRIGGERS = """
CREATE FUNCTION check_signer_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL
        OR to_jsonb(NEW) - ARRAY['revoked_at', 'revoked_by', 'revoked_reason']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['revoked_at', 'revoked_by', 'revoked_reason']
    THEN
        RAISE EXCEPTION 'a key can only be revoked, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signer_key_kept BEFORE UPDATE ON signer_key FOR EACH ROW EXECUTE FUNCTION check_signer_key();
CREATE TRIGGER signer_key_not_deleted BEFORE DELETE ON signer_key FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON agreement_document, agreement_signature TO fund_app;
GRANT SELECT, INSERT, UPDATE ON signer_key TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(TRIGGERS)
    for table in ("agreement_document", "agreement_signature"):
        op.execute(append_only(table))


def downgrade() -> None:
    raise NotImplementedError("signatures are history; restore a backup instead")

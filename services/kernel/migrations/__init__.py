"""One Alembic environment for all rooms, and the kernel's own tables.

A room keeps only `services/<room>/migrations/versions/NNNN_what.py`; its first revision calls
`create_kernel_tables`.
"""

from alembic import op

from services.kernel.migrations.tallies import (
    create_tally_table,
    state_since,
    tally,
    tally_of_appended,
)

_KERNEL_TABLES = """
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox PRIMARY KEY,
    id text NOT NULL CONSTRAINT uq_outbox_id UNIQUE,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic text NOT NULL,
    type text NOT NULL,
    aggregate_id text NOT NULL,
    aggregate_version bigint NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    published_at timestamptz
);
CREATE INDEX ix_outbox_unpublished ON outbox (xid, seq) WHERE published_at IS NULL;
CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id text NOT NULL,
    aggregate_id text NOT NULL,
    type text NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
);
CREATE TABLE parked_aggregate (
    consumer text NOT NULL,
    aggregate_id text NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL,
    CONSTRAINT pk_parked_aggregate PRIMARY KEY (consumer, aggregate_id)
);
CREATE TABLE idempotency (
    principal text NOT NULL,
    operation text NOT NULL,
    resource text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (principal, operation, resource, key)
);
CREATE TABLE audit (
    id text NOT NULL CONSTRAINT pk_audit PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    request_id text NOT NULL,
    change jsonb NOT NULL,
    content_hash bytea NOT NULL
);
CREATE INDEX ix_audit_subject ON audit (subject);
CREATE TABLE audit_link (
    seq bigint NOT NULL CONSTRAINT pk_audit_link PRIMARY KEY,
    audit_id text NOT NULL CONSTRAINT uq_audit_link_audit_id UNIQUE,
    prev_hash bytea NOT NULL CONSTRAINT uq_audit_link_prev_hash UNIQUE,
    hash bytea NOT NULL CONSTRAINT uq_audit_link_hash UNIQUE
);
"""

_KERNEL_TRIGGERS = """
CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY outbox;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_notify AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the table is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- Runs at commit: the lock is held for the commit alone, so the chain cannot fork and writers do
-- not wait for each other's work. SECURITY DEFINER, since only the owner may write links.
CREATE FUNCTION link_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
DECLARE
    head_seq bigint;
    head_hash bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(7240613);
    SELECT seq, hash INTO head_seq, head_hash FROM public.audit_link ORDER BY seq DESC LIMIT 1;
    head_hash := coalesce(head_hash, decode(repeat('00', 32), 'hex'));
    INSERT INTO public.audit_link (seq, audit_id, prev_hash, hash)
        VALUES (coalesce(head_seq, 0) + 1, NEW.id, head_hash,
                sha256(head_hash || NEW.content_hash));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_linked AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION link_audit();
"""


def create_kernel_tables() -> None:
    """Create outbox, inbox, idempotency, audit and its chain, and let the application use them."""
    op.execute(_KERNEL_TABLES)
    op.execute(_KERNEL_TRIGGERS)
    op.execute(append_only("audit"))
    op.execute(append_only("audit_link"))
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, inbox, parked_aggregate, idempotency"
        " TO fund_app; GRANT SELECT, INSERT ON audit TO fund_app; GRANT SELECT ON audit_link"
        " TO fund_app; REVOKE DELETE ON outbox, inbox FROM fund_app;"
    )


def append_only(table: str) -> str:
    """SQL by which PostgreSQL refuses UPDATE, DELETE and TRUNCATE on a table, whoever asks."""
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION refuse_change();"
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();"
    )


__all__ = [
    "append_only",
    "create_kernel_tables",
    "create_tally_table",
    "state_since",
    "tally",
    "tally_of_appended",
]

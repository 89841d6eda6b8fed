"""Contacts, webhook secrets, holders of seats, deliveries."""

from alembic import op

from services.kernel.migrations import create_kernel_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE contact (
    sub text CONSTRAINT pk_contact PRIMARY KEY,
    name text NOT NULL,
    email text,
    webhook_url text,
    topics jsonb,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT ck_contact_email CHECK (email ~ '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$'),
    CONSTRAINT ck_contact_webhook_url CHECK (webhook_url ~ '^https?://[^[:space:][:cntrl:]]+$'),
    CONSTRAINT ck_contact_name CHECK (name !~ '[[:cntrl:]]'),
    CONSTRAINT ck_contact_version CHECK (version >= 1)
);

CREATE TABLE webhook_secret (
    id text CONSTRAINT pk_webhook_secret PRIMARY KEY,
    contact_sub text NOT NULL,
    secret text NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT ck_webhook_secret_secret CHECK (secret ~ '^whsec_[A-Za-z0-9+/=]{32,}$'),
    CONSTRAINT fk_webhook_secret_contact FOREIGN KEY (contact_sub) REFERENCES contact (sub)
);
CREATE INDEX ix_webhook_secret_active ON webhook_secret (contact_sub) WHERE retired_at IS NULL;

CREATE TABLE seat_holder (
    term_id text CONSTRAINT pk_seat_holder PRIMARY KEY,
    seat text NOT NULL,
    capacity text NOT NULL,
    holder_sub text NOT NULL,
    holder_name text NOT NULL,
    chair boolean NOT NULL,
    deputy_chair boolean NOT NULL,
    version integer NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    CONSTRAINT ck_seat_holder_capacity CHECK (capacity IN ('titular', 'alternate'))
);
CREATE INDEX ix_seat_holder_seat ON seat_holder (seat, capacity, valid_from);

CREATE TABLE delivery (
    id text CONSTRAINT pk_delivery PRIMARY KEY,
    event_id text NOT NULL,
    event_type text NOT NULL,
    about text NOT NULL,
    template text NOT NULL,
    recipient_sub text NOT NULL,
    recipient_name text NOT NULL,
    channel text NOT NULL,
    address text,
    title text NOT NULL,
    plain text NOT NULL,
    html text NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    attempts integer NOT NULL,
    attempts_until integer NOT NULL,
    next_attempt_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    CONSTRAINT ck_delivery_channel CHECK (channel IN ('email', 'webhook')),
    CONSTRAINT ck_delivery_state CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'given_up')),
    CONSTRAINT ck_delivery_sent CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT ck_delivery_next CHECK ((state IN ('pending', 'sending', 'failed')) = (next_attempt_at IS NOT NULL)),
    CONSTRAINT ck_delivery_address CHECK (state NOT IN ('sent', 'sending') OR address IS NOT NULL),
    CONSTRAINT ck_delivery_error CHECK (state <> 'given_up' OR last_error IS NOT NULL),
    CONSTRAINT ck_delivery_title CHECK (title !~ '[[:cntrl:]]'),
    CONSTRAINT ck_delivery_counts CHECK (attempts >= 0 AND version >= 1),
    CONSTRAINT uq_delivery_event UNIQUE (event_id, recipient_sub, channel)
);
CREATE INDEX ix_delivery_due ON delivery (next_attempt_at) WHERE state IN ('pending', 'sending', 'failed');
CREATE INDEX ix_delivery_state_id ON delivery (state, id);
CREATE INDEX ix_delivery_recipient_sub_id ON delivery (recipient_sub, id);
"""

_TRIGGERS = """
-- What was written to somebody stays as it was written; a delivery that arrived is final.
CREATE FUNCTION check_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'sent'
        OR (NEW.id, NEW.event_id, NEW.event_type, NEW.about, NEW.template, NEW.recipient_sub,
            NEW.channel, NEW.title, NEW.plain, NEW.html, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.event_id, OLD.event_type, OLD.about, OLD.template, OLD.recipient_sub,
            OLD.channel, OLD.title, OLD.plain, OLD.html, OLD.created_at)
        OR NEW.version <> OLD.version + 1 OR NEW.attempts < OLD.attempts
    THEN
        RAISE EXCEPTION 'a delivery does not change this way' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'delivery_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_moves BEFORE UPDATE ON delivery FOR EACH ROW EXECUTE FUNCTION check_delivery();
CREATE TRIGGER delivery_kept BEFORE DELETE ON delivery FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

_GRANTS = (
    "GRANT SELECT, INSERT, UPDATE ON contact, webhook_secret, seat_holder, delivery TO fund_app"
)


def upgrade() -> None:
    create_kernel_tables()
    op.execute(_TABLES)
    op.execute(_TRIGGERS)
    op.execute(_GRANTS)


def downgrade() -> None:
    op.execute("DROP TABLE delivery, seat_holder, webhook_secret, contact")
    op.execute("DROP FUNCTION check_delivery")
    op.execute("DROP TABLE audit_link, audit, idempotency, parked_aggregate, inbox, outbox")
    op.execute("DROP FUNCTION link_audit, refuse_change, notify_outbox")

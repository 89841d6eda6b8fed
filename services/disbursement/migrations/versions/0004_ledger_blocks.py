"""Transfers are checked and chained once a transaction, not once a row.

What foreign keys of entries said row by row, the trigger that moves the balances says for the
whole statement; what a deferred trigger said for each transfer, one says for the transaction.
"""

from alembic import op

from services.kernel.migrations import append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE transfer ADD COLUMN tx bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX ix_transfer_tx ON transfer (tx);
DROP INDEX ix_transfer_call_id;
DROP INDEX ix_transfer_agreement_id;
ALTER TABLE transfer DROP CONSTRAINT uq_transfer_pending_id, DROP CONSTRAINT uq_transfer_reverses;
CREATE UNIQUE INDEX uq_transfer_pending_id ON transfer (pending_id) WHERE pending_id IS NOT NULL;
CREATE UNIQUE INDEX uq_transfer_reverses ON transfer (reverses) WHERE reverses IS NOT NULL;
ALTER TABLE entry DROP CONSTRAINT fk_entry_transfer_id_transfer, DROP CONSTRAINT fk_entry_account_code_account;
CREATE TABLE ledger_block (
    seq BIGINT NOT NULL,
    tx BIGINT NOT NULL,
    transfers INTEGER NOT NULL,
    content_hash BYTEA NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_ledger_block PRIMARY KEY (seq),
    CONSTRAINT uq_ledger_block_tx UNIQUE (tx),
    CONSTRAINT uq_ledger_block_prev_hash UNIQUE (prev_hash),
    CONSTRAINT uq_ledger_block_hash UNIQUE (hash)
);
CREATE TABLE ledger_seal (tx BIGINT NOT NULL CONSTRAINT pk_ledger_seal PRIMARY KEY);
"""

BLOCKS = """
-- What a block's hash covers: each transfer of one transaction with its two sides, in order.
CREATE FUNCTION ledger_content(wanted bigint) RETURNS bytea LANGUAGE sql STABLE
    SET search_path = pg_catalog, public AS $$
    SELECT sha256(convert_to(coalesce(string_agg(concat_ws('|',
            t.id, t.kind, t.amount_centimos, t.call_id, coalesce(t.agreement_id, '-'), t.reference,
            coalesce(t.pending_id, '-'), coalesce(t.reverses, '-'), t.actor, t.business_date,
            (extract(epoch FROM t.posted_at) * 1000000)::bigint,
            g.account_code, g.amount_centimos, g.call_id, r.account_code, r.amount_centimos, r.call_id),
        E'\\n' ORDER BY t.id COLLATE "C"), ''), 'UTF8'))
    FROM public.transfer t
    LEFT JOIN public.entry g ON g.transfer_id = t.id AND g.amount_centimos < 0
    LEFT JOIN public.entry r ON r.transfer_id = t.id AND r.amount_centimos > 0
    WHERE t.tx = wanted
$$;

-- At commit, once a transaction: every transfer of it has two sides that sum to zero, and all of
-- them become the next block of the chain. SECURITY DEFINER, since only the owner writes blocks.
CREATE FUNCTION seal_transfers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
DECLARE
    bad record;
    head_seq bigint;
    head_hash bytea;
    content bytea;
    sealed integer;
BEGIN
    SELECT t.id, count(e.transfer_id) AS sides, sum(e.amount_centimos) AS total INTO bad
        FROM public.transfer t LEFT JOIN public.entry e ON e.transfer_id = t.id WHERE t.tx = NEW.tx
        GROUP BY t.id, t.amount_centimos
        HAVING count(e.transfer_id) <> 2 OR sum(e.amount_centimos) <> 0 OR max(e.amount_centimos) <> t.amount_centimos
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % is not balanced (% sides, sum %)', bad.id, bad.sides, bad.total
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_transfer_balanced';
    END IF;
    SELECT count(*) INTO sealed FROM public.transfer WHERE tx = NEW.tx;
    content := public.ledger_content(NEW.tx);
    PERFORM pg_advisory_xact_lock(7240631);
    SELECT seq, hash INTO head_seq, head_hash FROM public.ledger_block ORDER BY seq DESC LIMIT 1;
    head_hash := coalesce(head_hash, decode(repeat('00', 32), 'hex'));
    INSERT INTO public.ledger_block (seq, tx, transfers, content_hash, prev_hash, hash)
        VALUES (coalesce(head_seq, 0) + 1, NEW.tx, sealed, content, head_hash, sha256(head_hash || content));
    DELETE FROM public.ledger_seal WHERE tx = NEW.tx;
    RETURN NULL;
END $$;
DROP TRIGGER transfer_balanced ON transfer;
DROP FUNCTION demand_balance;
CREATE CONSTRAINT TRIGGER ledger_seal_due AFTER INSERT ON ledger_seal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION seal_transfers();

-- The seal of a transaction is due from its first transfer on.
CREATE FUNCTION demand_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
DECLARE
    stranger text;
BEGIN
    SELECT id INTO stranger FROM added WHERE tx <> pg_current_xact_id()::text::bigint LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer % names another transaction', stranger USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO public.ledger_seal VALUES (pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER transfer_seal_due AFTER INSERT ON transfer REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION demand_seal();

-- Nothing is added to a transaction whose block is already there (constraints made immediate).
CREATE FUNCTION refuse_after_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_block WHERE tx = pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'this transaction''s transfers are sealed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER transfer_before_seal BEFORE INSERT ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_after_seal();

-- Entries belong to transfers of their own transaction; then balances move, in the order of codes.
CREATE OR REPLACE FUNCTION keep_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
DECLARE
    late text;
    codes bigint;
    held bigint;
BEGIN
    SELECT a.transfer_id INTO late FROM added a LEFT JOIN public.transfer t ON t.id = a.transfer_id
        WHERE t.tx IS DISTINCT FROM pg_current_xact_id()::text::bigint LIMIT 1;
    IF FOUND OR EXISTS (SELECT FROM public.ledger_block WHERE tx = pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'transfer % is closed: corrections are reversing transfers', late
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM 1 FROM public.account
        WHERE code IN (SELECT account_code FROM added) ORDER BY code FOR NO KEY UPDATE;
    UPDATE public.account SET balance_centimos = balance_centimos + delta.amount
        FROM (SELECT account_code, sum(amount_centimos) AS amount FROM added GROUP BY 1) AS delta
        WHERE code = delta.account_code;
    GET DIAGNOSTICS held = ROW_COUNT;
    SELECT count(DISTINCT account_code) INTO codes FROM added;
    IF held <> codes THEN
        RAISE EXCEPTION 'an entry names an account that is not there'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_entry_account_code_account';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER entry_in_time ON entry;
DROP FUNCTION refuse_late_entry;
"""

# Transfers from before are one block, made by this migration's own transaction.
PAST = """
INSERT INTO ledger_block (seq, tx, transfers, content_hash, prev_hash, hash)
    SELECT 1, past.tx, past.transfers, ledger_content(past.tx), decode(repeat('00', 32), 'hex'),
        sha256(decode(repeat('00', 32), 'hex') || ledger_content(past.tx))
    FROM (SELECT tx, count(*) AS transfers FROM transfer GROUP BY tx) AS past;
"""

GRANTS = """
REVOKE INSERT ON transfer FROM fund_app;
GRANT INSERT (id, kind, amount_centimos, call_id, agreement_id, reference, pending_id, reverses,
    actor, business_date, posted_at) ON transfer TO fund_app;
GRANT SELECT ON ledger_block TO fund_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(BLOCKS)
    op.execute(PAST)
    op.execute(append_only("ledger_block"))
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("the ledger is never taken down; restore a backup instead")

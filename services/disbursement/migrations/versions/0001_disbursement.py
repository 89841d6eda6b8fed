"""The tables of money, and the integrity that PostgreSQL itself holds."""

from alembic import op

from services.kernel.migrations import append_only, create_kernel_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE account (
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    may_overdraw BOOLEAN NOT NULL,
    balance_centimos BIGINT NOT NULL DEFAULT 0,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (code),
    CONSTRAINT ck_account_not_overdrawn CHECK (may_overdraw OR balance_centimos >= 0),
    CONSTRAINT ck_account_kind_known CHECK (kind IN ('treasury', 'available', 'committed', 'in_transit', 'grants', 'loans', 'accounted', 'recoveries')),
    CONSTRAINT ck_account_only_treasury_overdraws CHECK (may_overdraw = (kind = 'treasury'))
);
CREATE TABLE decision (
    id TEXT NOT NULL,
    package TEXT NOT NULL,
    subject TEXT NOT NULL,
    input JSONB NOT NULL,
    answer JSONB NOT NULL,
    policy_revision TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_decision PRIMARY KEY (id)
);
CREATE INDEX ix_decision_subject ON decision (subject);
CREATE TABLE partner_message (
    partner TEXT NOT NULL,
    message_id TEXT NOT NULL,
    raw BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_partner_message PRIMARY KEY (partner, message_id)
);
CREATE TABLE reconciliation_case (
    id TEXT NOT NULL,
    channel TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    detail JSONB NOT NULL,
    owner_role TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reconciliation_case PRIMARY KEY (id),
    CONSTRAINT ck_reconciliation_case_state_known CHECK (state IN ('open', 'resolved')),
    CONSTRAINT uq_reconciliation_case_channel_source UNIQUE (channel, source)
);
CREATE TABLE resolution (
    ballot_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    dossier_sha256 TEXT NOT NULL,
    result TEXT NOT NULL,
    resolution_number TEXT NOT NULL,
    package JSONB NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_resolution PRIMARY KEY (ballot_id),
    CONSTRAINT ck_resolution_result_known CHECK (result IN ('approved', 'rejected')),
    CONSTRAINT uq_resolution_ballot_id_result UNIQUE (ballot_id, result)
);
CREATE INDEX ix_resolution_application_id ON resolution (application_id);
CREATE TABLE transfer (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount_centimos BIGINT NOT NULL,
    call_id TEXT NOT NULL,
    agreement_id TEXT,
    reference TEXT NOT NULL,
    pending_id TEXT,
    reverses TEXT,
    actor TEXT NOT NULL,
    business_date DATE NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_transfer PRIMARY KEY (id),
    CONSTRAINT ck_transfer_kind_known CHECK (kind IN ('allocate', 'commit', 'instruct', 'settle', 'return', 'release', 'account', 'repay')),
    CONSTRAINT ck_transfer_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_transfer_settles_an_instruct CHECK ((kind = 'settle') <= (pending_id IS NOT NULL)),
    CONSTRAINT uq_transfer_pending_id UNIQUE (pending_id),
    CONSTRAINT fk_transfer_pending_id_transfer FOREIGN KEY(pending_id) REFERENCES transfer (id),
    CONSTRAINT uq_transfer_reverses UNIQUE (reverses),
    CONSTRAINT fk_transfer_reverses_transfer FOREIGN KEY(reverses) REFERENCES transfer (id)
);
CREATE INDEX ix_transfer_agreement_id ON transfer (agreement_id);
CREATE INDEX ix_transfer_call_id ON transfer (call_id);
CREATE INDEX ix_transfer_reference ON transfer (reference);
CREATE TABLE agreement (
    id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    ballot_id TEXT NOT NULL,
    resolution_result TEXT NOT NULL,
    call_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    dossier_sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    agroideas_centimos BIGINT NOT NULL,
    agrobanco_centimos BIGINT NOT NULL,
    own_centimos BIGINT NOT NULL,
    plan JSONB NOT NULL,
    fund_signed_by TEXT,
    fund_signed_at TIMESTAMP WITH TIME ZONE,
    consortium_signed_by TEXT,
    consortium_signed_at TIMESTAMP WITH TIME ZONE,
    drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_agreement PRIMARY KEY (id),
    CONSTRAINT ck_agreement_state_known CHECK (state IN ('drafted', 'signed', 'active', 'closed', 'terminated')),
    CONSTRAINT ck_agreement_board_approved CHECK (resolution_result = 'approved'),
    CONSTRAINT fk_agreement_ballot_id_resolution FOREIGN KEY(ballot_id, resolution_result) REFERENCES resolution (ballot_id, result),
    CONSTRAINT ck_agreement_signed_by_both CHECK (state NOT IN ('signed', 'active', 'closed') OR (fund_signed_by IS NOT NULL AND consortium_signed_by IS NOT NULL)),
    CONSTRAINT ck_agreement_two_signers CHECK (fund_signed_by <> consortium_signed_by),
    CONSTRAINT uq_agreement_application_id UNIQUE (application_id),
    CONSTRAINT uq_agreement_ballot_id UNIQUE (ballot_id)
);
CREATE INDEX ix_agreement_call_id ON agreement (call_id);
CREATE INDEX ix_agreement_consortium_id ON agreement (consortium_id);
CREATE TABLE entry (
    transfer_id TEXT NOT NULL,
    account_code TEXT NOT NULL,
    amount_centimos BIGINT NOT NULL,
    call_id TEXT NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (transfer_id, account_code),
    CONSTRAINT ck_entry_amount_not_zero CHECK (amount_centimos <> 0),
    CONSTRAINT fk_entry_transfer_id_transfer FOREIGN KEY(transfer_id) REFERENCES transfer (id),
    CONSTRAINT fk_entry_account_code_account FOREIGN KEY(account_code) REFERENCES account (code)
);
CREATE INDEX ix_entry_account_code_transfer_id ON entry (account_code, transfer_id);
CREATE INDEX ix_entry_call_id ON entry (call_id);
CREATE TABLE tranche (
    id TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    channel TEXT NOT NULL,
    amount_centimos BIGINT NOT NULL,
    milestone TEXT NOT NULL,
    state TEXT NOT NULL,
    lineage INTEGER NOT NULL,
    requested_by TEXT,
    prepared_by TEXT,
    released_by TEXT,
    release_decision_id TEXT,
    requested_at TIMESTAMP WITH TIME ZONE,
    released_at TIMESTAMP WITH TIME ZONE,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    accounted_centimos BIGINT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_tranche PRIMARY KEY (id),
    CONSTRAINT ck_tranche_state_known CHECK (state IN ('planned', 'requested', 'observed', 'released', 'instructed', 'confirmed', 'rejected', 'returned', 'reconciled', 'accounted')),
    CONSTRAINT ck_tranche_channel_known CHECK (channel IN ('agroideas', 'agrobanco')),
    CONSTRAINT ck_tranche_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_tranche_preparer_is_not_releaser CHECK (prepared_by <> released_by),
    CONSTRAINT ck_tranche_requester_is_not_releaser CHECK (requested_by <> released_by),
    CONSTRAINT ck_tranche_released_by_the_book CHECK (state IN ('planned', 'requested', 'observed', 'rejected', 'returned') OR (requested_by IS NOT NULL AND prepared_by IS NOT NULL AND released_by IS NOT NULL AND release_decision_id IS NOT NULL)),
    CONSTRAINT uq_tranche_agreement_id_sequence_channel UNIQUE (agreement_id, sequence, channel),
    CONSTRAINT fk_tranche_agreement_id_agreement FOREIGN KEY(agreement_id) REFERENCES agreement (id),
    CONSTRAINT fk_tranche_release_decision_id_decision FOREIGN KEY(release_decision_id) REFERENCES decision (id)
);
CREATE INDEX ix_tranche_application_id ON tranche (application_id);
CREATE TABLE attempt (
    tranche_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    lineage INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_attempt PRIMARY KEY (tranche_id, number),
    CONSTRAINT ck_attempt_outcome_known CHECK (outcome IN ('sending', 'accepted', 'rejected', 'unknown')),
    CONSTRAINT fk_attempt_tranche_id_tranche FOREIGN KEY(tranche_id) REFERENCES tranche (id)
);
CREATE UNIQUE INDEX uq_attempt_sending ON attempt (tranche_id) WHERE outcome = 'sending';
CREATE TABLE instruction (
    id TEXT NOT NULL,
    tranche_id TEXT NOT NULL,
    lineage INTEGER NOT NULL,
    item INTEGER NOT NULL,
    reference TEXT NOT NULL,
    channel TEXT NOT NULL,
    beneficiary_name TEXT NOT NULL,
    beneficiary_document TEXT NOT NULL,
    beneficiary_cci TEXT NOT NULL,
    amount_centimos BIGINT NOT NULL,
    state TEXT NOT NULL,
    instruct_transfer_id TEXT,
    settle_transfer_id TEXT,
    partner_execution_id TEXT,
    reason_code TEXT,
    settled_at TIMESTAMP WITH TIME ZONE,
    reconciled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_instruction PRIMARY KEY (id),
    CONSTRAINT ck_instruction_state_known CHECK (state IN ('created', 'sent', 'acknowledged', 'unknown', 'settled', 'rejected', 'returned')),
    CONSTRAINT ck_instruction_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_instruction_reference_fits CHECK (length(reference) <= 35),
    CONSTRAINT fk_instruction_tranche_id_tranche FOREIGN KEY(tranche_id) REFERENCES tranche (id),
    CONSTRAINT uq_instruction_reference UNIQUE (reference),
    CONSTRAINT fk_instruction_instruct_transfer_id_transfer FOREIGN KEY(instruct_transfer_id) REFERENCES transfer (id),
    CONSTRAINT fk_instruction_settle_transfer_id_transfer FOREIGN KEY(settle_transfer_id) REFERENCES transfer (id)
);
CREATE INDEX ix_instruction_tranche_id ON instruction (tranche_id);
CREATE UNIQUE INDEX uq_instruction_live ON instruction (tranche_id, item) WHERE state NOT IN ('rejected', 'returned');
CREATE TABLE statement_line (
    channel TEXT NOT NULL,
    line_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount_centimos BIGINT NOT NULL,
    business_date DATE NOT NULL,
    instruction_id TEXT,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_statement_line PRIMARY KEY (channel, line_id),
    CONSTRAINT ck_statement_line_kind_known CHECK (kind IN ('payment', 'return')),
    CONSTRAINT ck_statement_line_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT fk_statement_line_instruction_id_instruction FOREIGN KEY(instruction_id) REFERENCES instruction (id)
);
CREATE INDEX ix_statement_line_reference ON statement_line (reference);
"""

INTEGRITY = """
-- An integrity constraint, not business logic: a balance is the sum of its entries, always.
-- Accounts are locked in the order of their codes, so that two transfers cannot deadlock; not
-- FOR UPDATE, which would wait for the key share that each other's foreign key already holds.
CREATE FUNCTION keep_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM 1 FROM public.account
        WHERE code IN (SELECT account_code FROM added) ORDER BY code FOR NO KEY UPDATE;
    UPDATE public.account SET balance_centimos = balance_centimos + delta.amount
        FROM (SELECT account_code, sum(amount_centimos) AS amount FROM added GROUP BY 1) AS delta
        WHERE code = delta.account_code;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_balances AFTER INSERT ON entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION keep_balances();

CREATE FUNCTION refuse_late_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM transfer
                   WHERE id = NEW.transfer_id AND xmin = pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION 'transfer % is closed: corrections are reversing transfers',
            NEW.transfer_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_in_time BEFORE INSERT ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse_late_entry();

CREATE FUNCTION demand_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total numeric;
    gained numeric;
    sides bigint;
BEGIN
    SELECT sum(amount_centimos), sum(amount_centimos) FILTER (WHERE amount_centimos > 0), count(*)
        INTO total, gained, sides FROM entry WHERE transfer_id = NEW.id;
    IF sides <> 2 OR total <> 0 OR gained <> NEW.amount_centimos THEN
        RAISE EXCEPTION 'transfer % is not balanced (% sides, sum %)', NEW.id, sides, total
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'ck_transfer_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfer_balanced AFTER INSERT ON transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_balance();
"""

GRANTS = """
GRANT SELECT ON ALL TABLES IN SCHEMA public TO fund_app;
GRANT INSERT (code, kind, may_overdraw, opened_at) ON account TO fund_app;
GRANT INSERT ON transfer, entry, resolution, decision, partner_message TO fund_app;
GRANT INSERT, UPDATE ON agreement, tranche, instruction, attempt, statement_line,
    reconciliation_case TO fund_app;
"""


def upgrade() -> None:
    create_kernel_tables()
    op.execute(TABLES)
    op.execute(INTEGRITY)
    for table in ("transfer", "entry", "resolution", "decision", "partner_message"):
        op.execute(append_only(table))
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("the ledger is never taken down; restore a backup instead")

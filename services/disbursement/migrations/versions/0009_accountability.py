"""Accountability reports with their invoices, claims to pay back, and what came back."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LEDGER = """
ALTER TABLE transfer
    DROP CONSTRAINT ck_transfer_kind_known,
    ADD CONSTRAINT ck_transfer_kind_known CHECK (kind IN ('allocate', 'commit', 'instruct', 'settle', 'return', 'release', 'account', 'repay', 'recover', 'disallow'));
CREATE UNIQUE INDEX uq_transfer_once ON transfer (reference)
    WHERE kind IN ('account', 'recover', 'disallow') AND reference NOT LIKE 'tra%';
ALTER TABLE tranche
    ADD COLUMN recovered_centimos BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_tranche_used_within CHECK (accounted_centimos >= 0 AND recovered_centimos >= 0 AND accounted_centimos + recovered_centimos <= amount_centimos);
ALTER TABLE tranche ALTER COLUMN recovered_centimos DROP DEFAULT;
"""

TABLES = """
CREATE TABLE accountability_report (
    id TEXT NOT NULL,
    tranche_id TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_on DATE NOT NULL,
    remind_on DATE[] NOT NULL,
    filed_by TEXT,
    filed_at TIMESTAMP WITH TIME ZONE,
    observed_by TEXT,
    observation TEXT,
    reviewed_by TEXT,
    reviewed_at TIMESTAMP WITH TIME ZONE,
    accepted_by TEXT,
    accepted_at TIMESTAMP WITH TIME ZONE,
    accepted_centimos BIGINT NOT NULL,
    transfer_id TEXT,
    version INTEGER NOT NULL,
    CONSTRAINT pk_accountability_report PRIMARY KEY (id),
    CONSTRAINT fk_accountability_report_tranche_id_tranche FOREIGN KEY (tranche_id) REFERENCES tranche (id),
    CONSTRAINT fk_accountability_report_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT fk_accountability_report_transfer_id_transfer FOREIGN KEY (transfer_id) REFERENCES transfer (id),
    CONSTRAINT uq_accountability_report_transfer_id UNIQUE (transfer_id),
    CONSTRAINT ck_accountability_report_state_known CHECK (state IN ('due', 'filed', 'observed', 'accepted', 'closed')),
    CONSTRAINT ck_accountability_report_reviewer_is_not_filer CHECK (reviewed_by <> filed_by),
    CONSTRAINT ck_accountability_report_observer_is_not_filer CHECK (observed_by <> filed_by),
    CONSTRAINT ck_accountability_report_accepter_is_not_filer CHECK (accepted_by <> filed_by),
    CONSTRAINT ck_accountability_report_accepter_is_not_reviewer CHECK (accepted_by <> reviewed_by),
    CONSTRAINT ck_accountability_report_accepted_by_the_book CHECK (state <> 'accepted' OR (filed_by IS NOT NULL AND reviewed_by IS NOT NULL AND accepted_by IS NOT NULL AND accepted_at IS NOT NULL)),
    CONSTRAINT ck_accountability_report_accepted_is_posted CHECK (accepted_centimos >= 0 AND (transfer_id IS NOT NULL) = (accepted_centimos > 0))
);
CREATE INDEX ix_accountability_report_tranche_id ON accountability_report (tranche_id);
CREATE INDEX ix_accountability_report_agreement_id ON accountability_report (agreement_id);
CREATE INDEX ix_accountability_report_consortium_id ON accountability_report (consortium_id);
CREATE UNIQUE INDEX uq_accountability_report_open ON accountability_report (tranche_id) WHERE state IN ('due', 'filed', 'observed');
CREATE TABLE accountability_invoice (
    id TEXT NOT NULL,
    report_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    series TEXT NOT NULL,
    number TEXT NOT NULL,
    issuer_ruc TEXT NOT NULL,
    issued_on DATE NOT NULL,
    amount_centimos BIGINT NOT NULL,
    concept TEXT NOT NULL,
    budget_line_no INTEGER NOT NULL,
    filed_by TEXT NOT NULL,
    taken_out_at TIMESTAMP WITH TIME ZONE,
    eligible_centimos BIGINT,
    decided_by TEXT,
    decision_reason TEXT,
    false_by TEXT,
    false_at TIMESTAMP WITH TIME ZONE,
    false_evidence TEXT,
    CONSTRAINT pk_accountability_invoice PRIMARY KEY (id),
    CONSTRAINT fk_accountability_invoice_report_id_accountability_report FOREIGN KEY (report_id) REFERENCES accountability_report (id),
    CONSTRAINT ck_accountability_invoice_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_accountability_invoice_eligible_within_amount CHECK (eligible_centimos BETWEEN 0 AND amount_centimos),
    CONSTRAINT ck_accountability_invoice_decider_is_not_filer CHECK (decided_by <> filed_by),
    CONSTRAINT ck_accountability_invoice_finder_is_not_filer CHECK (false_by <> filed_by),
    CONSTRAINT ck_accountability_invoice_decided_whole CHECK ((eligible_centimos IS NULL) = (decided_by IS NULL) AND (eligible_centimos IS NULL) = (decision_reason IS NULL)),
    CONSTRAINT ck_accountability_invoice_false_whole CHECK ((false_by IS NULL) = (false_at IS NULL) AND (false_by IS NULL) = (false_evidence IS NULL))
);
CREATE INDEX ix_accountability_invoice_report_id ON accountability_invoice (report_id);
CREATE UNIQUE INDEX uq_accountability_invoice_used ON accountability_invoice (issuer_ruc, kind, series, number) WHERE taken_out_at IS NULL;
CREATE TABLE claim (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    tranche_id TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    consortium_id TEXT NOT NULL,
    invoice_id TEXT,
    amount_centimos BIGINT NOT NULL,
    received_centimos BIGINT NOT NULL,
    ground TEXT NOT NULL,
    evidence TEXT NOT NULL,
    state TEXT NOT NULL,
    found_by TEXT NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    notified_by TEXT,
    notified_at TIMESTAMP WITH TIME ZONE,
    due_on DATE,
    waiver_asked_by TEXT,
    waiver_reason TEXT,
    waived_by TEXT,
    waived_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_claim PRIMARY KEY (id),
    CONSTRAINT fk_claim_tranche_id_tranche FOREIGN KEY (tranche_id) REFERENCES tranche (id),
    CONSTRAINT fk_claim_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT fk_claim_invoice_id_accountability_invoice FOREIGN KEY (invoice_id) REFERENCES accountability_invoice (id),
    CONSTRAINT uq_claim_invoice_id UNIQUE (invoice_id),
    CONSTRAINT ck_claim_kind_known CHECK (kind IN ('refund', 'undue')),
    CONSTRAINT ck_claim_state_known CHECK (state IN ('found', 'notified', 'recovered', 'waived')),
    CONSTRAINT ck_claim_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_claim_received_within_amount CHECK (received_centimos BETWEEN 0 AND amount_centimos),
    CONSTRAINT ck_claim_recovered_in_full CHECK ((state = 'recovered') = (received_centimos = amount_centimos)),
    CONSTRAINT ck_claim_notified_with_term CHECK (state <> 'notified' OR (notified_by IS NOT NULL AND due_on IS NOT NULL)),
    CONSTRAINT ck_claim_two_people_waive CHECK (waived_by <> waiver_asked_by),
    CONSTRAINT ck_claim_finder_does_not_waive CHECK (waived_by <> found_by),
    CONSTRAINT ck_claim_waived_by_the_book CHECK ((state = 'waived') = (waived_by IS NOT NULL) AND (waived_by IS NULL OR (waiver_asked_by IS NOT NULL AND waiver_reason IS NOT NULL)))
);
CREATE INDEX ix_claim_tranche_id ON claim (tranche_id);
CREATE INDEX ix_claim_agreement_id ON claim (agreement_id);
CREATE INDEX ix_claim_consortium_id ON claim (consortium_id);
CREATE TABLE receipt (
    id TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    amount_centimos BIGINT NOT NULL,
    bank_reference TEXT NOT NULL,
    received_on DATE NOT NULL,
    channel TEXT,
    line_id TEXT,
    recorded_by TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_by TEXT,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    transfer_id TEXT,
    CONSTRAINT pk_receipt PRIMARY KEY (id),
    CONSTRAINT fk_receipt_claim_id_claim FOREIGN KEY (claim_id) REFERENCES claim (id),
    CONSTRAINT fk_receipt_transfer_id_transfer FOREIGN KEY (transfer_id) REFERENCES transfer (id),
    CONSTRAINT fk_receipt_channel_statement_line FOREIGN KEY (channel, line_id) REFERENCES statement_line (channel, line_id),
    CONSTRAINT uq_receipt_bank_reference UNIQUE (bank_reference),
    CONSTRAINT uq_receipt_transfer_id UNIQUE (transfer_id),
    CONSTRAINT ck_receipt_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_receipt_confirmer_is_another CHECK (confirmed_by <> recorded_by),
    CONSTRAINT ck_receipt_booked_on_proof CHECK (transfer_id IS NULL OR confirmed_by IS NOT NULL OR line_id IS NOT NULL),
    CONSTRAINT ck_receipt_line_whole CHECK ((channel IS NULL) = (line_id IS NULL))
);
CREATE INDEX ix_receipt_claim_id ON receipt (claim_id);
CREATE UNIQUE INDEX uq_receipt_line ON receipt (channel, line_id) WHERE line_id IS NOT NULL;
"""

TRIGGERS = """
-- Integrity, not business logic: what was accepted, booked, recovered or waived is settled.
CREATE FUNCTION check_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('accepted', 'closed') OR (NEW.id, NEW.tranche_id, NEW.number) IS DISTINCT FROM (OLD.id, OLD.tranche_id, OLD.number) THEN
        RAISE EXCEPTION 'a report that is decided stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accountability_report_kept BEFORE UPDATE ON accountability_report FOR EACH ROW EXECUTE FUNCTION check_report();
CREATE FUNCTION check_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.taken_out_at IS NOT NULL OR OLD.false_at IS NOT NULL
        OR (NEW.id, NEW.report_id, NEW.kind, NEW.series, NEW.number, NEW.issuer_ruc, NEW.issued_on, NEW.amount_centimos, NEW.filed_by)
        IS DISTINCT FROM (OLD.id, OLD.report_id, OLD.kind, OLD.series, OLD.number, OLD.issuer_ruc, OLD.issued_on, OLD.amount_centimos, OLD.filed_by)
    THEN
        RAISE EXCEPTION 'an invoice as filed stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accountability_invoice_kept BEFORE UPDATE ON accountability_invoice FOR EACH ROW EXECUTE FUNCTION check_invoice();
CREATE FUNCTION check_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('recovered', 'waived') OR NEW.received_centimos < OLD.received_centimos
        OR (NEW.id, NEW.kind, NEW.tranche_id, NEW.amount_centimos, NEW.found_by) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.tranche_id, OLD.amount_centimos, OLD.found_by)
    THEN
        RAISE EXCEPTION 'a claim as found stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claim_kept BEFORE UPDATE ON claim FOR EACH ROW EXECUTE FUNCTION check_claim();
CREATE FUNCTION check_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.transfer_id IS NOT NULL
        OR (NEW.id, NEW.claim_id, NEW.amount_centimos, NEW.bank_reference, NEW.recorded_by) IS DISTINCT FROM (OLD.id, OLD.claim_id, OLD.amount_centimos, OLD.bank_reference, OLD.recorded_by)
    THEN
        RAISE EXCEPTION 'a receipt can only be confirmed, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER receipt_kept BEFORE UPDATE ON receipt FOR EACH ROW EXECUTE FUNCTION check_receipt();
"""

OURS = ("accountability_report", "accountability_invoice", "claim", "receipt")


def upgrade() -> None:
    op.execute(LEDGER)
    op.execute(TABLES)
    op.execute(TRIGGERS)
    for table in OURS:
        op.execute(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO fund_app")


def downgrade() -> None:
    raise NotImplementedError("accounts are history; restore a backup instead")

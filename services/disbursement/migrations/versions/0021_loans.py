"""One loan a producer: terms, disbursed parts, repayments and their shares; interest in the ledger.

What a part owes is moved by triggers, and never below zero: no repayment beyond what is owed.
"""

from alembic import op

from services.kernel.migrations import append_only

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LEDGER = """
ALTER TABLE account
    DROP CONSTRAINT ck_account_kind_known,
    DROP CONSTRAINT ck_account_only_treasury_overdraws,
    ADD CONSTRAINT ck_account_kind_known CHECK (kind IN ('treasury', 'available', 'committed',
        'in_transit', 'grants', 'loans', 'accounted', 'recoveries', 'outside', 'interest_owed',
        'interest_collected', 'overpaid')),
    ADD CONSTRAINT ck_account_only_sources_overdraw CHECK (
        may_overdraw = (kind IN ('treasury', 'outside')));
ALTER TABLE transfer
    DROP CONSTRAINT ck_transfer_kind_known,
    ADD CONSTRAINT ck_transfer_kind_known CHECK (kind IN ('allocate', 'commit', 'instruct', 'settle',
        'return', 'release', 'account', 'repay', 'recover', 'disallow', 'accrue', 'pay_interest',
        'overpay'));
ALTER TABLE statement_line
    DROP CONSTRAINT ck_statement_line_kind_known,
    ADD COLUMN payer text NOT NULL DEFAULT '',
    ADD COLUMN operation text NOT NULL DEFAULT '',
    ADD CONSTRAINT ck_statement_line_kind_known CHECK (kind IN ('payment', 'return', 'repayment'));
CREATE INDEX ix_statement_line_operation ON statement_line (channel, operation)
    WHERE kind = 'repayment' AND operation <> '';
"""

TABLES = """
CREATE TABLE loan_terms (
    agreement_id text NOT NULL,
    tea_basis_points integer NOT NULL,
    day_base integer NOT NULL,
    term_months integer NOT NULL,
    parts_max integer NOT NULL,
    levels_centimos bigint[] NOT NULL,
    producer_cap_centimos bigint NOT NULL,
    collection text NOT NULL,
    at_source boolean NOT NULL,
    payer_ruc text,
    arrears_buckets bigint[] NOT NULL,
    decision_id text NOT NULL,
    harvest_on date,
    told_by text,
    told_at timestamptz,
    CONSTRAINT pk_loan_terms PRIMARY KEY (agreement_id),
    CONSTRAINT fk_loan_terms_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT fk_loan_terms_decision_id_decision FOREIGN KEY (decision_id) REFERENCES decision (id),
    CONSTRAINT ck_loan_terms_rate_sane CHECK (tea_basis_points BETWEEN 0 AND 10000),
    CONSTRAINT ck_loan_terms_day_base_known CHECK (day_base IN (360, 365)),
    CONSTRAINT ck_loan_terms_term_sane CHECK (term_months BETWEEN 1 AND 60 AND parts_max >= 1),
    CONSTRAINT ck_loan_terms_cap_positive CHECK (producer_cap_centimos > 0),
    CONSTRAINT ck_loan_terms_collection_known CHECK (collection IN ('at_harvest')),
    CONSTRAINT ck_loan_terms_harvest_told CHECK (harvest_on IS NULL OR told_at IS NOT NULL)
);
CREATE TABLE loan (
    id text NOT NULL,
    agreement_id text NOT NULL,
    call_id text NOT NULL,
    consortium_id text NOT NULL,
    reference text NOT NULL,
    document text NOT NULL,
    name text NOT NULL,
    opened_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_loan PRIMARY KEY (id),
    CONSTRAINT uq_loan_reference UNIQUE (reference),
    CONSTRAINT uq_loan_agreement_id_document UNIQUE (agreement_id, document),
    CONSTRAINT fk_loan_agreement_id_loan_terms FOREIGN KEY (agreement_id)
        REFERENCES loan_terms (agreement_id)
);
CREATE UNIQUE INDEX uq_loan_in_force ON loan (call_id, document) WHERE ended_at IS NULL;
CREATE INDEX ix_loan_consortium_id ON loan (consortium_id);
CREATE TABLE loan_part (
    instruction_id text NOT NULL,
    loan_id text NOT NULL,
    tranche_id text NOT NULL,
    lent_centimos bigint NOT NULL,
    lent_on date NOT NULL,
    principal_centimos bigint NOT NULL,
    interest_centimos bigint NOT NULL,
    interest_on date NOT NULL,
    returned_on date,
    CONSTRAINT pk_loan_part PRIMARY KEY (instruction_id),
    CONSTRAINT fk_loan_part_instruction_id_instruction FOREIGN KEY (instruction_id)
        REFERENCES instruction (id),
    CONSTRAINT fk_loan_part_loan_id_loan FOREIGN KEY (loan_id) REFERENCES loan (id),
    CONSTRAINT fk_loan_part_tranche_id_tranche FOREIGN KEY (tranche_id) REFERENCES tranche (id),
    CONSTRAINT ck_loan_part_lent_positive CHECK (lent_centimos > 0),
    CONSTRAINT ck_loan_part_owed_not_negative CHECK (
        principal_centimos BETWEEN 0 AND lent_centimos AND interest_centimos >= 0),
    CONSTRAINT ck_loan_part_returned_owes_nothing CHECK (
        returned_on IS NULL OR (principal_centimos = 0 AND interest_centimos = 0))
);
CREATE INDEX ix_loan_part_loan_id ON loan_part (loan_id);
CREATE INDEX ix_loan_part_tranche_id ON loan_part (tranche_id);
CREATE TABLE repayment (
    id text NOT NULL,
    loan_id text NOT NULL,
    source text NOT NULL,
    channel text NOT NULL,
    line_id text,
    amount_centimos bigint NOT NULL,
    overpaid_centimos bigint NOT NULL,
    paid_on date NOT NULL,
    booked_on date NOT NULL,
    payer_kind text NOT NULL,
    payer text NOT NULL,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT pk_repayment PRIMARY KEY (id),
    CONSTRAINT fk_repayment_loan_id_loan FOREIGN KEY (loan_id) REFERENCES loan (id),
    CONSTRAINT fk_repayment_channel_statement_line FOREIGN KEY (channel, line_id)
        REFERENCES statement_line (channel, line_id),
    CONSTRAINT ck_repayment_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_repayment_overpaid_within CHECK (overpaid_centimos BETWEEN 0 AND amount_centimos),
    CONSTRAINT ck_repayment_source_known CHECK (source IN ('statement', 'recorded', 'claim')
        AND (source = 'statement') = (line_id IS NOT NULL)),
    CONSTRAINT ck_repayment_payer_known CHECK (
        payer_kind IN ('producer', 'anchor_firm', 'other', 'untold')),
    CONSTRAINT ck_repayment_booked_later CHECK (booked_on >= paid_on)
);
CREATE UNIQUE INDEX uq_repayment_line ON repayment (channel, line_id) WHERE line_id IS NOT NULL;
CREATE INDEX ix_repayment_loan_id ON repayment (loan_id);
CREATE TABLE repayment_share (
    repayment_id text NOT NULL,
    instruction_id text NOT NULL,
    accrued_centimos bigint NOT NULL,
    interest_centimos bigint NOT NULL,
    principal_centimos bigint NOT NULL,
    CONSTRAINT pk_repayment_share PRIMARY KEY (repayment_id, instruction_id),
    CONSTRAINT fk_repayment_share_repayment_id_repayment FOREIGN KEY (repayment_id)
        REFERENCES repayment (id),
    CONSTRAINT fk_repayment_share_instruction_id_loan_part FOREIGN KEY (instruction_id)
        REFERENCES loan_part (instruction_id),
    CONSTRAINT ck_repayment_share_not_negative CHECK (
        accrued_centimos >= 0 AND interest_centimos >= 0 AND principal_centimos >= 0)
);
CREATE INDEX ix_repayment_share_instruction_id ON repayment_share (instruction_id);
GRANT SELECT, INSERT ON loan_terms, loan, loan_part, repayment, repayment_share TO fund_app;
GRANT UPDATE (harvest_on, told_by, told_at) ON loan_terms TO fund_app;
GRANT UPDATE (ended_at) ON loan TO fund_app;
GRANT UPDATE (principal_centimos, interest_centimos, interest_on, returned_on) ON loan_part TO fund_app;
"""

TRIGGERS = """
-- A share moves what its part owes; the checks of the part refuse anything below zero.
CREATE FUNCTION book_share() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
DECLARE
    whole public.repayment%ROWTYPE;
BEGIN
    SELECT * INTO whole FROM public.repayment WHERE id = NEW.repayment_id;
    UPDATE public.loan_part SET principal_centimos = principal_centimos - NEW.principal_centimos,
        interest_centimos = interest_centimos + NEW.accrued_centimos - NEW.interest_centimos,
        interest_on = whole.booked_on
        WHERE instruction_id = NEW.instruction_id AND loan_id = whole.loan_id
            AND returned_on IS NULL AND interest_on <= whole.booked_on;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'part % is not of the loan that repayment % is of, or was moved later',
            NEW.instruction_id, NEW.repayment_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_repayment_share_part';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER repayment_share_booked AFTER INSERT ON repayment_share
    FOR EACH ROW EXECUTE FUNCTION book_share();

-- At commit: shares and what was paid beyond are the repayment, and beyond is only past all owed.
CREATE FUNCTION check_repayment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shared bigint;
    left_owed bigint;
BEGIN
    SELECT coalesce(sum(interest_centimos + principal_centimos), 0) INTO shared
        FROM repayment_share WHERE repayment_id = NEW.id;
    SELECT coalesce(sum(principal_centimos + interest_centimos), 0) INTO left_owed
        FROM loan_part WHERE loan_id = NEW.loan_id AND lent_on <= NEW.booked_on;
    IF shared + NEW.overpaid_centimos <> NEW.amount_centimos
        OR (NEW.overpaid_centimos > 0 AND left_owed > 0)
    THEN
        RAISE EXCEPTION 'the shares of repayment % are %, % beyond, of %; % is still owed', NEW.id,
            shared, NEW.overpaid_centimos, NEW.amount_centimos, left_owed
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_repayment_sums';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER repayment_sums AFTER INSERT ON repayment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_repayment();
-- No share is added to a repayment of another transaction.
CREATE FUNCTION demand_own_repayment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM repayment WHERE id = NEW.repayment_id
        AND xmin = pg_current_xact_id()::xid)
    THEN
        RAISE EXCEPTION 'repayment % is closed', NEW.repayment_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repayment_share_in_time BEFORE INSERT ON repayment_share
    FOR EACH ROW EXECUTE FUNCTION demand_own_repayment();

-- A part begins as what its instruction paid: looked at for all that one statement adds.
CREATE FUNCTION check_new_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    SELECT a.instruction_id INTO wrong FROM added a
        LEFT JOIN loan l ON l.id = a.loan_id
        LEFT JOIN instruction i ON i.id = a.instruction_id AND i.tranche_id = a.tranche_id
            AND i.amount_centimos = a.lent_centimos AND i.state = 'settled'
            AND i.beneficiary_document = l.document
        LEFT JOIN tranche t ON t.id = i.tranche_id AND t.agreement_id = l.agreement_id
        WHERE t.id IS NULL OR l.ended_at IS NOT NULL OR a.principal_centimos <> a.lent_centimos
            OR a.interest_centimos <> 0 OR a.interest_on <> a.lent_on OR a.returned_on IS NOT NULL
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'part % is not what its instruction paid', wrong
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_loan_part_paid';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER loan_part_begins AFTER INSERT ON loan_part REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_new_parts();

-- Then it moves by shares alone; whole and unused it may return.
CREATE FUNCTION check_loan_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.instruction_id, NEW.loan_id, NEW.tranche_id, NEW.lent_centimos, NEW.lent_on)
        IS DISTINCT FROM
        (OLD.instruction_id, OLD.loan_id, OLD.tranche_id, OLD.lent_centimos, OLD.lent_on)
        OR OLD.returned_on IS NOT NULL
    THEN
        RAISE EXCEPTION 'part % stays what it was', OLD.instruction_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.returned_on IS NOT NULL THEN
        IF EXISTS (SELECT FROM repayment_share s WHERE s.instruction_id = OLD.instruction_id) THEN
            RAISE EXCEPTION 'part % was repaid from and cannot return whole', OLD.instruction_id
                USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'part % moves by its shares alone', OLD.instruction_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loan_part_kept BEFORE UPDATE ON loan_part
    FOR EACH ROW EXECUTE FUNCTION check_loan_part();

-- A loan is what it is until it ends, which it does once, owing nothing.
CREATE FUNCTION check_loan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'ended_at' IS DISTINCT FROM to_jsonb(OLD) - 'ended_at'
        OR OLD.ended_at IS NOT NULL
        OR EXISTS (SELECT FROM loan_part WHERE loan_id = OLD.id
            AND principal_centimos + interest_centimos > 0)
    THEN
        RAISE EXCEPTION 'loan % cannot change so', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loan_kept BEFORE UPDATE ON loan FOR EACH ROW EXECUTE FUNCTION check_loan();

-- Terms stay as drafted; the day of the harvest is told once.
CREATE FUNCTION check_loan_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text[] := ARRAY['harvest_on', 'told_by', 'told_at'];
BEGIN
    IF to_jsonb(NEW) - told IS DISTINCT FROM to_jsonb(OLD) - told OR OLD.harvest_on IS NOT NULL THEN
        RAISE EXCEPTION 'terms of % stay as drafted', OLD.agreement_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loan_terms_kept BEFORE UPDATE ON loan_terms
    FOR EACH ROW EXECUTE FUNCTION check_loan_terms();
"""

KEPT = "".join(
    f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change();\n"
    for table in ("loan_terms", "loan", "loan_part")
)


def upgrade() -> None:
    op.execute(LEDGER)
    op.execute(TABLES)
    op.execute(append_only("repayment"))
    op.execute(append_only("repayment_share"))
    op.execute(TRIGGERS)
    op.execute(KEPT)


def downgrade() -> None:
    raise NotImplementedError("loans are history; restore a backup instead")

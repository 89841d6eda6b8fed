"""Purchases that wait for the programme's no-objection."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE purchase (
    id text NOT NULL,
    agreement_id text NOT NULL,
    application_id text NOT NULL,
    consortium_id text NOT NULL,
    program text NOT NULL,
    reference text NOT NULL,
    corrects text,
    budget_line integer NOT NULL,
    description text NOT NULL,
    supplier_ruc text NOT NULL,
    supplier_name text NOT NULL,
    amount_centimos bigint NOT NULL,
    quotations jsonb NOT NULL,
    choice_reason text,
    state text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    sent_by text,
    sent_at timestamptz,
    record_number text,
    answered_by text,
    answered_at timestamptz,
    answer_reason text,
    version integer NOT NULL,
    CONSTRAINT pk_purchase PRIMARY KEY (id),
    CONSTRAINT uq_purchase_reference UNIQUE (reference),
    CONSTRAINT uq_purchase_corrects UNIQUE (corrects),
    CONSTRAINT fk_purchase_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT fk_purchase_corrects_purchase FOREIGN KEY (corrects) REFERENCES purchase (id),
    CONSTRAINT ck_purchase_state_known CHECK (
        state IN ('requested', 'sent', 'granted', 'observed', 'denied', 'withdrawn')),
    CONSTRAINT ck_purchase_amount_positive CHECK (amount_centimos > 0),
    CONSTRAINT ck_purchase_quoted CHECK (jsonb_array_length(quotations) >= 1),
    CONSTRAINT ck_purchase_sender_is_another CHECK (sent_by <> requested_by),
    CONSTRAINT ck_purchase_sent_whole CHECK (
        state NOT IN ('sent', 'granted', 'observed', 'denied')
        OR (sent_by IS NOT NULL AND sent_at IS NOT NULL)),
    CONSTRAINT ck_purchase_answered_whole CHECK (
        (state IN ('granted', 'observed', 'denied')) = (answered_at IS NOT NULL)
        AND (answered_at IS NULL) = (answered_by IS NULL)
        AND (state = 'granted') <= (record_number IS NOT NULL)
        AND (state IN ('observed', 'denied')) <= (answer_reason IS NOT NULL)),
    CONSTRAINT ck_purchase_reference_fits CHECK (length(reference) <= 35)
);
CREATE INDEX ix_purchase_agreement_id_supplier_ruc ON purchase (agreement_id, supplier_ruc);
CREATE INDEX ix_purchase_consortium_id ON purchase (consortium_id);

-- What was asked stays as it was asked, and the programme answers once.
CREATE FUNCTION check_purchase() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['state', 'sent_by', 'sent_at', 'record_number', 'answered_by', 'answered_at',
        'answer_reason', 'version'];
BEGIN
    IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later
        OR (OLD.state, NEW.state) NOT IN (
            ('requested', 'sent'), ('requested', 'withdrawn'), ('sent', 'withdrawn'),
            ('sent', 'granted'), ('sent', 'observed'), ('sent', 'denied'))
    THEN
        RAISE EXCEPTION 'a purchase does not change this way' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER purchase_kept BEFORE UPDATE ON purchase FOR EACH ROW EXECUTE FUNCTION check_purchase();
CREATE TRIGGER purchase_not_deleted BEFORE DELETE ON purchase FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT, UPDATE ON purchase TO fund_app;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    raise NotImplementedError("the programme's answers are history; restore a backup instead")

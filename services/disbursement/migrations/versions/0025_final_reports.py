"""Final reports, without which no agreement is closed."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE final_report (
    id text NOT NULL,
    agreement_id text NOT NULL,
    consortium_id text NOT NULL,
    results text NOT NULL,
    spending text NOT NULL,
    document_sha256 text NOT NULL,
    state text NOT NULL,
    filed_by text NOT NULL,
    filed_at timestamptz NOT NULL,
    judged_by text,
    judged_at timestamptz,
    reason text,
    version integer NOT NULL,
    CONSTRAINT pk_final_report PRIMARY KEY (id),
    CONSTRAINT fk_final_report_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT ck_final_report_state_known CHECK (state IN ('filed', 'approved', 'observed')),
    CONSTRAINT ck_final_report_judge_is_another CHECK (judged_by <> filed_by),
    CONSTRAINT ck_final_report_judged_whole CHECK (
        (state = 'filed') = (judged_by IS NULL) AND (judged_by IS NULL) = (judged_at IS NULL)
        AND (state = 'observed') = (reason IS NOT NULL))
);
CREATE INDEX ix_final_report_agreement_id ON final_report (agreement_id);
CREATE INDEX ix_final_report_consortium_id ON final_report (consortium_id);
CREATE UNIQUE INDEX uq_final_report_standing ON final_report (agreement_id) WHERE state <> 'observed';

-- A report is judged once; what was filed stays as it was.
CREATE FUNCTION check_final_report() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['state', 'judged_by', 'judged_at', 'reason', 'version'];
BEGIN
    IF OLD.state <> 'filed' OR to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later THEN
        RAISE EXCEPTION 'a final report can only be judged, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER final_report_kept BEFORE UPDATE ON final_report
    FOR EACH ROW EXECUTE FUNCTION check_final_report();
CREATE TRIGGER final_report_not_deleted BEFORE DELETE ON final_report
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An agreement closes with its final report approved. Agreements that were closed before stay so.
CREATE FUNCTION demand_final_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM final_report WHERE agreement_id = NEW.id AND state = 'approved') THEN
        RAISE EXCEPTION 'agreement % has no approved final report', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_agreement_final_report';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_reported BEFORE UPDATE OF state ON agreement
    FOR EACH ROW WHEN (NEW.state = 'closed' AND OLD.state <> 'closed')
    EXECUTE FUNCTION demand_final_report();
GRANT SELECT, INSERT, UPDATE ON final_report TO fund_app;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    raise NotImplementedError("final reports are history; restore a backup instead")

"""Milestones with their evidence, own contributions, and tranches that sum to their agreement."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE milestone (
    tranche_id text NOT NULL,
    agreement_id text NOT NULL,
    evidence_required text NOT NULL,
    due_working_days integer,
    due_on date,
    CONSTRAINT pk_milestone PRIMARY KEY (tranche_id),
    CONSTRAINT fk_milestone_tranche_id_tranche FOREIGN KEY (tranche_id) REFERENCES tranche (id),
    CONSTRAINT fk_milestone_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT ck_milestone_due_later CHECK (due_working_days >= 1)
);
CREATE INDEX ix_milestone_agreement_id ON milestone (agreement_id);
INSERT INTO milestone (tranche_id, agreement_id, evidence_required)
    SELECT id, agreement_id, 'Informe del hito con sus sustentos.' FROM tranche;
CREATE TABLE evidence (
    id text NOT NULL,
    kind text NOT NULL,
    agreement_id text NOT NULL,
    consortium_id text NOT NULL,
    tranche_id text,
    amount_centimos bigint,
    text text NOT NULL,
    document_sha256 text NOT NULL,
    state text NOT NULL,
    filed_by text NOT NULL,
    filed_at timestamptz NOT NULL,
    judged_by text,
    judged_at timestamptz,
    reason text,
    CONSTRAINT pk_evidence PRIMARY KEY (id),
    CONSTRAINT fk_evidence_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT fk_evidence_tranche_id_milestone FOREIGN KEY (tranche_id) REFERENCES milestone (tranche_id),
    CONSTRAINT ck_evidence_kind_known CHECK (kind IN ('milestone', 'own')),
    CONSTRAINT ck_evidence_of_a_milestone CHECK ((kind = 'milestone') = (tranche_id IS NOT NULL)),
    CONSTRAINT ck_evidence_own_amount CHECK (
        (kind = 'own') = (amount_centimos IS NOT NULL) AND (amount_centimos IS NULL OR amount_centimos > 0)
    ),
    CONSTRAINT ck_evidence_state_known CHECK (state IN ('filed', 'verified', 'observed')),
    CONSTRAINT ck_evidence_judge_is_another CHECK (judged_by <> filed_by),
    CONSTRAINT ck_evidence_judged_whole CHECK (
        (state = 'filed') = (judged_by IS NULL) AND (judged_by IS NULL) = (judged_at IS NULL)
        AND (state = 'observed') = (reason IS NOT NULL)
    )
);
CREATE INDEX ix_evidence_agreement_id ON evidence (agreement_id);
CREATE INDEX ix_evidence_consortium_id ON evidence (consortium_id);
CREATE UNIQUE INDEX uq_evidence_milestone ON evidence (tranche_id) WHERE state <> 'observed';
CREATE UNIQUE INDEX uq_evidence_own_document ON evidence (document_sha256)
    WHERE kind = 'own' AND state <> 'observed';
GRANT SELECT, INSERT, UPDATE ON milestone, evidence TO fund_app;
"""

TRIGGERS = """
-- A piece of evidence is judged once; what was filed stays as it was.
CREATE FUNCTION check_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'filed'
        OR to_jsonb(NEW) - ARRAY['state', 'judged_by', 'judged_at', 'reason']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'judged_by', 'judged_at', 'reason']
    THEN
        RAISE EXCEPTION 'evidence can only be judged, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_kept BEFORE UPDATE ON evidence FOR EACH ROW EXECUTE FUNCTION check_evidence();
CREATE TRIGGER evidence_not_deleted BEFORE DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER milestone_not_deleted BEFORE DELETE ON milestone FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One céntimo of difference between an agreement and its tranches, by channel, is refused.
CREATE FUNCTION demand_tranche_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole agreement%ROWTYPE;
    grants bigint;
    loans bigint;
BEGIN
    IF TG_TABLE_NAME = 'agreement' THEN
        SELECT * INTO whole FROM agreement WHERE id = NEW.id;
    ELSE
        SELECT * INTO whole FROM agreement WHERE id = NEW.agreement_id;
    END IF;
    SELECT coalesce(sum(amount_centimos) FILTER (WHERE channel = 'agroideas'), 0),
           coalesce(sum(amount_centimos) FILTER (WHERE channel = 'agrobanco'), 0)
        INTO grants, loans FROM tranche WHERE agreement_id = whole.id;
    IF (grants, loans) IS DISTINCT FROM (whole.agroideas_centimos, whole.agrobanco_centimos) THEN
        RAISE EXCEPTION 'agreement %: budget % and %, tranches % and %', whole.id,
            whole.agroideas_centimos, whole.agrobanco_centimos, grants, loans
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_agreement_tranche_sums';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER agreement_tranche_sums
    AFTER INSERT OR UPDATE OF agroideas_centimos, agrobanco_centimos ON agreement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_tranche_sums();
CREATE CONSTRAINT TRIGGER tranche_sums AFTER INSERT OR UPDATE OF amount_centimos, channel ON tranche
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_tranche_sums();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(TRIGGERS)


def downgrade() -> None:
    raise NotImplementedError("evidence is history; restore a backup instead")

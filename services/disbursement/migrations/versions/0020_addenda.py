"""Amendments of agreements, and the versions of an agreement's document that they make."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

DOCUMENTS = """
ALTER TABLE agreement ADD COLUMN document_version integer NOT NULL DEFAULT 1;
ALTER TABLE agreement ALTER COLUMN document_version DROP DEFAULT;
ALTER TABLE agreement_signature DROP CONSTRAINT fk_agreement_signature_agreement_id_agreement_document;
ALTER TABLE agreement_document ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE agreement_document
    ALTER COLUMN version DROP DEFAULT,
    ADD CONSTRAINT ck_agreement_document_version_positive CHECK (version >= 1),
    DROP CONSTRAINT pk_agreement_document,
    ADD CONSTRAINT pk_agreement_document PRIMARY KEY (agreement_id, version);
ALTER TABLE agreement_signature ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE agreement_signature
    ALTER COLUMN version DROP DEFAULT,
    DROP CONSTRAINT pk_agreement_signature,
    ADD CONSTRAINT pk_agreement_signature PRIMARY KEY (agreement_id, version, party),
    DROP CONSTRAINT uq_agreement_signature_agreement_id_holder_sub,
    ADD CONSTRAINT uq_agreement_signature_agreement_id_version_holder_sub
        UNIQUE (agreement_id, version, holder_sub),
    ADD CONSTRAINT fk_agreement_signature_version FOREIGN KEY (agreement_id, version)
        REFERENCES agreement_document (agreement_id, version);
"""

TABLES = """
CREATE TABLE addendum (
    id text NOT NULL,
    agreement_id text NOT NULL,
    application_id text NOT NULL,
    consortium_id text NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    route text NOT NULL,
    reason text NOT NULL,
    plan jsonb NOT NULL,
    former_plan jsonb NOT NULL,
    changes jsonb NOT NULL,
    proposal_sha256 text NOT NULL,
    due_on date NOT NULL,
    drafted_by text NOT NULL,
    drafted_at timestamptz NOT NULL,
    approver text,
    decision_id text,
    ballot_id text,
    resolution_result text,
    document_version integer,
    decided_at timestamptz,
    in_force_at timestamptz,
    ended_by text,
    end_reason text,
    version integer NOT NULL,
    CONSTRAINT pk_addendum PRIMARY KEY (id),
    CONSTRAINT fk_addendum_agreement_id_agreement FOREIGN KEY (agreement_id) REFERENCES agreement (id),
    CONSTRAINT fk_addendum_decision_id_decision FOREIGN KEY (decision_id) REFERENCES decision (id),
    CONSTRAINT fk_addendum_ballot_id_resolution FOREIGN KEY (ballot_id, resolution_result)
        REFERENCES resolution (ballot_id, result),
    CONSTRAINT fk_addendum_document FOREIGN KEY (agreement_id, document_version)
        REFERENCES agreement_document (agreement_id, version),
    CONSTRAINT uq_addendum_agreement_id_number UNIQUE (agreement_id, number),
    CONSTRAINT ck_addendum_state_known CHECK (
        state IN ('drafted', 'in_board', 'approved', 'in_force', 'refused', 'withdrawn')),
    CONSTRAINT ck_addendum_route_known CHECK (route IN ('secretariat', 'board')),
    CONSTRAINT ck_addendum_number_positive CHECK (number >= 1),
    CONSTRAINT ck_addendum_approver_is_another CHECK (approver <> drafted_by),
    CONSTRAINT ck_addendum_approved_by_the_book CHECK (
        state NOT IN ('in_board', 'approved', 'in_force') OR (approver IS NOT NULL AND decision_id IS NOT NULL)),
    CONSTRAINT ck_addendum_board_decides_what_is_the_boards CHECK (
        state NOT IN ('approved', 'in_force') OR (route = 'board') = (ballot_id IS NOT NULL)),
    CONSTRAINT ck_addendum_resolution_whole CHECK ((ballot_id IS NULL) = (resolution_result IS NULL)),
    CONSTRAINT ck_addendum_board_approved CHECK (
        state NOT IN ('approved', 'in_force') OR ballot_id IS NULL OR resolution_result = 'approved'),
    CONSTRAINT ck_addendum_in_force_whole CHECK ((state = 'in_force') = (in_force_at IS NOT NULL)),
    CONSTRAINT ck_addendum_document_drawn CHECK (
        (state IN ('approved', 'in_force')) <= (document_version IS NOT NULL)),
    CONSTRAINT ck_addendum_end_told CHECK (
        state NOT IN ('refused', 'withdrawn') OR (end_reason IS NOT NULL AND ended_by IS NOT NULL))
);
CREATE INDEX ix_addendum_application_id ON addendum (application_id);
CREATE INDEX ix_addendum_consortium_id ON addendum (consortium_id);
CREATE UNIQUE INDEX uq_addendum_open ON addendum (agreement_id)
    WHERE state IN ('drafted', 'in_board', 'approved');
"""

TRIGGERS = """
-- What was proposed stays as it was; an addendum moves only along its life cycle.
CREATE FUNCTION check_addendum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['state', 'route', 'approver', 'decision_id', 'ballot_id', 'resolution_result',
        'document_version', 'decided_at', 'in_force_at', 'ended_by', 'end_reason', 'version'];
BEGIN
    IF to_jsonb(NEW) - later IS DISTINCT FROM to_jsonb(OLD) - later
        OR (NEW.state, OLD.state) NOT IN (
            ('in_board', 'drafted'), ('approved', 'drafted'), ('withdrawn', 'drafted'), ('refused', 'drafted'),
            ('approved', 'in_board'), ('refused', 'in_board'), ('withdrawn', 'in_board'),
            ('in_force', 'approved'), ('withdrawn', 'approved'))
        OR (OLD.state <> 'drafted' AND (NEW.route, NEW.approver, NEW.decision_id)
            IS DISTINCT FROM (OLD.route, OLD.approver, OLD.decision_id))
    THEN
        RAISE EXCEPTION 'an addendum does not change this way' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER addendum_kept BEFORE UPDATE ON addendum FOR EACH ROW EXECUTE FUNCTION check_addendum();
CREATE TRIGGER addendum_not_deleted BEFORE DELETE ON addendum FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An agreement's version changes with an addendum that comes into force, and with nothing else.
CREATE FUNCTION demand_addendum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole agreement%ROWTYPE;
BEGIN
    SELECT * INTO whole FROM agreement WHERE id = NEW.id;
    IF NOT EXISTS (SELECT FROM addendum WHERE agreement_id = whole.id AND state = 'in_force'
        AND document_version = whole.document_version AND plan = whole.plan)
        OR 2 <> (SELECT count(*) FROM agreement_signature
            WHERE agreement_id = whole.id AND version = whole.document_version)
    THEN
        RAISE EXCEPTION 'agreement %: its plan changes by an addendum that both signed', whole.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ck_agreement_amended';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER agreement_amended
    AFTER UPDATE OF plan, document_version, agroideas_centimos, agrobanco_centimos, own_centimos ON agreement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((NEW.plan, NEW.document_version, NEW.agroideas_centimos, NEW.agrobanco_centimos, NEW.own_centimos)
        IS DISTINCT FROM
        (OLD.plan, OLD.document_version, OLD.agroideas_centimos, OLD.agrobanco_centimos, OLD.own_centimos))
    EXECUTE FUNCTION demand_addendum();
GRANT SELECT, INSERT, UPDATE ON addendum TO fund_app;
"""


def upgrade() -> None:
    for part in (DOCUMENTS, TABLES, TRIGGERS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("amendments are history; restore a backup instead")

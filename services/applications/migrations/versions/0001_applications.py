"""Calls, applications, their rounds, documents and timeline."""

from alembic import op

from services.kernel.migrations import append_only, create_kernel_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE call (
    id text NOT NULL CONSTRAINT pk_call PRIMARY KEY,
    code text NOT NULL CONSTRAINT uq_call_code UNIQUE,
    title text NOT NULL,
    opens_on date NOT NULL,
    closes_on date NOT NULL,
    instruments jsonb NOT NULL,
    envelope_centimos bigint NOT NULL,
    per_producer_cap_centimos bigint NOT NULL,
    amendment_term_working_days integer NOT NULL,
    amendment_rounds_max integer NOT NULL,
    evaluation_term_working_days integer NOT NULL,
    board_term_working_days integer NOT NULL,
    version bigint NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT ck_call_period CHECK (closes_on >= opens_on),
    CONSTRAINT ck_call_envelope CHECK (envelope_centimos > 0),
    CONSTRAINT ck_call_per_producer_cap CHECK (per_producer_cap_centimos > 0),
    CONSTRAINT ck_call_instruments CHECK (jsonb_array_length(instruments) BETWEEN 1 AND 2),
    CONSTRAINT ck_call_terms CHECK (amendment_term_working_days > 0 AND amendment_rounds_max >= 0
        AND evaluation_term_working_days > 0 AND board_term_working_days > 0)
);
CREATE TABLE application (
    id text NOT NULL CONSTRAINT pk_application PRIMARY KEY,
    call_id text NOT NULL CONSTRAINT fk_application_call_id_call REFERENCES call (id),
    consortium_id text NOT NULL,
    state text NOT NULL,
    state_reference text,
    state_reason text,
    version bigint NOT NULL,
    round integer NOT NULL,
    plan jsonb NOT NULL,
    dossier_sha256 text,
    submitted_at timestamptz,
    first_submitted_at timestamptz,
    assessment_id text,
    findings_count integer,
    amendment_due_at timestamptz,
    evaluated_by text,
    evaluated_at timestamptz,
    evaluation_score integer,
    evaluation_recommendation text,
    evaluation_reasons text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT ck_application_state CHECK (state IN ('draft', 'submitted', 'under_assessment',
        'observed', 'eligible', 'ineligible', 'evaluated', 'in_board', 'approved', 'rejected',
        'deferred', 'agreed', 'executing', 'closed', 'withdrawn', 'expired', 'suspended',
        'terminated')),
    CONSTRAINT ck_application_round CHECK (round >= 0 AND (round = 0) = (dossier_sha256 IS NULL)
        AND (round = 0) = (submitted_at IS NULL)
        AND (round = 0) = (first_submitted_at IS NULL)
        AND (round > 0 OR state IN ('draft', 'withdrawn', 'expired'))
        AND (round = 0 OR state <> 'draft')),
    CONSTRAINT ck_application_dossier_sha256 CHECK (dossier_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_application_amendment_due_at
        CHECK ((state = 'observed') <= (amendment_due_at IS NOT NULL)),
    CONSTRAINT ck_application_assessment
        CHECK ((assessment_id IS NULL) = (findings_count IS NULL) AND findings_count >= 0),
    CONSTRAINT ck_application_evaluation CHECK (num_nulls(evaluated_by, evaluated_at,
        evaluation_score, evaluation_recommendation, evaluation_reasons) IN (0, 5)
        AND evaluation_score BETWEEN 0 AND 100
        AND evaluation_recommendation IN ('recommend', 'do_not_recommend')),
    CONSTRAINT ck_application_evaluator_is_not_registrar CHECK (evaluated_by <> created_by)
);
CREATE UNIQUE INDEX uq_application_open ON application (consortium_id, call_id)
    WHERE state NOT IN ('closed', 'expired', 'ineligible', 'rejected', 'terminated', 'withdrawn');
CREATE INDEX ix_application_call_id ON application (call_id);
CREATE TABLE application_round (
    application_id text NOT NULL CONSTRAINT fk_application_round_application_id_application
        REFERENCES application (id),
    round integer NOT NULL,
    plan jsonb NOT NULL,
    dossier_sha256 text NOT NULL,
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL,
    CONSTRAINT pk_application_round PRIMARY KEY (application_id, round),
    CONSTRAINT ck_application_round_round CHECK (round > 0),
    CONSTRAINT ck_application_round_dossier_sha256 CHECK (dossier_sha256 ~ '^[0-9a-f]{64}$')
);
CREATE TABLE document (
    id text NOT NULL CONSTRAINT pk_document PRIMARY KEY,
    application_id text NOT NULL CONSTRAINT fk_document_application_id_application
        REFERENCES application (id),
    kind text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    attached_by text NOT NULL,
    attached_at timestamptz NOT NULL,
    CONSTRAINT uq_document_application_id_sha256 UNIQUE (application_id, sha256),
    CONSTRAINT ck_document_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_document_size_bytes CHECK (size_bytes > 0)
);
CREATE TABLE timeline_entry (
    id text NOT NULL CONSTRAINT pk_timeline_entry PRIMARY KEY,
    application_id text NOT NULL CONSTRAINT fk_timeline_entry_application_id_application
        REFERENCES application (id),
    position text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    source text NOT NULL,
    what text NOT NULL,
    subject text NOT NULL,
    event_id text CONSTRAINT uq_timeline_entry_event_id UNIQUE,
    detail jsonb NOT NULL,
    text_es text NOT NULL,
    CONSTRAINT uq_timeline_entry_application_id_position UNIQUE (application_id, position)
);
CREATE INDEX ix_timeline_entry_subject ON timeline_entry (subject);
"""


def upgrade() -> None:
    """Create the room's tables; what is written once may only be added to."""
    create_kernel_tables()
    op.execute(_TABLES)
    op.execute(append_only("application_round"))
    op.execute(append_only("timeline_entry"))
    op.execute(
        "GRANT SELECT, INSERT ON call, application_round, document, timeline_entry TO fund_app;"
        " GRANT SELECT, INSERT, UPDATE ON application TO fund_app;"
    )


def downgrade() -> None:
    """Drop the room's tables; the kernel's own stay."""
    op.execute("DROP TABLE timeline_entry, document, application_round, application, call")

"""Seats, ballots, votes, recusals and resolutions."""

from alembic import op

from services.kernel.migrations import append_only, create_kernel_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE seat_term (
    id text CONSTRAINT pk_seat_term PRIMARY KEY,
    seat text NOT NULL,
    holder_sub text NOT NULL,
    holder_name text NOT NULL,
    chair boolean NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    CONSTRAINT ck_seat_term_seat CHECK (seat IN ('midagri', 'produce', 'mincetur', 'mef')),
    CONSTRAINT ck_seat_term_period CHECK (valid_to > valid_from),
    CONSTRAINT uq_seat_term_holder UNIQUE (id, seat, holder_sub),
    CONSTRAINT ex_seat_term_midagri EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'midagri'),
    CONSTRAINT ex_seat_term_produce EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'produce'),
    CONSTRAINT ex_seat_term_mincetur EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'mincetur'),
    CONSTRAINT ex_seat_term_mef EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'mef'),
    CONSTRAINT ex_seat_term_chair EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (chair)
);
CREATE UNIQUE INDEX uq_seat_term_open ON seat_term (seat) WHERE valid_to IS NULL;

CREATE TABLE ballot (
    id text CONSTRAINT pk_ballot PRIMARY KEY,
    application_id text NOT NULL,
    consortium_id text NOT NULL,
    call_id text NOT NULL,
    dossier_sha256 text NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    opened_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    second_called_at timestamptz,
    closed_at timestamptz,
    result text,
    resolution_number text,
    quorum_required integer,
    present integer,
    votes_for integer,
    votes_against integer,
    tie_broken_by text,
    policy_revision text,
    policy_input jsonb,
    policy_answer jsonb,
    resolution jsonb,
    CONSTRAINT ck_ballot_state CHECK (state IN ('scheduled', 'open', 'second_call', 'decided', 'lapsed')),
    CONSTRAINT ck_ballot_dossier CHECK (dossier_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_ballot_version CHECK (version >= 1),
    CONSTRAINT ck_ballot_decided CHECK (
        (state = 'decided') = (result IS NOT NULL AND resolution_number IS NOT NULL AND resolution IS NOT NULL)
    ),
    CONSTRAINT ck_ballot_closed CHECK (
        (state IN ('decided', 'lapsed')) = (
            closed_at IS NOT NULL AND policy_revision IS NOT NULL AND policy_input IS NOT NULL
            AND policy_answer IS NOT NULL AND quorum_required IS NOT NULL AND present IS NOT NULL
            AND votes_for IS NOT NULL AND votes_against IS NOT NULL
        )
    ),
    CONSTRAINT ck_ballot_result CHECK (result IN ('approved', 'rejected')),
    CONSTRAINT ck_ballot_quorum CHECK (result IS NULL OR present >= quorum_required),
    CONSTRAINT ck_ballot_majority CHECK (
        result IS DISTINCT FROM 'approved' OR votes_for > votes_against
        OR (votes_for = votes_against AND tie_broken_by IS NOT NULL)
    ),
    CONSTRAINT ck_ballot_tie CHECK (tie_broken_by IN ('midagri', 'produce', 'mincetur', 'mef')),
    CONSTRAINT uq_ballot_dossier UNIQUE (application_id, dossier_sha256),
    CONSTRAINT uq_ballot_id_dossier UNIQUE (id, dossier_sha256),
    CONSTRAINT uq_ballot_resolution_number UNIQUE (resolution_number)
);
CREATE INDEX ix_ballot_state ON ballot (state);

CREATE TABLE vote (
    id text CONSTRAINT pk_vote PRIMARY KEY,
    ballot_id text NOT NULL,
    seat text NOT NULL,
    choice text NOT NULL,
    reason text,
    dossier_sha256 text NOT NULL,
    term_id text NOT NULL,
    holder_sub text NOT NULL,
    cast_at timestamptz NOT NULL,
    signature text,
    CONSTRAINT ck_vote_seat CHECK (seat IN ('midagri', 'produce', 'mincetur', 'mef')),
    CONSTRAINT ck_vote_choice CHECK (choice IN ('for', 'against')),
    CONSTRAINT ck_vote_reason CHECK (choice = 'for' OR coalesce(reason, '') ~ '\\S'),
    CONSTRAINT uq_vote_ballot_id_seat UNIQUE (ballot_id, seat),
    CONSTRAINT fk_vote_ballot FOREIGN KEY (ballot_id, dossier_sha256) REFERENCES ballot (id, dossier_sha256),
    CONSTRAINT fk_vote_seat_term FOREIGN KEY (term_id, seat, holder_sub) REFERENCES seat_term (id, seat, holder_sub)
);

CREATE TABLE recusal (
    id text CONSTRAINT pk_recusal PRIMARY KEY,
    ballot_id text NOT NULL,
    seat text NOT NULL,
    ground integer NOT NULL,
    reason text NOT NULL,
    term_id text NOT NULL,
    holder_sub text NOT NULL,
    raised_at timestamptz NOT NULL,
    CONSTRAINT ck_recusal_seat CHECK (seat IN ('midagri', 'produce', 'mincetur', 'mef')),
    CONSTRAINT ck_recusal_ground CHECK (ground BETWEEN 1 AND 6),
    CONSTRAINT uq_recusal_ballot_id_seat UNIQUE (ballot_id, seat),
    CONSTRAINT fk_recusal_ballot FOREIGN KEY (ballot_id) REFERENCES ballot (id),
    CONSTRAINT fk_recusal_seat_term FOREIGN KEY (term_id, seat, holder_sub) REFERENCES seat_term (id, seat, holder_sub)
);

CREATE TABLE resolution_counter (
    year integer CONSTRAINT pk_resolution_counter PRIMARY KEY,
    last integer NOT NULL,
    CONSTRAINT ck_resolution_counter_last CHECK (last >= 1)
);
"""

_TRIGGERS = """
-- A term is history: only the end of the open one may be written, once.
CREATE FUNCTION check_seat_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_to IS NOT NULL
        OR (NEW.id, NEW.seat, NEW.holder_sub, NEW.holder_name, NEW.chair, NEW.valid_from)
        IS DISTINCT FROM (OLD.id, OLD.seat, OLD.holder_sub, OLD.holder_name, OLD.chair, OLD.valid_from)
    THEN
        RAISE EXCEPTION 'a seat term can only be ended' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'seat_term_history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seat_term_history BEFORE UPDATE ON seat_term FOR EACH ROW EXECUTE FUNCTION check_seat_term();
CREATE TRIGGER seat_term_kept BEFORE DELETE ON seat_term FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER seat_term_no_truncate BEFORE TRUNCATE ON seat_term FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A ballot keeps its dossier, moves only along its life cycle, and is final once closed.
CREATE FUNCTION check_ballot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('decided', 'lapsed') THEN
        RAISE EXCEPTION 'a closed ballot is final' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_final';
    END IF;
    IF (NEW.id, NEW.application_id, NEW.consortium_id, NEW.call_id, NEW.dossier_sha256, NEW.opened_at)
        IS DISTINCT FROM (OLD.id, OLD.application_id, OLD.consortium_id, OLD.call_id, OLD.dossier_sha256, OLD.opened_at)
        OR NEW.version <> OLD.version + 1
        OR NOT (NEW.state = OLD.state OR (OLD.state, NEW.state) IN (
            ('scheduled', 'open'), ('open', 'second_call'), ('open', 'decided'),
            ('second_call', 'decided'), ('second_call', 'lapsed')))
    THEN
        RAISE EXCEPTION 'a ballot does not change this way' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ballot_moves BEFORE UPDATE ON ballot FOR EACH ROW EXECUTE FUNCTION check_ballot();
CREATE TRIGGER ballot_kept BEFORE DELETE ON ballot FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The ballot's row is locked FOR SHARE: a close in progress (FOR UPDATE) is waited for and seen.
CREATE FUNCTION check_vote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_ballot ballot%ROWTYPE;
BEGIN
    SELECT * INTO found_ballot FROM ballot WHERE id = NEW.ballot_id FOR SHARE;
    IF found_ballot.state NOT IN ('open', 'second_call') OR NEW.cast_at >= found_ballot.closes_at THEN
        RAISE EXCEPTION 'the ballot takes no votes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_in_open_ballot';
    END IF;
    IF EXISTS (SELECT 1 FROM recusal WHERE ballot_id = NEW.ballot_id AND seat = NEW.seat) THEN
        RAISE EXCEPTION 'the seat is recused' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_not_recused';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vote_admitted BEFORE INSERT ON vote FOR EACH ROW EXECUTE FUNCTION check_vote();

-- FOR UPDATE: no vote of the same seat can slip in between the check and the row.
CREATE FUNCTION check_recusal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_ballot ballot%ROWTYPE;
BEGIN
    SELECT * INTO found_ballot FROM ballot WHERE id = NEW.ballot_id FOR UPDATE;
    IF found_ballot.state NOT IN ('open', 'second_call') OR NEW.raised_at >= found_ballot.closes_at THEN
        RAISE EXCEPTION 'the ballot takes no recusals' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recusal_in_open_ballot';
    END IF;
    IF EXISTS (SELECT 1 FROM vote WHERE ballot_id = NEW.ballot_id AND seat = NEW.seat) THEN
        RAISE EXCEPTION 'the seat has voted' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recusal_before_vote';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recusal_admitted BEFORE INSERT ON recusal FOR EACH ROW EXECUTE FUNCTION check_recusal();
"""

_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON seat_term, ballot, resolution_counter TO fund_app;
GRANT SELECT, INSERT ON vote, recusal TO fund_app;
"""


def upgrade() -> None:
    create_kernel_tables()
    op.execute(_TABLES)
    op.execute(_TRIGGERS)
    op.execute(append_only("vote"))
    op.execute(append_only("recusal"))
    op.execute(_GRANTS)


def downgrade() -> None:
    op.execute("DROP TABLE resolution_counter, recusal, vote, ballot, seat_term")
    op.execute("DROP FUNCTION check_recusal, check_vote, check_ballot, check_seat_term")
    op.execute("DROP TABLE audit_link, audit, idempotency, parked_aggregate, inbox, outbox")
    op.execute("DROP FUNCTION link_audit, refuse_change, notify_outbox")

"""Signed votes on a compiled file, deferrals, recusals that somebody decides."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BALLOTS = """
CREATE TABLE ballot_file (
    ballot_id text NOT NULL,
    sequence integer NOT NULL,
    file_sha256 text NOT NULL,
    dossier_sha256 text NOT NULL,
    file jsonb NOT NULL,
    reason text NOT NULL,
    compiled_by text NOT NULL,
    compiled_at timestamptz NOT NULL,
    CONSTRAINT pk_ballot_file PRIMARY KEY (ballot_id, sequence),
    CONSTRAINT uq_ballot_file_hash UNIQUE (ballot_id, file_sha256, dossier_sha256),
    CONSTRAINT ck_ballot_file_sequence CHECK (sequence >= 1),
    CONSTRAINT ck_ballot_file_hash CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_ballot_file_ballot FOREIGN KEY (ballot_id, dossier_sha256) REFERENCES ballot (id, dossier_sha256)
);

DROP TRIGGER ballot_moves ON ballot;
ALTER TABLE ballot
    ADD COLUMN file_sha256 text,
    ADD COLUMN file_sequence integer NOT NULL DEFAULT 1,
    ADD COLUMN session_id text,
    ADD COLUMN votes_from timestamptz,
    ADD COLUMN blind boolean NOT NULL DEFAULT true,
    ADD COLUMN alternates_called_at timestamptz,
    ADD COLUMN cites_ballot_id text,
    ADD COLUMN abstentions integer,
    ADD COLUMN conditions jsonb,
    DROP CONSTRAINT ck_ballot_state,
    ADD CONSTRAINT ck_ballot_state CHECK (state IN ('scheduled', 'open', 'second_call', 'decided', 'lapsed', 'deferred', 'withdrawn')),
    ADD CONSTRAINT ck_ballot_final CHECK ((state IN ('decided', 'lapsed', 'deferred', 'withdrawn')) = (closed_at IS NOT NULL)),
    ADD CONSTRAINT ck_ballot_conditions CHECK (conditions IS NULL OR (jsonb_typeof(conditions) = 'array' AND (jsonb_array_length(conditions) = 0 OR result = 'approved'))),
    DROP CONSTRAINT uq_ballot_dossier,
    ADD CONSTRAINT uq_ballot_dossier UNIQUE NULLS NOT DISTINCT (application_id, dossier_sha256, cites_ballot_id),
    ADD CONSTRAINT uq_ballot_cites_ballot_id UNIQUE (cites_ballot_id),
    ADD CONSTRAINT fk_ballot_cites_ballot_id_ballot FOREIGN KEY (cites_ballot_id) REFERENCES ballot (id),
    ADD CONSTRAINT fk_ballot_session_id_board_session FOREIGN KEY (session_id) REFERENCES board_session (id);
-- Ballots from before had no compiled file: theirs says so, and holds the dossier's hash alone.
UPDATE ballot SET file_sha256 = encode(sha256(convert_to('{"dossier_sha256":"' || dossier_sha256 || '"}', 'UTF8')), 'hex');
ALTER TABLE ballot ALTER COLUMN file_sha256 SET NOT NULL;
INSERT INTO ballot_file (ballot_id, sequence, file_sha256, dossier_sha256, file, reason, compiled_by, compiled_at)
    SELECT id, 1, file_sha256, dossier_sha256, jsonb_build_object('dossier_sha256', dossier_sha256), 'Antes del expediente compilado.', 'migration', opened_at FROM ballot;
CREATE UNIQUE INDEX uq_ballot_live ON ballot (application_id) WHERE state IN ('scheduled', 'open', 'second_call');
CREATE INDEX ix_ballot_session_id ON ballot (session_id);

ALTER TABLE vote DISABLE TRIGGER USER;
ALTER TABLE vote
    ADD COLUMN file_sha256 text,
    ADD COLUMN capacity text NOT NULL DEFAULT 'titular',
    ADD COLUMN legal_bar text,
    ADD COLUMN conditions jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN signed_at timestamptz,
    ADD COLUMN nonce text,
    ADD COLUMN key_id text;
UPDATE vote SET file_sha256 = ballot.file_sha256 FROM ballot WHERE ballot.id = vote.ballot_id;
ALTER TABLE vote
    ALTER COLUMN file_sha256 SET NOT NULL,
    DROP CONSTRAINT ck_vote_choice,
    DROP CONSTRAINT ck_vote_reason,
    DROP CONSTRAINT uq_vote_ballot_id_seat,
    DROP CONSTRAINT fk_vote_ballot,
    DROP CONSTRAINT fk_vote_seat_term,
    ADD CONSTRAINT ck_vote_choice CHECK (choice IN ('for', 'against', 'abstain')),
    ADD CONSTRAINT ck_vote_reason CHECK (choice = 'for' OR coalesce(reason, '') ~ '\\S'),
    ADD CONSTRAINT ck_vote_legal_bar CHECK ((choice = 'abstain') = (coalesce(legal_bar, '') ~ '\\S')),
    ADD CONSTRAINT ck_vote_conditions CHECK (jsonb_typeof(conditions) = 'array' AND (choice = 'for' OR jsonb_array_length(conditions) = 0)),
    ADD CONSTRAINT ck_vote_signed CHECK (signature IS NOT NULL AND key_id IS NOT NULL AND nonce IS NOT NULL AND signed_at IS NOT NULL) NOT VALID,
    ADD CONSTRAINT uq_vote_ballot_id_seat UNIQUE (ballot_id, seat, file_sha256),
    ADD CONSTRAINT uq_vote_nonce UNIQUE (holder_sub, nonce),
    ADD CONSTRAINT fk_vote_ballot_file FOREIGN KEY (ballot_id, file_sha256, dossier_sha256) REFERENCES ballot_file (ballot_id, file_sha256, dossier_sha256),
    ADD CONSTRAINT fk_vote_member_key FOREIGN KEY (key_id, holder_sub) REFERENCES member_key (id, holder_sub),
    ADD CONSTRAINT fk_vote_seat_term FOREIGN KEY (term_id, seat, holder_sub, capacity) REFERENCES seat_term (id, seat, holder_sub, capacity);
ALTER TABLE vote ENABLE TRIGGER USER;

CREATE TABLE deferral (
    ballot_id text CONSTRAINT pk_deferral PRIMARY KEY,
    file_sha256 text NOT NULL,
    seat text NOT NULL,
    holder_sub text NOT NULL,
    capacity text NOT NULL,
    term_id text NOT NULL,
    reason text NOT NULL,
    until date NOT NULL,
    signed_at timestamptz NOT NULL,
    nonce text NOT NULL,
    key_id text NOT NULL,
    signature text NOT NULL,
    deferred_at timestamptz NOT NULL,
    CONSTRAINT ck_deferral_reason CHECK (reason ~ '\\S'),
    CONSTRAINT fk_deferral_ballot_id_ballot FOREIGN KEY (ballot_id) REFERENCES ballot (id),
    CONSTRAINT fk_deferral_member_key FOREIGN KEY (key_id, holder_sub) REFERENCES member_key (id, holder_sub),
    CONSTRAINT fk_deferral_seat_term FOREIGN KEY (term_id, seat, holder_sub, capacity) REFERENCES seat_term (id, seat, holder_sub, capacity)
);
"""

_RECUSALS = """
ALTER TABLE recusal DISABLE TRIGGER USER;
ALTER TABLE recusal
    ADD COLUMN origin text NOT NULL DEFAULT 'declared',
    ADD COLUMN raised_by text,
    ADD COLUMN late boolean NOT NULL DEFAULT false,
    ADD COLUMN decide_by timestamptz,
    ADD COLUMN outcome text NOT NULL DEFAULT 'accepted',
    ADD COLUMN decided_by text,
    ADD COLUMN decision_reason text,
    ADD COLUMN decided_at timestamptz;
UPDATE recusal SET raised_by = holder_sub, decide_by = raised_at, decided_by = 'migration', decided_at = raised_at,
    decision_reason = 'Antes de que las abstenciones se decidieran.';
ALTER TABLE recusal
    ALTER COLUMN raised_by SET NOT NULL,
    ALTER COLUMN decide_by SET NOT NULL,
    ALTER COLUMN origin DROP DEFAULT,
    ALTER COLUMN outcome DROP DEFAULT,
    ALTER COLUMN late DROP DEFAULT,
    DROP CONSTRAINT uq_recusal_ballot_id_seat,
    ADD CONSTRAINT ck_recusal_origin CHECK (origin IN ('declared', 'proposed', 'detected')),
    ADD CONSTRAINT ck_recusal_origin_person CHECK ((origin = 'declared') = (raised_by = holder_sub)),
    ADD CONSTRAINT ck_recusal_outcome CHECK (outcome IN ('pending', 'accepted', 'dismissed')),
    ADD CONSTRAINT ck_recusal_decided CHECK ((outcome = 'pending') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (decision_reason IS NULL));
CREATE UNIQUE INDEX uq_recusal_standing ON recusal (ballot_id, seat, holder_sub) WHERE outcome <> 'dismissed';
CREATE INDEX ix_recusal_pending ON recusal (decide_by) WHERE outcome = 'pending';
DROP TRIGGER recusal_append_only ON recusal;
DROP TRIGGER recusal_admitted ON recusal;
ALTER TABLE recusal ENABLE TRIGGER USER;
"""

_TRIGGERS = """
-- A ballot keeps its dossier, moves only along its life cycle, and is final once closed. It is
-- decided by the votes on its last file, with no recusal left open: PostgreSQL counts them itself.
CREATE OR REPLACE FUNCTION check_ballot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    counted record;
BEGIN
    IF OLD.state IN ('decided', 'lapsed', 'deferred', 'withdrawn') THEN
        RAISE EXCEPTION 'a closed ballot is final' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_final';
    END IF;
    IF (NEW.id, NEW.application_id, NEW.consortium_id, NEW.call_id, NEW.dossier_sha256, NEW.opened_at, NEW.cites_ballot_id)
        IS DISTINCT FROM (OLD.id, OLD.application_id, OLD.consortium_id, OLD.call_id, OLD.dossier_sha256, OLD.opened_at, OLD.cites_ballot_id)
        OR NEW.version <> OLD.version + 1
        OR NOT (NEW.state = OLD.state OR (OLD.state, NEW.state) IN (
            ('scheduled', 'open'), ('scheduled', 'withdrawn'), ('open', 'second_call'), ('open', 'decided'),
            ('open', 'deferred'), ('open', 'withdrawn'), ('second_call', 'decided'), ('second_call', 'lapsed'),
            ('second_call', 'deferred'), ('second_call', 'withdrawn')))
        OR ((NEW.file_sha256, NEW.file_sequence) IS DISTINCT FROM (OLD.file_sha256, OLD.file_sequence)
            AND (NEW.file_sequence <> OLD.file_sequence + 1 OR NEW.state <> OLD.state))
    THEN
        RAISE EXCEPTION 'a ballot does not change this way' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_moves';
    END IF;
    IF NEW.state IN ('decided', 'lapsed') THEN
        IF EXISTS (SELECT FROM recusal WHERE ballot_id = NEW.id AND outcome = 'pending') THEN
            RAISE EXCEPTION 'a recusal awaits its decision' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_recusal_pending';
        END IF;
        SELECT count(*) FILTER (WHERE choice = 'for') AS votes_for, count(*) FILTER (WHERE choice = 'against') AS votes_against,
            count(*) FILTER (WHERE choice = 'abstain') AS abstentions
            INTO counted FROM vote WHERE ballot_id = NEW.id AND file_sha256 = NEW.file_sha256;
        IF (counted.votes_for, counted.votes_against, counted.abstentions) IS DISTINCT FROM
            (NEW.votes_for::bigint, NEW.votes_against::bigint, coalesce(NEW.abstentions, 0)::bigint)
        THEN
            RAISE EXCEPTION 'the outcome is not the count of the votes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballot_count';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ballot_moves BEFORE UPDATE ON ballot FOR EACH ROW EXECUTE FUNCTION check_ballot();

-- The ballot's row is locked FOR SHARE: a close in progress (FOR UPDATE) is waited for and seen.
CREATE OR REPLACE FUNCTION check_vote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_ballot ballot%ROWTYPE;
    found_term seat_term%ROWTYPE;
BEGIN
    SELECT * INTO found_ballot FROM ballot WHERE id = NEW.ballot_id FOR SHARE;
    IF found_ballot.state NOT IN ('open', 'second_call') OR NEW.cast_at >= found_ballot.closes_at THEN
        RAISE EXCEPTION 'the ballot takes no votes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_in_open_ballot';
    END IF;
    IF NEW.cast_at < found_ballot.votes_from THEN
        RAISE EXCEPTION 'the session is not open' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_in_session';
    END IF;
    IF NEW.file_sha256 <> found_ballot.file_sha256 THEN
        RAISE EXCEPTION 'the vote is on another file' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_on_file';
    END IF;
    SELECT * INTO found_term FROM seat_term WHERE id = NEW.term_id;
    IF NEW.cast_at < found_term.valid_from OR NEW.cast_at >= found_term.valid_to THEN
        RAISE EXCEPTION 'the term is not in force' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_in_term';
    END IF;
    IF NEW.capacity = 'alternate' AND found_ballot.alternates_called_at IS NULL
        AND EXISTS (SELECT FROM seat_term WHERE seat = NEW.seat AND capacity = 'titular'
            AND valid_from <= NEW.cast_at AND (valid_to IS NULL OR valid_to > NEW.cast_at))
        AND NOT EXISTS (SELECT FROM seat_absence WHERE seat = NEW.seat AND from_at <= NEW.cast_at AND to_at > NEW.cast_at)
    THEN
        RAISE EXCEPTION 'the titular votes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_by_alternate';
    END IF;
    IF EXISTS (SELECT FROM recusal WHERE ballot_id = NEW.ballot_id AND holder_sub = NEW.holder_sub AND outcome <> 'dismissed') THEN
        RAISE EXCEPTION 'the seat is recused' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_not_recused';
    END IF;
    IF EXISTS (SELECT FROM member_key WHERE id = NEW.key_id AND revoked_at <= NEW.cast_at) THEN
        RAISE EXCEPTION 'the key is revoked' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'vote_key_revoked';
    END IF;
    RETURN NEW;
END $$;

-- FOR UPDATE: no vote of the same seat can slip in between the check and the row. A recusal is
-- decided once; afterwards it is history.
CREATE OR REPLACE FUNCTION check_recusal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_ballot ballot%ROWTYPE;
BEGIN
    SELECT * INTO found_ballot FROM ballot WHERE id = NEW.ballot_id FOR UPDATE;
    IF TG_OP = 'UPDATE' AND (OLD.outcome <> 'pending' OR NEW.outcome = 'pending'
        OR (NEW.id, NEW.ballot_id, NEW.seat, NEW.ground, NEW.reason, NEW.term_id, NEW.holder_sub, NEW.raised_at, NEW.origin, NEW.raised_by, NEW.late, NEW.decide_by)
        IS DISTINCT FROM (OLD.id, OLD.ballot_id, OLD.seat, OLD.ground, OLD.reason, OLD.term_id, OLD.holder_sub, OLD.raised_at, OLD.origin, OLD.raised_by, OLD.late, OLD.decide_by))
    THEN
        RAISE EXCEPTION 'a recusal is decided once' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recusal_decided_once';
    END IF;
    IF found_ballot.state NOT IN ('open', 'second_call') OR (TG_OP = 'INSERT' AND NEW.raised_at >= found_ballot.closes_at) THEN
        RAISE EXCEPTION 'the ballot takes no recusals' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recusal_in_open_ballot';
    END IF;
    IF NEW.outcome <> 'dismissed' AND EXISTS (SELECT FROM vote WHERE ballot_id = NEW.ballot_id AND holder_sub = NEW.holder_sub AND file_sha256 = found_ballot.file_sha256) THEN
        RAISE EXCEPTION 'the seat has voted' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recusal_before_vote';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recusal_admitted BEFORE INSERT OR UPDATE ON recusal FOR EACH ROW EXECUTE FUNCTION check_recusal();
CREATE TRIGGER recusal_kept BEFORE DELETE ON recusal FOR EACH ROW EXECUTE FUNCTION refuse_change();

"""

_GRANTS = """
GRANT SELECT, INSERT ON ballot_file, deferral TO fund_app;
GRANT UPDATE ON recusal TO fund_app;
"""


def upgrade() -> None:
    for part in (_BALLOTS, _RECUSALS, _TRIGGERS):
        op.execute(part)
    for table in ("ballot_file", "deferral"):
        op.execute(append_only(table))
    op.execute(_GRANTS)


def downgrade() -> None:
    raise NotImplementedError("votes on several files do not fit the older tables")

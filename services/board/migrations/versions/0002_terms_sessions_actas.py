"""Terms by date, alternates, absences, keys, interests; sessions and actas."""

from alembic import op

from services.kernel.migrations import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SEATS = """
ALTER TABLE seat_term
    ADD COLUMN capacity text NOT NULL DEFAULT 'titular',
    ADD COLUMN resolution text,
    ADD COLUMN deputy_chair boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT ck_seat_term_capacity CHECK (capacity IN ('titular', 'alternate')),
    ADD CONSTRAINT ck_seat_term_presiding CHECK (NOT (chair AND deputy_chair) AND (capacity = 'titular' OR NOT (chair OR deputy_chair))),
    ADD CONSTRAINT uq_seat_term_capacity UNIQUE (id, seat, holder_sub, capacity),
    ADD CONSTRAINT ex_seat_term_deputy_chair EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (deputy_chair),
    DROP CONSTRAINT ex_seat_term_midagri, DROP CONSTRAINT ex_seat_term_produce,
    DROP CONSTRAINT ex_seat_term_mincetur, DROP CONSTRAINT ex_seat_term_mef,
    ADD CONSTRAINT ex_seat_term_midagri_titular EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'midagri' AND capacity = 'titular'),
    ADD CONSTRAINT ex_seat_term_midagri_alternate EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'midagri' AND capacity = 'alternate'),
    ADD CONSTRAINT ex_seat_term_produce_titular EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'produce' AND capacity = 'titular'),
    ADD CONSTRAINT ex_seat_term_produce_alternate EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'produce' AND capacity = 'alternate'),
    ADD CONSTRAINT ex_seat_term_mincetur_titular EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'mincetur' AND capacity = 'titular'),
    ADD CONSTRAINT ex_seat_term_mincetur_alternate EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'mincetur' AND capacity = 'alternate'),
    ADD CONSTRAINT ex_seat_term_mef_titular EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'mef' AND capacity = 'titular'),
    ADD CONSTRAINT ex_seat_term_mef_alternate EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (seat = 'mef' AND capacity = 'alternate');
DROP INDEX uq_seat_term_open;
CREATE UNIQUE INDEX uq_seat_term_open ON seat_term (seat, capacity) WHERE valid_to IS NULL;
CREATE INDEX ix_seat_term_holder_sub ON seat_term (holder_sub);

CREATE TABLE seat_absence (
    id text CONSTRAINT pk_seat_absence PRIMARY KEY,
    seat text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    reason text NOT NULL,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    CONSTRAINT ck_seat_absence_seat CHECK (seat IN ('midagri', 'produce', 'mincetur', 'mef')),
    CONSTRAINT ck_seat_absence_period CHECK (to_at > from_at)
);
CREATE INDEX ix_seat_absence_seat ON seat_absence (seat);

CREATE TABLE member_key (
    id text CONSTRAINT pk_member_key PRIMARY KEY,
    holder_sub text NOT NULL,
    algorithm text NOT NULL,
    jwk jsonb NOT NULL,
    signed_at timestamptz NOT NULL,
    signature text NOT NULL,
    registered_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_by text,
    revoked_reason text,
    CONSTRAINT ck_member_key_algorithm CHECK (algorithm IN ('EdDSA', 'ES256')),
    CONSTRAINT ck_member_key_revoked CHECK ((revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoked_reason IS NULL)),
    CONSTRAINT uq_member_key_holder UNIQUE (id, holder_sub)
);
CREATE INDEX ix_member_key_holder_sub ON member_key (holder_sub);

CREATE TABLE interest (
    id text CONSTRAINT pk_interest PRIMARY KEY,
    holder_sub text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    name text NOT NULL,
    relation text NOT NULL,
    ground integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    declared_at timestamptz NOT NULL,
    CONSTRAINT ck_interest_kind CHECK (kind IN ('ruc', 'dni')),
    CONSTRAINT ck_interest_ground CHECK (ground BETWEEN 1 AND 6),
    CONSTRAINT ck_interest_period CHECK (valid_to >= valid_from)
);
CREATE INDEX ix_interest_value ON interest (value);
CREATE INDEX ix_interest_holder_sub ON interest (holder_sub);
"""

_SESSIONS = """
CREATE TABLE board_session (
    id text CONSTRAINT pk_board_session PRIMARY KEY,
    number text NOT NULL CONSTRAINT uq_board_session_number UNIQUE,
    kind text NOT NULL,
    mode text NOT NULL,
    place text NOT NULL,
    blind boolean NOT NULL,
    waived_notice boolean NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    convened_by text NOT NULL,
    convened_at timestamptz NOT NULL,
    first_call_at timestamptz NOT NULL,
    second_call_at timestamptz NOT NULL,
    voting_closes_at timestamptz NOT NULL,
    opened_at timestamptz,
    opened_on_call text,
    closed_at timestamptz,
    CONSTRAINT ck_board_session_kind CHECK (kind IN ('ordinary', 'extraordinary')),
    CONSTRAINT ck_board_session_mode CHECK (mode IN ('virtual', 'in_person')),
    CONSTRAINT ck_board_session_state CHECK (state IN ('convened', 'second_call', 'voting', 'closed', 'not_held')),
    CONSTRAINT ck_board_session_version CHECK (version >= 1),
    CONSTRAINT ck_board_session_times CHECK (convened_at < first_call_at AND first_call_at < second_call_at AND second_call_at < voting_closes_at),
    CONSTRAINT ck_board_session_opened CHECK ((opened_at IS NULL) = (opened_on_call IS NULL) AND (state IN ('voting', 'closed')) = (opened_at IS NOT NULL)),
    CONSTRAINT ck_board_session_opened_on_call CHECK (opened_on_call IN ('first', 'second')),
    CONSTRAINT ck_board_session_closed CHECK ((state IN ('closed', 'not_held')) = (closed_at IS NOT NULL))
);
CREATE TABLE agenda_item (
    session_id text NOT NULL,
    position integer NOT NULL,
    ballot_id text NOT NULL,
    title text NOT NULL,
    CONSTRAINT pk_agenda_item PRIMARY KEY (session_id, position),
    CONSTRAINT uq_agenda_item_session_id_ballot_id UNIQUE (session_id, ballot_id),
    CONSTRAINT fk_agenda_item_session_id_board_session FOREIGN KEY (session_id) REFERENCES board_session (id),
    CONSTRAINT fk_agenda_item_ballot_id_ballot FOREIGN KEY (ballot_id) REFERENCES ballot (id),
    CONSTRAINT ck_agenda_item_position CHECK (position >= 1)
);
CREATE TABLE attendance (
    session_id text NOT NULL,
    seat text NOT NULL,
    holder_sub text NOT NULL,
    capacity text NOT NULL,
    term_id text NOT NULL,
    call text NOT NULL,
    attended_at timestamptz NOT NULL,
    CONSTRAINT pk_attendance PRIMARY KEY (session_id, holder_sub, call),
    CONSTRAINT ck_attendance_seat CHECK (seat IN ('midagri', 'produce', 'mincetur', 'mef')),
    CONSTRAINT ck_attendance_call CHECK (call IN ('first', 'second')),
    CONSTRAINT fk_attendance_session_id_board_session FOREIGN KEY (session_id) REFERENCES board_session (id),
    CONSTRAINT fk_attendance_seat_term FOREIGN KEY (term_id, seat, holder_sub, capacity) REFERENCES seat_term (id, seat, holder_sub, capacity)
);
"""

_ACTAS = """
CREATE TABLE acta (
    id text CONSTRAINT pk_acta PRIMARY KEY,
    number text NOT NULL CONSTRAINT uq_acta_number UNIQUE,
    session_id text CONSTRAINT uq_acta_session_id UNIQUE,
    ballot_id text CONSTRAINT uq_acta_ballot_id UNIQUE,
    content jsonb NOT NULL,
    content_sha256 text NOT NULL CONSTRAINT uq_acta_content_sha256 UNIQUE,
    previous_sha256 text CONSTRAINT uq_acta_previous_sha256 UNIQUE,
    drawn_by text NOT NULL,
    drawn_at timestamptz NOT NULL,
    sealed_at timestamptz,
    seal jsonb,
    CONSTRAINT ck_acta_subject CHECK (num_nonnulls(session_id, ballot_id) = 1),
    CONSTRAINT ck_acta_sealed CHECK ((sealed_at IS NULL) = (seal IS NULL)),
    CONSTRAINT ck_acta_content_sha256 CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_acta_session_id_board_session FOREIGN KEY (session_id) REFERENCES board_session (id),
    CONSTRAINT fk_acta_ballot_id_ballot FOREIGN KEY (ballot_id) REFERENCES ballot (id),
    CONSTRAINT fk_acta_previous_sha256_acta FOREIGN KEY (previous_sha256) REFERENCES acta (content_sha256)
);
CREATE UNIQUE INDEX uq_acta_first ON acta ((true)) WHERE previous_sha256 IS NULL;
CREATE TABLE acta_signature (
    acta_id text NOT NULL,
    seat text NOT NULL,
    holder_sub text NOT NULL,
    key_id text NOT NULL,
    content_sha256 text NOT NULL,
    signed_at timestamptz NOT NULL,
    nonce text NOT NULL,
    signature text NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_acta_signature PRIMARY KEY (acta_id, seat, holder_sub),
    CONSTRAINT fk_acta_signature_acta_id_acta FOREIGN KEY (acta_id) REFERENCES acta (id),
    CONSTRAINT fk_acta_signature_member_key FOREIGN KEY (key_id, holder_sub) REFERENCES member_key (id, holder_sub)
);
CREATE TABLE number_counter (
    kind text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    CONSTRAINT pk_number_counter PRIMARY KEY (kind, year),
    CONSTRAINT ck_number_counter_last CHECK (last >= 1)
);
INSERT INTO number_counter (kind, year, last) SELECT 'resolution', year, last FROM resolution_counter;
DROP TABLE resolution_counter;
"""

_TRIGGERS = """
-- A term is history: its end may be set once, or drawn nearer while it lies ahead, and never before
-- a vote that was cast in it. One person holds one place on the board at a time.
CREATE OR REPLACE FUNCTION check_seat_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.seat, NEW.capacity, NEW.holder_sub, NEW.holder_name, NEW.resolution, NEW.chair, NEW.deputy_chair, NEW.valid_from)
            IS DISTINCT FROM (OLD.id, OLD.seat, OLD.capacity, OLD.holder_sub, OLD.holder_name, OLD.resolution, OLD.chair, OLD.deputy_chair, OLD.valid_from)
            OR NEW.valid_to IS NULL OR NEW.valid_to >= OLD.valid_to
            OR EXISTS (SELECT FROM vote WHERE term_id = NEW.id AND cast_at >= NEW.valid_to)
        THEN
            RAISE EXCEPTION 'a seat term can only be ended' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'seat_term_history';
        END IF;
    ELSIF EXISTS (
        SELECT FROM seat_term AS other WHERE other.holder_sub = NEW.holder_sub AND other.id <> NEW.id
            AND tstzrange(other.valid_from, other.valid_to) && tstzrange(NEW.valid_from, NEW.valid_to)
            AND NOT isempty(tstzrange(other.valid_from, other.valid_to) * tstzrange(NEW.valid_from, NEW.valid_to))
    ) THEN
        RAISE EXCEPTION 'a person holds one place on the board at a time' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'seat_term_one_person';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER seat_term_history ON seat_term;
CREATE TRIGGER seat_term_history BEFORE INSERT OR UPDATE ON seat_term FOR EACH ROW EXECUTE FUNCTION check_seat_term();

-- A key is history too: it may be revoked, once.
CREATE FUNCTION check_member_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL OR (NEW.id, NEW.holder_sub, NEW.algorithm, NEW.jwk, NEW.signed_at, NEW.signature, NEW.registered_at)
        IS DISTINCT FROM (OLD.id, OLD.holder_sub, OLD.algorithm, OLD.jwk, OLD.signed_at, OLD.signature, OLD.registered_at)
    THEN
        RAISE EXCEPTION 'a key can only be revoked' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'member_key_history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER member_key_history BEFORE UPDATE ON member_key FOR EACH ROW EXECUTE FUNCTION check_member_key();

-- An interest is ended, never rewritten.
CREATE FUNCTION check_interest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_to IS NOT NULL OR (NEW.id, NEW.holder_sub, NEW.kind, NEW.value, NEW.name, NEW.relation, NEW.ground, NEW.valid_from, NEW.declared_at)
        IS DISTINCT FROM (OLD.id, OLD.holder_sub, OLD.kind, OLD.value, OLD.name, OLD.relation, OLD.ground, OLD.valid_from, OLD.declared_at)
    THEN
        RAISE EXCEPTION 'an interest can only be ended' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'interest_history';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER interest_history BEFORE UPDATE ON interest FOR EACH ROW EXECUTE FUNCTION check_interest();

-- An acta is final when it is sealed; before that only the seal is missing.
CREATE FUNCTION check_acta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sealed_at IS NOT NULL OR NEW.sealed_at IS NULL
        OR (NEW.id, NEW.number, NEW.session_id, NEW.ballot_id, NEW.content, NEW.content_sha256, NEW.previous_sha256, NEW.drawn_by, NEW.drawn_at)
        IS DISTINCT FROM (OLD.id, OLD.number, OLD.session_id, OLD.ballot_id, OLD.content, OLD.content_sha256, OLD.previous_sha256, OLD.drawn_by, OLD.drawn_at)
    THEN
        RAISE EXCEPTION 'an acta can only be sealed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'acta_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER acta_final BEFORE UPDATE ON acta FOR EACH ROW EXECUTE FUNCTION check_acta();
CREATE TRIGGER acta_kept BEFORE DELETE ON acta FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION check_acta_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM acta WHERE id = NEW.acta_id AND content_sha256 = NEW.content_sha256 AND sealed_at IS NULL) THEN
        RAISE EXCEPTION 'the acta takes no signature' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'acta_signature_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER acta_signature_admitted BEFORE INSERT ON acta_signature FOR EACH ROW EXECUTE FUNCTION check_acta_signature();

-- A session keeps what it was convened with, moves only along its life cycle, and is final once closed.
CREATE FUNCTION check_board_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.number, NEW.kind, NEW.mode, NEW.place, NEW.blind, NEW.waived_notice, NEW.convened_by, NEW.convened_at, NEW.first_call_at, NEW.second_call_at, NEW.voting_closes_at)
        IS DISTINCT FROM (OLD.id, OLD.number, OLD.kind, OLD.mode, OLD.place, OLD.blind, OLD.waived_notice, OLD.convened_by, OLD.convened_at, OLD.first_call_at, OLD.second_call_at, OLD.voting_closes_at)
        OR NEW.version <> OLD.version + 1
        OR OLD.state IN ('closed', 'not_held')
        OR NOT (NEW.state = OLD.state OR (OLD.state, NEW.state) IN (
            ('convened', 'second_call'), ('convened', 'voting'), ('convened', 'not_held'),
            ('second_call', 'voting'), ('second_call', 'not_held'), ('voting', 'closed')))
    THEN
        RAISE EXCEPTION 'a session does not change this way' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'board_session_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER board_session_moves BEFORE UPDATE ON board_session FOR EACH ROW EXECUTE FUNCTION check_board_session();
CREATE TRIGGER board_session_kept BEFORE DELETE ON board_session FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

_GRANTS = """
GRANT SELECT, INSERT ON seat_absence, attendance, agenda_item, acta_signature TO fund_app;
GRANT SELECT, INSERT, UPDATE ON member_key, interest, board_session, acta, number_counter TO fund_app;
"""


def upgrade() -> None:
    for part in (_SEATS, _SESSIONS, _ACTAS, _TRIGGERS):
        op.execute(part)
    for table in ("seat_absence", "attendance", "agenda_item", "acta_signature"):
        op.execute(append_only(table))
    op.execute(_GRANTS)


def downgrade() -> None:
    raise NotImplementedError("actas and keys are proof: they are not taken down")

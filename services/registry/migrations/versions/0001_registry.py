"""Anchor firms, producers, parcels, PPA snapshots, consortia and memberships."""

from alembic import op

from services.kernel.migrations import append_only, create_kernel_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE anchor_firm (
    id text NOT NULL CONSTRAINT pk_anchor_firm PRIMARY KEY,
    ruc text NOT NULL CONSTRAINT uq_anchor_firm_ruc UNIQUE
        CONSTRAINT ck_anchor_firm_ruc CHECK (ruc ~ '^(10|15|16|17|20)[0-9]{9}$'),
    legal_name text NOT NULL,
    ruc_state text NOT NULL
        CONSTRAINT ck_anchor_firm_ruc_state CHECK (ruc_state IN ('ACTIVO', 'BAJA', 'SUSPENDIDO')),
    ruc_condition text NOT NULL CONSTRAINT ck_anchor_firm_ruc_condition
        CHECK (ruc_condition IN ('HABIDO', 'NO_HABIDO', 'NO_HALLADO')),
    exporting boolean NOT NULL,
    ubigeo_scheme text NOT NULL
        CONSTRAINT ck_anchor_firm_ubigeo_scheme CHECK (ubigeo_scheme IN ('INEI', 'RENIEC')),
    ubigeo_code text NOT NULL
        CONSTRAINT ck_anchor_firm_ubigeo_code CHECK (ubigeo_code ~ '^[0-9]{6}$'),
    created_at timestamptz NOT NULL
);

CREATE TABLE producer (
    id text NOT NULL CONSTRAINT pk_producer PRIMARY KEY,
    dni text NOT NULL CONSTRAINT uq_producer_dni UNIQUE
        CONSTRAINT ck_producer_dni CHECK (dni ~ '^[0-9]{8}$'),
    full_name text NOT NULL,
    sex text NOT NULL CONSTRAINT ck_producer_sex CHECK (sex IN ('F', 'M', 'X')),
    born_on date NOT NULL
        CONSTRAINT ck_producer_born_on CHECK (born_on BETWEEN '1900-01-01' AND '2100-12-31'),
    alive boolean NOT NULL,
    cci text NOT NULL CONSTRAINT ck_producer_cci CHECK (cci ~ '^[0-9]{20}$'),
    created_at timestamptz NOT NULL
);

CREATE TABLE parcel (
    id text NOT NULL CONSTRAINT pk_parcel PRIMARY KEY,
    producer_id text NOT NULL CONSTRAINT fk_parcel_producer_id_producer REFERENCES producer (id),
    code text NOT NULL,
    area_m2 integer NOT NULL
        CONSTRAINT ck_parcel_area_m2 CHECK (area_m2 BETWEEN 1 AND 100000000),
    crop text NOT NULL,
    tenure text NOT NULL,
    ubigeo_scheme text NOT NULL
        CONSTRAINT ck_parcel_ubigeo_scheme CHECK (ubigeo_scheme IN ('INEI', 'RENIEC')),
    ubigeo_code text NOT NULL
        CONSTRAINT ck_parcel_ubigeo_code CHECK (ubigeo_code ~ '^[0-9]{6}$'),
    CONSTRAINT uq_parcel_producer_id_code UNIQUE (producer_id, code)
);

CREATE TABLE ppa_registration (
    id text NOT NULL CONSTRAINT pk_ppa_registration PRIMARY KEY,
    producer_id text NOT NULL
        CONSTRAINT fk_ppa_registration_producer_id_producer REFERENCES producer (id),
    valid_from date NOT NULL,
    valid_to date,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT ck_ppa_registration_period CHECK (valid_to > valid_from),
    CONSTRAINT ck_ppa_registration_bounds CHECK (
        valid_from >= '1900-01-01' AND coalesce(valid_to, valid_from) <= '2100-12-31'
    )
);
CREATE INDEX ix_ppa_registration_producer_id ON ppa_registration (producer_id);

CREATE TABLE consortium (
    id text NOT NULL CONSTRAINT pk_consortium PRIMARY KEY,
    name text NOT NULL,
    anchor_firm_id text NOT NULL
        CONSTRAINT fk_consortium_anchor_firm_id_anchor_firm REFERENCES anchor_firm (id),
    cci text NOT NULL CONSTRAINT ck_consortium_cci CHECK (cci ~ '^[0-9]{20}$'),
    independent_accounting boolean NOT NULL,
    version bigint NOT NULL CONSTRAINT ck_consortium_version CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX ix_consortium_name ON consortium (name);
CREATE INDEX ix_consortium_anchor_firm_id ON consortium (anchor_firm_id);

CREATE TABLE membership (
    id text NOT NULL CONSTRAINT pk_membership PRIMARY KEY,
    consortium_id text NOT NULL
        CONSTRAINT fk_membership_consortium_id_consortium REFERENCES consortium (id),
    producer_id text NOT NULL
        CONSTRAINT fk_membership_producer_id_producer REFERENCES producer (id),
    product text NOT NULL,
    annual_volume_kg bigint NOT NULL CONSTRAINT ck_membership_annual_volume_kg
        CHECK (annual_volume_kg BETWEEN 0 AND 2000000000),
    price_formula text NOT NULL,
    joined_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT ck_membership_period CHECK (withdrawn_at >= joined_at)
);
CREATE UNIQUE INDEX uq_membership_current ON membership (consortium_id, producer_id)
    WHERE withdrawn_at IS NULL;
CREATE INDEX ix_membership_producer_id ON membership (producer_id);

GRANT SELECT, INSERT ON anchor_firm, producer, parcel, ppa_registration TO fund_app;
GRANT SELECT, INSERT, UPDATE ON consortium, membership TO fund_app;
"""


def upgrade() -> None:
    create_kernel_tables()
    op.execute(TABLES)
    op.execute(append_only("ppa_registration"))


def downgrade() -> None:
    op.execute(
        "DROP TABLE membership, consortium, ppa_registration, parcel, producer, anchor_firm;"
        "DROP TABLE outbox, inbox, parked_aggregate, idempotency, audit, audit_link;"
        "DROP FUNCTION notify_outbox(), refuse_change(), link_audit();"
    )

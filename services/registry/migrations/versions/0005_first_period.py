"""A producer's first period in the padrón stands with the producer, and nobody changes it.

What is said later is added to ppa_registration, as before. So a national load writes one table, not
two of two million rows with a foreign key between them. Digits are checked byte by byte: translate
looks through a set of characters for each character. The schema `incoming` is where an import
prepares what it then puts in place at once.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DIGITS = r"'\x30313233343536373839'"
COLUMNS = rf"""
CREATE SCHEMA incoming;

ALTER TABLE producer
    ADD COLUMN ppa_from date,
    ADD COLUMN ppa_to date,
    ADD CONSTRAINT ck_producer_ppa CHECK (
        (ppa_from IS NOT NULL OR ppa_to IS NULL) AND ppa_to > ppa_from
        AND ppa_from >= '1900-01-01' AND coalesce(ppa_to, ppa_from) <= '2100-12-31'
    ),
    DROP CONSTRAINT ck_producer_dni,
    DROP CONSTRAINT ck_producer_cci,
    ADD CONSTRAINT ck_producer_dni
        CHECK (octet_length(dni) = 8 AND ltrim(convert_to(dni, 'UTF8'), {DIGITS}) = ''),
    ADD CONSTRAINT ck_producer_cci
        CHECK (octet_length(cci) = 20 AND ltrim(convert_to(cci, 'UTF8'), {DIGITS}) = '');

CREATE TRIGGER producer_first_period BEFORE UPDATE OF ppa_from, ppa_to ON producer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACK = """
INSERT INTO ppa_registration (id, producer_id, valid_from, valid_to, recorded_at)
SELECT 'ppa_' || substr(id, 5), id, ppa_from, ppa_to, created_at
FROM producer WHERE ppa_from IS NOT NULL;

DROP TRIGGER producer_first_period ON producer;
ALTER TABLE producer DROP COLUMN ppa_from, DROP COLUMN ppa_to,
    DROP CONSTRAINT ck_producer_dni, DROP CONSTRAINT ck_producer_cci,
    ADD CONSTRAINT ck_producer_dni
        CHECK (length(dni) = 8 AND translate(dni, '0123456789', '') = ''),
    ADD CONSTRAINT ck_producer_cci
        CHECK (length(cci) = 20 AND translate(cci, '0123456789', '') = '');
DROP SCHEMA incoming CASCADE;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(BACK)

"""A producer's DNI and CCI are looked through for other than digits together, at half the cost.

A pattern that looks for one wrong character is cheap; what costs is each call, and a pattern that
counts.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TOGETHER = """
ALTER TABLE producer DROP CONSTRAINT ck_producer_dni, DROP CONSTRAINT ck_producer_cci,
    ADD CONSTRAINT ck_producer_digits CHECK (
        octet_length(dni) = 8 AND octet_length(cci) = 20 AND (dni || cci) !~ '[^0-9]'
    );
"""
APART = r"""
ALTER TABLE producer DROP CONSTRAINT ck_producer_digits,
    ADD CONSTRAINT ck_producer_dni CHECK (
        octet_length(dni) = 8
        AND ltrim(convert_to(dni, 'UTF8'), '\x30313233343536373839') = ''
    ),
    ADD CONSTRAINT ck_producer_cci CHECK (
        octet_length(cci) = 20
        AND ltrim(convert_to(cci, 'UTF8'), '\x30313233343536373839') = ''
    );
"""


def upgrade() -> None:
    op.execute(TOGETHER)


def downgrade() -> None:
    op.execute(APART)

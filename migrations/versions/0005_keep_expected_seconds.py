"""Keep with each job how long it was expected to run

Revision ID: 0005
Revises: 0004

The column may be left out of an INSERT, so that processes of the version before go on meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("expected_seconds", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "expected_seconds")

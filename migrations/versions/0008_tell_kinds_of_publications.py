"""Tell what kind of file a publication is: a compilation, as all were, or a training set

Revision ID: 0008
Revises: 0007

The column may be left out of an INSERT, so that processes of the version before go on meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("kind", sa.Text(), server_default="compilation", nullable=False))


def downgrade() -> None:
    op.drop_column("publications", "kind")

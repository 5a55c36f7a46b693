"""Create the shares by which owners let others read results

Revision ID: 0007
Revises: 0005

A table of its own: processes of the version before go on without it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_shares",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("creation_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "reader", name="pk_job_shares"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_shares_job_id", ondelete="CASCADE"),
    )
    op.create_index("ix_job_shares_reader", "job_shares", ["reader"])


def downgrade() -> None:
    op.drop_index("ix_job_shares_reader", table_name="job_shares")
    op.drop_table("job_shares")

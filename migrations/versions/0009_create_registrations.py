"""Create the registrations of results elsewhere

Revision ID: 0009
Revises: 0008

A table of its own: processes of the version before go on without it, and the jobs that they delete take theirs along.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registrations",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("sealed_token", sa.Text(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("request_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_end", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="pk_registrations"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_registrations_job_id", ondelete="CASCADE"),
    )
    op.create_index(
        "ix_registrations_due",
        "registrations",
        ["request_time"],
        postgresql_where=sa.text("state IN ('WAITING', 'RUNNING')"),
    )


def downgrade() -> None:
    op.drop_index("ix_registrations_due", table_name="registrations")
    op.drop_table("registrations")

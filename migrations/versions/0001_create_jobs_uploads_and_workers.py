"""Create jobs, uploads and workers

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("creation_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queue_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destruction", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("execution_duration", sa.Integer(), nullable=False),
        sa.Column("quote", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("request", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("inputs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("results", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("progress", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("record", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lost_runs", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_end", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(
        "ix_jobs_active",
        "jobs",
        ["phase", "queue_time"],
        unique=False,
        postgresql_where=sa.text("phase IN ('QUEUED', 'EXECUTING')"),
    )
    op.create_index(
        "ix_jobs_destruction", "jobs", ["destruction"], unique=False, postgresql_where=sa.text("phase <> 'ARCHIVED'")
    )
    op.create_index("ix_jobs_inputs", "jobs", ["inputs"], unique=False, postgresql_using="gin")
    op.create_index("ix_jobs_kind_end_time", "jobs", ["kind", "end_time"], unique=False)
    op.create_index("ix_jobs_owner_creation_time", "jobs", ["owner", "creation_time"], unique=False)
    op.create_index("ix_jobs_owner_start_time", "jobs", ["owner", "start_time"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("creation_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deletion_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_job_id", "uploads", ["job_id"], unique=False)
    op.create_index("ix_uploads_owner_creation_time", "uploads", ["owner", "creation_time"], unique=False)
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )


def downgrade() -> None:
    op.drop_table("workers")
    op.drop_index("ix_uploads_owner_creation_time", table_name="uploads")
    op.drop_index("ix_uploads_job_id", table_name="uploads")
    op.drop_table("uploads")
    op.drop_index("ix_jobs_owner_start_time", table_name="jobs")
    op.drop_index("ix_jobs_owner_creation_time", table_name="jobs")
    op.drop_index("ix_jobs_kind_end_time", table_name="jobs")
    op.drop_index("ix_jobs_inputs", table_name="jobs", postgresql_using="gin")
    op.drop_index("ix_jobs_destruction", table_name="jobs", postgresql_where=sa.text("phase <> 'ARCHIVED'"))
    op.drop_index("ix_jobs_active", table_name="jobs", postgresql_where=sa.text("phase IN ('QUEUED', 'EXECUTING')"))
    op.drop_table("jobs")

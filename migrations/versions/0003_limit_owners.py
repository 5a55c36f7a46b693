"""Keep the limit of running jobs and the bytes of results with each job

Revision ID: 0003
Revises: 0002

Both columns may be left out of an INSERT, so that processes of the version before go on meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNT = """
UPDATE jobs SET result_bytes = counted.bytes
FROM (
    SELECT id, sum(size) AS bytes
    FROM (
        SELECT DISTINCT jobs.id, result ->> 'blob' AS blob, (result ->> 'size')::bigint AS size
        FROM jobs, json_array_elements(jobs.results) AS result
    ) AS files
    GROUP BY id
) AS counted
WHERE jobs.id = counted.id
"""


def upgrade() -> None:
    op.add_column("jobs", sa.Column("running_limit", sa.Integer(), nullable=True))
    op.add_column("jobs", sa.Column("result_bytes", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(_COUNT)


def downgrade() -> None:
    op.drop_column("jobs", "result_bytes")
    op.drop_column("jobs", "running_limit")

"""The tables of the job store, and the clock by which all of its times are taken."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "ApiTokenRow",
    "JobRow",
    "JobShareRow",
    "PublicationRow",
    "PublicationTagRow",
    "RegistrationRow",
    "TableBase",
    "UploadRow",
    "WorkerRow",
    "clock",
    "stamp",
]

TIMESTAMP = DateTime(timezone=True)


class Identifier(TypeDecorator[str]):
    """The id of a job or an upload. Whatever else somebody asks for is no id, and finds nothing."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """PostgreSQL takes neither NUL nor half a surrogate pair; the empty text is nobody's id."""
        return value if value is None or (value.isascii() and value.isprintable()) else ""


class TableBase(DeclarativeBase):
    """Base of all tables; constraints have predictable names, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
        }
    )
    # JSON, not JSONB: it keeps what it is given to the letter, NUL characters in a user's text included.
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy declares it without ClassVar)
        datetime: TIMESTAMP,
        str: Text,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        list[str]: ARRAY(Text),
    }


class JobRow(TableBase):
    """One job. Whoever changes it says in the same statement from which phases (and attempt) it may change."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    kind: Mapped[str]
    owner: Mapped[str]
    phase: Mapped[str] = mapped_column(String(16))
    creation_time: Mapped[datetime]
    queue_time: Mapped[datetime | None]
    """When RUN was asked: the order of the queue, and the age of its oldest job."""
    start_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]
    destruction: Mapped[datetime | None]
    deletion_time: Mapped[datetime | None]
    """When its owner deleted it: from then on nobody sees it, while its files are being removed."""
    execution_duration: Mapped[int] = mapped_column(Integer)
    quote: Mapped[datetime | None]
    expected_seconds: Mapped[float | None]
    """How long it was to run by what it asks for; how long such jobs took shows how far that can be trusted."""
    run_id: Mapped[str | None]
    parameters: Mapped[list[Any]]
    request: Mapped[dict[str, Any]]
    inputs: Mapped[list[str]]
    results: Mapped[list[Any]]
    error: Mapped[dict[str, Any] | None]
    progress: Mapped[dict[str, Any] | None]
    notes: Mapped[list[Any]]
    record: Mapped[dict[str, Any] | None]
    running_limit: Mapped[int | None] = mapped_column(Integer)
    """Executing jobs that its owner may have; None = what the worker's settings say."""
    result_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Of the files of its results, each counted once."""
    attempt: Mapped[int] = mapped_column(Integer)
    lost_runs: Mapped[int] = mapped_column(Integer)
    """Runs that ended because their worker stopped answering; handed-back runs do not count."""
    worker: Mapped[str | None]
    lease_end: Mapped[datetime | None]
    """Until then the job is its worker's; afterwards anybody may claim it."""

    __table_args__ = (
        Index("ix_jobs_owner_creation_time", "owner", "creation_time"),
        Index("ix_jobs_owner_start_time", "owner", "start_time"),
        Index("ix_jobs_kind_end_time", "kind", "end_time"),
        # Few jobs are active, and claims and the reconciler ask for these alone.
        Index("ix_jobs_active", "phase", "queue_time", postgresql_where=text("phase IN ('QUEUED', 'EXECUTING')")),
        Index("ix_jobs_destruction", "destruction", postgresql_where=text("phase <> 'ARCHIVED'")),
        Index("ix_jobs_inputs", "inputs", postgresql_using="gin"),
    )


class JobShareRow(TableBase):
    """One reader of a job besides its owner; it goes with the job."""

    __tablename__ = "job_shares"

    job_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    reader: Mapped[str] = mapped_column(Identifier, primary_key=True)
    creation_time: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_shares_job_id", ondelete="CASCADE"),
        Index("ix_job_shares_reader", "reader"),
    )


class UploadRow(TableBase):
    """One uploaded table; its state is that of the job that inspects it."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    owner: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    creation_time: Mapped[datetime]
    deletion_time: Mapped[datetime | None]
    blob: Mapped[str]
    job_id: Mapped[str] = mapped_column(Identifier)

    __table_args__ = (
        Index("ix_uploads_owner_creation_time", "owner", "creation_time"),
        Index("ix_uploads_job_id", "job_id"),
    )


class WorkerRow(TableBase):
    """One worker that reported itself alive."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    slots: Mapped[int] = mapped_column(Integer)
    """Jobs that it runs at once."""
    heartbeat: Mapped[datetime]


class PublicationRow(TableBase):
    """One version of a published file; it never changes but for being retired."""

    __tablename__ = "publications"

    name: Mapped[str] = mapped_column(Identifier, primary_key=True)
    version: Mapped[str] = mapped_column(Identifier, primary_key=True)
    release: Mapped[str]
    blob: Mapped[str]
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    details: Mapped[dict[str, Any]]
    record: Mapped[dict[str, Any] | None]
    required_right: Mapped[str | None]
    publication_time: Mapped[datetime]
    retirement_time: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(server_default="compilation")
    """Whose lists it is in; a name is used by one kind alone."""


class PublicationTagRow(TableBase):
    """A tag of one release, on the version that carries it now."""

    __tablename__ = "publication_tags"

    name: Mapped[str] = mapped_column(Identifier, primary_key=True)
    release: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tag: Mapped[str] = mapped_column(Identifier, primary_key=True)
    version: Mapped[str] = mapped_column(Identifier)
    tag_time: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["name", "version"], ["publications.name", "publications.version"], name="fk_publication_tags_version"
        ),
    )


class ApiTokenRow(TableBase):
    """One token that a user made for a script; what could be used to sign in is not in it."""

    __tablename__ = "api_tokens"

    key: Mapped[str] = mapped_column(Identifier, primary_key=True)
    """The part of the token that may be shown."""
    owner: Mapped[str]
    name: Mapped[str]
    secret_sha256: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]]
    rights: Mapped[list[str]]
    """Data rights that its owner had when it was made, besides those of groups."""
    groups: Mapped[list[str]]
    creation_time: Mapped[datetime]
    expiry_time: Mapped[datetime]
    last_use_time: Mapped[datetime | None]
    """Within an hour."""
    revocation_time: Mapped[datetime | None]

    __table_args__ = (Index("ix_api_tokens_owner", "owner"),)


class RegistrationRow(TableBase):
    """What is to become, or has become, of a job's result elsewhere; one row for each job that asked for it."""

    __tablename__ = "registrations"

    job_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    owner: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    name: Mapped[str]
    """Never changes: by it another run finds what an earlier one registered."""
    wanted: Mapped[dict[str, Any]]
    sealed_token: Mapped[str | None]
    """Of the owner, unreadable here; forgotten once the registration has ended."""
    outcome: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    request_time: Mapped[datetime]
    change_time: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(Integer)
    lease_end: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_registrations_job_id", ondelete="CASCADE"),
        Index("ix_registrations_due", "request_time", postgresql_where=text("state IN ('WAITING', 'RUNNING')")),
    )


def clock() -> ColumnElement[datetime]:
    """The database's time now, for leases: the machines of the workers need not agree on theirs."""
    return func.clock_timestamp(type_=TIMESTAMP)


def stamp() -> ColumnElement[datetime]:
    """The database's time in the milliseconds that are published, so that AFTER finds nothing after itself."""
    return func.date_trunc("milliseconds", clock(), type_=TIMESTAMP)

"""What parent and child say to each other: one JSON document a line, over a socket pair."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from trainingset.errors import Problem
from trainingset.order import InputFile, Order, StageProgress
from trainingset.registry import CatalogCard, CatalogEntry

__all__ = [
    "Command",
    "Done",
    "Event",
    "Exhausted",
    "Failed",
    "InspectTable",
    "MakeTrainingSet",
    "Outcome",
    "Progressed",
    "ReadCard",
    "Ready",
    "Refused",
    "Unavailable",
    "read_command",
    "read_event",
    "to_line",
]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class MakeTrainingSet(_Message):
    """Run a recipe of either kind; answered with `trainingset.order.TrainingSetFiles`."""

    command: Literal["make"] = "make"
    order: Order
    niceness: int = Field(default=0, ge=0)
    """How far it gives way to other computations."""


class InspectTable(_Message):
    """Read a table that a user sent; answered with its `trainingset.profile.TableProfile`."""

    command: Literal["inspect"] = "inspect"
    table: InputFile
    most_rows: int | None = None
    """Rows from which a table is refused; None without a limit."""
    folder: str | None = None
    """For files under way: the parent removes it, whatever becomes of the child."""


class ReadCard(_Message):
    """Open a registered catalog; answered with its `trainingset.registry.CatalogCard`."""

    command: Literal["card"] = "card"
    entry: CatalogEntry
    known: CatalogCard | None = None
    """The card that was written last, which is the answer while the catalog is the same."""


Command = MakeTrainingSet | InspectTable | ReadCard


class Ready(_Message):
    """Everything is imported; commands are taken from now on."""

    event: Literal["ready"] = "ready"


class Progressed(_Message):
    """The computation has come further."""

    event: Literal["progress"] = "progress"
    progress: StageProgress


class Done(_Message):
    """The command was carried out."""

    event: Literal["done"] = "done"
    value: dict[str, Any]
    resident_bytes: int
    """Memory that the child holds afterwards: it is retired when that grows too large."""


class Refused(_Message):
    """What was asked for cannot be done; the user can mend it."""

    event: Literal["refused"] = "refused"
    problems: tuple[Problem, ...]


class Unavailable(_Message):
    """A catalog or input cannot be read now."""

    event: Literal["unavailable"] = "unavailable"
    message: str


class Exhausted(_Message):
    """The memory that the child may use did not suffice."""

    event: Literal["exhausted"] = "exhausted"


class Failed(_Message):
    """An exception that nobody expected; the traceback is for the operator alone."""

    event: Literal["failed"] = "failed"
    traceback: str


Outcome = Done | Refused | Unavailable | Exhausted | Failed
Event = Ready | Progressed | Outcome

_COMMANDS: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="command")])
_EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def read_command(line: bytes) -> Command:
    """Read one line from the parent."""
    return _COMMANDS.validate_json(line)


def read_event(line: bytes) -> Event:
    """Read one line from the child."""
    return _EVENTS.validate_json(line)


def to_line(message: Command | Event) -> bytes:
    """Write a message as one line."""
    return message.model_dump_json().encode() + b"\n"

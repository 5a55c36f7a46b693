"""VOTable in its three serializations, read by a plain XML scanner of our own.

Nothing of the document is looked up elsewhere: document types, entities, external streams and foreign
serializations are refused as they appear, and nothing is allocated for what a header claims.
"""

from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

import pyarrow as pa

from trainingset.frames import frame_of_votable
from trainingset.readers.raw import MAX_COLUMNS, RawColumn, RawTable, check_claim, refused
from trainingset.readers.votable_binary import decode_stream
from trainingset.readers.votable_field import VotableField
from trainingset.readers.votable_text import TextRows

__all__ = ["read_votable", "read_votable_header"]

MAX_DEPTH = 50
"""Deepest nesting of elements; real documents stay below ten."""

MAX_SYSTEMS = 1000
"""Most coordinate systems of one document."""

MAX_TOKEN_BYTES = 8 * 2**20
"""Longest tag or comment. A parser that gets a longer one in pieces begins it anew with each piece, which takes time
that grows with the square of its length (CVE-2023-52425, mended in Expat 2.6, which not every Python has)."""

_CHUNK = 2**20


def read_votable(path: Path, *, name: str) -> RawTable:
    """Read the first table with data of a VOTable.

    Raises
    ------
    TableError
        If it is not well-formed, is truncated, reports an error itself, or holds what is refused: a document type,
        entities, external or foreign streams, more rows or columns than the limits.
    """
    scanner = _Scanner(name)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                scanner.feed(chunk)
        scanner.close()
    except expat.ExpatError as error:
        message = f"is no well-formed XML (line {error.lineno}: {expat.ErrorString(error.code)}); it may be truncated."
        raise refused(name, message, value=f"line {error.lineno}") from error
    except (LookupError, ValueError) as error:
        raise refused(name, f"cannot be read as a VOTable: {error}.") from error
    return scanner.table()


def read_votable_header(document: bytes) -> RawTable:
    """Columns of a VOTable without its rows, as a Parquet file keeps them in its footer (VOParquet).

    Raises
    ------
    TableError
        If it is not well-formed, or holds what `read_votable` refuses.
    """
    name = "footer"
    scanner = _Scanner(name)
    try:
        scanner.feed(document)
        scanner.close()
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise refused(name, f"cannot be read as a VOTable: {error}.") from error
    return scanner.header()


class _Scanner:
    """Follows the elements of a document and keeps what belongs to its first table with data."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.buffer_size = 2**16
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._fed_bytes = 0
        self._path: list[str] = []
        self._text: list[str] = []
        self._fields: list[VotableField] = []
        self._systems: dict[str, _CoordinateSystem] = {}
        self._claimed: int | None = None
        self._rows: TextRows | None = None
        self._serialization = ""
        self._stream: str | None = None
        self._tables_with_data = 0
        self._error: str | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the document."""
        self._parser.Parse(chunk, False)
        self._fed_bytes += len(chunk)
        if self._fed_bytes - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
            limit = f"{MAX_TOKEN_BYTES // 2**20} MiB"
            message = f"has a tag or comment of more than {limit} (in line {self._parser.CurrentLineNumber})."
            raise refused(self._name, message, limit=limit)

    def close(self) -> None:
        """Say that the document has ended."""
        self._parser.Parse(b"", True)

    def table(self) -> RawTable:
        """What was read, as columns."""
        if self._error is not None:
            raise refused(self._name, f"is an error report and no table: {self._error[:300]!r}.", value="QUERY_STATUS")
        if not self._fields:
            raise refused(self._name, "is a VOTable without a table that has columns.")
        values = self._values()
        rows = len(next((column for column in values if column is not None), ()))
        if self._claimed is not None and rows != self._claimed:
            message = f"claims {self._claimed} rows but has {rows}: it is truncated or was changed. Send it again."
            raise refused(self._name, message, value=f"{rows} rows", limit=f"{self._claimed} rows")
        columns = tuple(self._column(field, column) for field, column in zip(self._fields, values, strict=True))
        several = f"Read the first of {self._tables_with_data} tables of the document."
        notes = (several,) if self._tables_with_data > 1 else ()
        return RawTable("votable", columns, notes, self._frame_of_all())

    def header(self) -> RawTable:
        """Columns without rows."""
        columns = tuple(self._column(field, None) for field in self._fields)
        return RawTable("votable", columns, frame=self._frame_of_all())

    def _column(self, field: VotableField, values: pa.ChunkedArray | None) -> RawColumn:
        """A column with the frame and epoch of the coordinate system that it refers to."""
        system = self._systems.get(field.ref or "")
        column = field.column(values)
        return column if system is None else column._replace(frame=system.frame, epoch=system.epoch)

    def _frame_of_all(self) -> str | None:
        """Frame of a table whose columns refer to no system, but whose document declares one."""
        if any(field.ref in self._systems for field in self._fields):
            return None
        frames = {system.frame for system in self._systems.values()}
        if len(frames) > 1:
            message = (
                f"declares several frames ({', '.join(sorted(frames))}), but not which columns are in which; give the "
                "FIELDs a ref to their COOSYS, or leave the other COOSYS out."
            )
            raise refused(self._name, message, value="COOSYS")
        return next(iter(frames), None)

    def _values(self) -> list[pa.ChunkedArray | None]:
        if self._stream is not None:
            return decode_stream(self._serialization, self._stream, self._fields, name=self._name)
        rows = TextRows(self._fields, name=self._name) if self._rows is None else self._rows
        return rows.columns()

    # --- elements

    def _start(self, qualified: str, attributes: dict[str, str]) -> None:
        element = qualified.rpartition(":")[2]
        parent = self._path[-1] if self._path else ""
        self._path.append(element)
        if len(self._path) > MAX_DEPTH:
            raise refused(self._name, f"nests elements more than {MAX_DEPTH} deep.", limit=f"{MAX_DEPTH} levels")
        match element:
            case "TABLE" if self._tables_with_data == 0:
                self._begin_table(attributes)
            case "FIELD" if self._tables_with_data == 0 and parent == "TABLE":
                self._fields.append(VotableField.read(attributes))
                check_claim(self._name, rows=self._claimed or 0, columns=len(self._fields))
            case "COOSYS" if self._tables_with_data == 0:
                self._systems[attributes.get("ID", f"{len(self._systems)}")] = _CoordinateSystem.read(attributes)
                self._check_systems()
            case "VALUES" if self._tables_with_data == 0 and parent == "FIELD":
                self._fields[-1] = self._fields[-1].with_null(attributes.get("null"))
            case "DESCRIPTION" if self._tables_with_data == 0 and parent == "FIELD":
                self._begin_text()
            case "INFO" if _is_error(attributes):
                self._error = attributes.get("value", "")
                self._begin_text()
            case "TABLEDATA" | "BINARY" | "BINARY2":
                self._begin_data(element)
            case "STREAM":
                self._begin_stream(attributes)
            case "FITS" | "PARQUET" if parent == "DATA":
                message = f"keeps its rows as {element} inside the VOTable; send TABLEDATA, BINARY or BINARY2."
                raise refused(self._name, message, value=element)

    def _end(self, qualified: str) -> None:
        element = self._path.pop()
        text = "".join(self._text) if self._parser.CharacterDataHandler else ""
        match element:
            case "DESCRIPTION" if text and self._path and self._path[-1] == "FIELD":
                self._fields[-1] = self._fields[-1].with_description(text)
            case "INFO" if text.strip():
                self._error = text.strip()
            case "STREAM" if self._stream is None and self._serialization:
                self._stream = text
        self._parser.CharacterDataHandler = None

    def _check_systems(self) -> None:
        if len(self._systems) > MAX_SYSTEMS:
            message = f"declares more than {MAX_SYSTEMS} coordinate systems (COOSYS)."
            raise refused(self._name, message, limit=f"{MAX_SYSTEMS} systems")

    def _begin_table(self, attributes: dict[str, str]) -> None:
        self._fields = []
        claimed = attributes.get("nrows", "").strip()
        if claimed and not claimed.isdecimal():
            raise refused(self._name, f"claims nrows={claimed[:40]!r}, which is no number.", value=claimed[:40])
        self._claimed = int(claimed[:30]) if claimed else None
        check_claim(self._name, rows=self._claimed or 0, columns=1)

    def _begin_data(self, element: str) -> None:
        self._tables_with_data += 1
        if self._tables_with_data > 1:
            return
        if element == "TABLEDATA":
            self._rows = TextRows(self._fields, name=self._name)
            self._follow_rows(self._rows)
        else:
            self._serialization = element

    def _begin_stream(self, attributes: dict[str, str]) -> None:
        if "href" in attributes:
            message = "keeps its rows at another address (STREAM href), which is never followed; send them inside."
            raise refused(self._name, message, value=attributes["href"][:80])
        if self._tables_with_data == 1 and self._stream is None:
            encoding = attributes.get("encoding", "none")
            if encoding != "base64":
                raise refused(self._name, f"has a STREAM in encoding {encoding!r}; base64 is read.", value=encoding)
            self._begin_text()

    def _begin_text(self) -> None:
        self._text = []
        self._parser.CharacterDataHandler = self._text.append

    def _follow_rows(self, rows: TextRows) -> None:
        """Hand the parser to three short functions until TABLEDATA ends: there is one call for each cell."""
        parser, cells, text = self._parser, list[str](), list[str]()

        def start(qualified: str, attributes: dict[str, str]) -> None:
            text.clear()
            if qualified[-2:] == "TD" and "encoding" in attributes:
                raise refused(self._name, "has a cell in another encoding; send plain TABLEDATA.")
            if qualified[-2:] not in ("TD", "TR"):
                raise refused(self._name, f"has an element {qualified!r} inside TABLEDATA.", value=qualified)

        def end(qualified: str) -> None:
            match qualified[-2:]:
                case "TD":
                    cells.append("".join(text))
                    if len(cells) > MAX_COLUMNS:
                        rows.add_row(cells)
                case "TR":
                    rows.add_row(cells)
                    cells.clear()
                case _:
                    self._parser.StartElementHandler = self._start
                    self._parser.EndElementHandler = self._end
                    self._parser.CharacterDataHandler = None
                    self._path.pop()

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = text.append

    def _refuse_doctype(self, *_: object) -> None:
        message = "declares a document type or entities, which are never read; send the VOTable without its DOCTYPE."
        raise refused(self._name, message, value="DOCTYPE")


class _CoordinateSystem(NamedTuple):
    """What a COOSYS element says."""

    frame: str
    epoch: str | None

    @classmethod
    def read(cls, attributes: dict[str, str]) -> "_CoordinateSystem":
        """A system from the attributes of its element; without a word for the system it is eq_FK5, as VOTable says."""
        frame = frame_of_votable(attributes.get("system", "eq_FK5"), attributes.get("equinox", ""))
        return cls(frame, attributes.get("epoch"))


def _is_error(attributes: dict[str, str]) -> bool:
    name, value = attributes.get("name", ""), attributes.get("value", "")
    return name.upper() == "QUERY_STATUS" and value.upper() == "ERROR"

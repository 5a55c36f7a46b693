import hashlib
from collections.abc import Iterable

import pytest
from fastapi import Request

from app.errors import BodyTooLargeError, FormError, MalformedBodyError, UnsupportedBodyError
from app.forms import MAX_TEXT_BYTES, FilePart, KeptFile, read_form
from uws.blobs import BlobInfo

STILTS_BOUNDARY = "<<<--------------MULTIPART-BOUNDARY------->>>"


class Memory:
    """Keeps files where a test can look at them."""

    limit_bytes = 10_000

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    async def keep(self, part: FilePart) -> KeptFile:
        content = b"".join([chunk async for chunk in part.chunks])
        self.contents[part.field] = content
        info = BlobInfo(part.field, len(content), hashlib.sha256(content).hexdigest())
        return KeptFile(part.field, part.filename, part.media_type, info)


def a_request(
    body: bytes | Iterable[bytes] = b"", content_type: str | None = None, *, query: str = "", method: str = "POST"
) -> Request:
    chunks = [body] if isinstance(body, bytes) else list(body)
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    headers = [(b"content-type", content_type.encode())] if content_type else []
    return Request({"type": "http", "method": method, "query_string": query.encode(), "headers": headers}, receive)


def a_multipart(*parts: tuple[str, str], boundary: str = "limit") -> bytes:
    """A body of parts, each given by its headers and its content."""
    text = "".join(f"--{boundary}\r\n{headers}\r\n\r\n{content}\r\n" for headers, content in parts)
    return f"{text}--{boundary}--\r\n".encode()


def text_part(name: str, value: str) -> tuple[str, str]:
    return f'Content-Disposition: form-data; name="{name}"', value


def file_part(name: str, content: str, *, media_type: str | None = "application/x-votable+xml") -> tuple[str, str]:
    disposition = f'Content-Disposition: form-data; name="{name}"; filename="specz.vot"'
    return (f"{disposition}\r\nContent-Type: {media_type}" if media_type else disposition), content


async def test_query_string_and_urlencoded_body_are_read_together():
    request = a_request(b"RADIUS=1.0&WHERE=a%20%3C%201+%26&empty=", "application/x-www-form-urlencoded", query="a=b&c=")

    form = await read_form(request)

    assert form.values == (("a", "b"), ("c", ""), ("RADIUS", "1.0"), ("WHERE", "a < 1 &"), ("empty", ""))


async def test_query_string_and_multipart_body_are_read_together():
    request = a_request(a_multipart(text_part("RADIUS", "1.0")), "multipart/form-data; boundary=limit", query="a=b")

    assert (await read_form(request)).values == (("a", "b"), ("RADIUS", "1.0"))


@pytest.mark.parametrize("piece", [1, 2, 7, 100_000])
async def test_multipart_of_stilts_is_read_however_it_is_cut(piece):
    # Type before disposition, quoted boundary with < and >, chunked: as STILTS sends it.
    body = a_multipart(
        ('Content-Type: text/plain; charset=UTF-8\r\nContent-Disposition: form-data; name="REQUEST"', "doQuery"),
        file_part("upload_mine", "<VOTABLE/>"),
        boundary=STILTS_BOUNDARY,
    )
    pieces = [body[start : start + piece] for start in range(0, len(body), piece)]
    request = a_request(pieces, f'multipart/form-data; boundary="{STILTS_BOUNDARY}"')
    memory = Memory()

    form = await read_form(request, memory)

    assert form.values == (("REQUEST", "doQuery"),)
    assert memory.contents == {"upload_mine": b"<VOTABLE/>"}
    assert form.files[0].media_type == "application/x-votable+xml"


@pytest.mark.parametrize("media_type", ["None", None])
async def test_files_of_type_none_and_without_type_are_read(media_type):
    # astroquery says "None", pyvo nothing.
    request = a_request(
        a_multipart(file_part("mine", "x", media_type=media_type)), "multipart/form-data; boundary=limit"
    )

    form = await read_form(request, Memory())

    assert (form.files[0].field, form.files[0].filename, form.files[0].media_type) == ("mine", "specz.vot", None)


async def test_a_file_may_come_before_the_text_that_explains_it():
    body = a_multipart(file_part("mine", "x"), text_part("UPLOAD", "mine,param:mine"))

    form = await read_form(a_request(body, "multipart/form-data; boundary=limit"), Memory())

    assert form.values == (("UPLOAD", "mine,param:mine"),)
    assert [file.field for file in form.files] == ["mine"]


async def test_a_get_has_only_its_query_string():
    assert (await read_form(a_request(method="GET", query="a=b"))).values == (("a", "b"),)


async def test_a_post_without_body_needs_no_content_type():
    assert (await read_form(a_request(query="PHASE=ABORT"))).values == (("PHASE", "ABORT"),)


async def test_another_kind_of_body_is_refused():
    with pytest.raises(UnsupportedBodyError, match="application/json is not understood"):
        await read_form(a_request(b"{}", "application/json"))


async def test_a_file_is_refused_where_none_is_taken():
    request = a_request(a_multipart(file_part("mine", "x")), "multipart/form-data; boundary=limit")

    with pytest.raises(FormError, match="mine: a file is not taken here"):
        await read_form(request)


@pytest.mark.parametrize("cut", range(3, 60, 7))
async def test_a_multipart_form_that_was_cut_off_is_refused(cut):
    body = a_multipart(text_part("a", "b"), file_part("mine", "x" * 50))[:-cut]

    with pytest.raises(MalformedBodyError, match="cut off"):
        await read_form(a_request(body, "multipart/form-data; boundary=limit"), Memory())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"nonsense", "multipart/form-data; boundary=limit"),
        (b"--limit\r\nno header\r\n\r\nx\r\n--limit--", "multipart/form-data; boundary=limit"),
        (b"--limit\r\nContent-Type: text/plain\r\n\r\nx\r\n--limit--", "multipart/form-data; boundary=limit"),
        (b"", "multipart/form-data; boundary=limit"),
        (b"--limit--", "multipart/form-data"),
        (b"--limit--", f"multipart/form-data; boundary={'x' * 500}"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
        (b"a=1&" * 1001, "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_not_what_it_says_is_refused(body, content_type):
    with pytest.raises(MalformedBodyError):
        await read_form(a_request(body, content_type), Memory())


async def test_an_urlencoded_form_has_a_limit_that_no_header_needs_to_tell():
    pieces = [b"WHERE="] + [b"x" * 65536] * (MAX_TEXT_BYTES // 65536 + 1)

    with pytest.raises(BodyTooLargeError, match=str(MAX_TEXT_BYTES)):
        await read_form(a_request(pieces, "application/x-www-form-urlencoded"))


@pytest.mark.parametrize("n_parts", [1, 3])
async def test_text_of_a_multipart_form_has_a_limit_that_names_the_field(n_parts):
    body = a_multipart(*[text_part("WHERE", "x" * (MAX_TEXT_BYTES // n_parts + 1))] * n_parts)

    with pytest.raises(BodyTooLargeError, match=f"more than {MAX_TEXT_BYTES} bytes of text, the last of it in WHERE"):
        await read_form(a_request(body, "multipart/form-data; boundary=limit"))


@pytest.mark.parametrize(
    ("filename", "kept"), [("z\x00\x1b.csv", "z__.csv"), ("conjunto α.csv", "conjunto α.csv"), ("x" * 999, "x" * 255)]
)
async def test_of_a_file_name_only_what_can_be_stored_and_shown_is_kept(filename, kept):
    part = (f'Content-Disposition: form-data; name="mine"; filename="{filename}"', "x")

    form = await read_form(a_request(a_multipart(part), "multipart/form-data; boundary=limit"), Memory())

    assert form.files[0].filename == kept


@pytest.mark.parametrize("media_type", ["text/\x00csv", "text/csv; x=é", "csv", "a/b/c"])
async def test_a_media_type_that_no_header_could_carry_is_forgotten(media_type):
    body = a_multipart(file_part("mine", "x", media_type=media_type))

    form = await read_form(a_request(body, "multipart/form-data; boundary=limit"), Memory())

    assert form.files[0].media_type is None


async def test_the_number_of_parts_has_a_limit():
    body = a_multipart(*[text_part("a", "b")] * 1001)

    with pytest.raises(BodyTooLargeError, match="more than 1000 parts"):
        await read_form(a_request(body, "multipart/form-data; boundary=limit"))

"""Data that lie beside the project rather than in it: real samples, official schemas."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

_FOLDER = Path(__file__).parents[2] / "shared" / "data"

_IMPORTED = {
    "http://www.w3.org/2001/xml.xsd": "xmlnamespace.xsd",
    "http://www.ivoa.net/xml/Xlink/xlink.xsd": "xlink.xsd",
    "http://www.w3.org/1999/xlink": "xlink.xsd",
    "http://www.ivoa.net/xml/VOResource/v1.0": "VOResource-v1.1.xsd",
    "http://www.ivoa.net/xml/VOResource/VOResource-v1.0.xsd": "VOResource-v1.1.xsd",
    "http://www.ivoa.net/xml/VODataService/v1.1": "VODataService-v1.2.xsd",
    "http://www.ivoa.net/xml/STC/stc-v1.30.xsd": "stc-v1.30.xsd",
}
"""Addresses that the schemas import, and the files that hold them: nothing is fetched."""


def shared_data(*parts: str) -> Path:
    """A file or folder of the shared data; the test is skipped where they are not."""
    path = _FOLDER.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"shared data are not beside the project: {'/'.join(parts)}")
    return path


def xml_schema(*names: str) -> etree.XMLSchema:
    """Official schemas, ready to validate; several for documents that name types of another one (``xsi:type``)."""
    return _compiled(tuple(shared_data("schemas", name) for name in names))


class _LocalFiles(etree.Resolver):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def resolve(self, system_url: str, public_id: str, context: object) -> object:
        if system_url in _IMPORTED:
            return self.resolve_filename(str(self._folder / _IMPORTED[system_url]), context)
        return None


@cache
def _compiled(paths: tuple[Path, ...]) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_LocalFiles(paths[0].parent))
    xs = "http://www.w3.org/2001/XMLSchema"
    driver = etree.Element(f"{{{xs}}}schema")
    for path in paths:
        namespace = etree.parse(path, parser).getroot().get("targetNamespace")
        etree.SubElement(driver, f"{{{xs}}}import", namespace=namespace, schemaLocation=path.as_uri())
    return etree.XMLSchema(etree.fromstring(etree.tostring(driver), parser))

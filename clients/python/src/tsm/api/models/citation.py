from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Citation")


@_attrs_define(frozen=True)
class Citation:
    """A paper or data set to cite.

    Attributes:
        text (str):
        doi (None | str | Unset):
        bibcode (None | str | Unset):
        bibtex (None | str | Unset):
    """

    text: str
    doi: None | str | Unset = UNSET
    bibcode: None | str | Unset = UNSET
    bibtex: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        text = self.text

        doi: None | str | Unset
        if isinstance(self.doi, Unset):
            doi = UNSET
        else:
            doi = self.doi

        bibcode: None | str | Unset
        if isinstance(self.bibcode, Unset):
            bibcode = UNSET
        else:
            bibcode = self.bibcode

        bibtex: None | str | Unset
        if isinstance(self.bibtex, Unset):
            bibtex = UNSET
        else:
            bibtex = self.bibtex

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "text": text,
            }
        )
        if doi is not UNSET:
            field_dict["doi"] = doi
        if bibcode is not UNSET:
            field_dict["bibcode"] = bibcode
        if bibtex is not UNSET:
            field_dict["bibtex"] = bibtex

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        text = d.pop("text")

        def _parse_doi(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        doi = _parse_doi(d.pop("doi", UNSET))

        def _parse_bibcode(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        bibcode = _parse_bibcode(d.pop("bibcode", UNSET))

        def _parse_bibtex(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        bibtex = _parse_bibtex(d.pop("bibtex", UNSET))

        return cls(
            text=text,
            doi=doi,
            bibcode=bibcode,
            bibtex=bibtex,
        )

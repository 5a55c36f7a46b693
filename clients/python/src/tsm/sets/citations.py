"""What users of a training set are asked to cite, as BibTeX and as a list of references."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import overload
from urllib.parse import quote

from trainingset.registry import Citation

__all__ = ["Citations"]

_BIBTEX_SIGNS = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}
_NONE = "No citation is recorded for the catalogs and tables of this training set."


class Citations(Sequence[Citation]):
    """Papers and data sets to cite, each once.

    Prints as a list of references, and shows as one with links in a notebook.

    Parameters
    ----------
    citations
        In the order in which they are listed.

    Examples
    --------
    >>> from trainingset.registry import Citation
    >>> citations = Citations([Citation(text="Hogg (1999), Distance measures", bibcode="1999astro.ph..5116H")])
    >>> print(citations.text)
    Hogg (1999), Distance measures. bibcode:1999astro.ph..5116H
    >>> print(citations.bibtex)
    @misc{1999astro.ph..5116H,
      note = {Hogg (1999), Distance measures},
      adsurl = {https://ui.adsabs.harvard.edu/abs/1999astro.ph..5116H}
    }
    """

    def __init__(self, citations: Iterable[Citation] = ()) -> None:
        self._citations = tuple(dict.fromkeys(citations))

    @overload
    def __getitem__(self, index: int) -> Citation: ...
    @overload
    def __getitem__(self, index: slice) -> "Citations": ...
    def __getitem__(self, index: int | slice) -> "Citation | Citations":
        """One citation, or some of them."""
        return Citations(self._citations[index]) if isinstance(index, slice) else self._citations[index]

    def __len__(self) -> int:
        return len(self._citations)

    def __iter__(self) -> Iterator[Citation]:
        return iter(self._citations)

    @property
    def text(self) -> str:
        """A list of references, one a line."""
        return "\n".join(_reference(citation) for citation in self) or _NONE

    @property
    def bibtex(self) -> str:
        """BibTeX entries; made of the reference where a citation has no entry of its own.

        Empty without citations, so that it can be appended to any file.
        """
        entries: dict[str, None] = {}
        keys: set[str] = set()
        for citation in self:
            entry = citation.bibtex.strip() if citation.bibtex else _entry(citation, keys)
            entries[entry] = None
        return "\n\n".join(entries)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{escape(_NONE)}</p>"
        items = "".join(f"<li>{_linked(citation)}</li>" for citation in self)
        bibtex = f"<details><summary>BibTeX</summary><pre>{escape(self.bibtex)}</pre></details>"
        return f"<ol>{items}</ol>{bibtex}"


def _reference(citation: Citation) -> str:
    text = " ".join(citation.text.split())
    places = [f"doi:{citation.doi}"] if citation.doi else []
    places += [f"bibcode:{citation.bibcode}"] if citation.bibcode else []
    return ". ".join([text.rstrip("."), ", ".join(places)]) if places else text


def _links(citation: Citation) -> list[tuple[str, str]]:
    """Name and address of each place where it can be read."""
    links = [(f"doi:{citation.doi}", f"https://doi.org/{quote(citation.doi)}")] if citation.doi else []
    if citation.bibcode:
        links.append((citation.bibcode, f"https://ui.adsabs.harvard.edu/abs/{quote(citation.bibcode)}"))
    return links


def _linked(citation: Citation) -> str:
    links = (f'<a href="{escape(address)}">{escape(name)}</a>' for name, address in _links(citation))
    return " ".join([escape(citation.text), *links])


def _entry(citation: Citation, taken: set[str]) -> str:
    """An entry of the kind that fits everything."""
    fields = {"note": "".join(_BIBTEX_SIGNS.get(sign, sign) for sign in " ".join(citation.text.split()))}
    if citation.doi:
        fields["doi"] = re.sub(r"[{}\s]", "", citation.doi)
    if citation.bibcode:
        fields["adsurl"] = f"https://ui.adsabs.harvard.edu/abs/{quote(citation.bibcode)}"
    content = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{_key(citation, taken)},\n{content}\n}}"


def _key(citation: Citation, taken: set[str]) -> str:
    """A key without the signs that BibTeX reads as its own, and that no other entry has."""
    base = re.sub(r"[^A-Za-z0-9.:/-]+", "", citation.bibcode or citation.doi or citation.text)[:60] or "citation"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    taken.add(key)
    return key

"""What a table of VizieR says of itself: its catalog, its survey, and what to cite."""

import re
from collections.abc import Mapping
from typing import Any

from trainingset.registry import Citation
from trainingset.specz.survey import Survey, survey_of_vizier

__all__ = ["catalog_citation", "catalog_of", "known_survey"]

_CATALOG = re.compile(r"(J/[^/\s]+/[^/\s]+/[^/\s]+|(?:I|II|III|IV|V|VI|VII|VIII|IX|B)/[A-Za-z0-9]+)(?:/\S*)?")
"""A catalog in a journal (``J/ApJS/199/26``) or of CDS's own series (``VII/250``), and a table in it."""

_AUTHOR_AND_YEAR = re.compile(r"\(([A-Z][^()+,]*)\+?,? *(\d{4})\)")
"""How CDS ends the description of a catalog: ``(Huchra+, 2012)``."""

_BIBCODE_LENGTHS = (5, 4, 4)
"""Letters of journal, volume and page in a bibcode; with qualifier, year and author they are 19."""


def catalog_of(meta: Mapping[str, Any]) -> str | None:
    """The VizieR catalog that a table comes from, None for tables of others."""
    for key in ("name", "ID"):
        text = str(meta.get(key, ""))
        if found := _CATALOG.fullmatch(text if "/" in text else text.replace("_", "/")):
            return found[1]
    return None


def known_survey(catalog: str) -> Survey | None:
    """The survey that the catalog holds, if it is one that is known here."""
    return survey_of_vizier(catalog)


def catalog_citation(catalog: str, description: str) -> Citation:
    """How to cite a catalog of which nothing else is known: by its id, which names journal, volume and page."""
    parts = catalog.split("/")
    about = f": {' '.join(description.split())}" if description.strip() else ""
    if parts[0] != "J":
        return Citation(text=f"VizieR catalog {catalog}{about}")
    _, journal, volume, page = parts
    return Citation(
        text=f"{journal} {volume}, {page}, by VizieR catalog {catalog}{about}",
        bibcode=_bibcode(journal, volume, page, description),
    )


def _bibcode(journal: str, volume: str, page: str, description: str) -> str | None:
    """Bibcode of a paper, None where the description does not tell author and year."""
    told = _AUTHOR_AND_YEAR.search(description)
    if told is None:
        return None
    qualifier, number = (page[0], page[1:]) if page[:1].isalpha() and page[1:].isdigit() else (".", page)
    lengths = zip((journal, volume, number), _BIBCODE_LENGTHS, strict=True)
    if any(len(text) > length for text, length in lengths):
        return None
    return f"{told[2]}{journal:.<5}{volume:.>4}{qualifier}{number:.>4}{told[1][0]}"

"""What users of a training set are asked to cite: its catalogs, and the surveys whose redshifts are in its rows."""

from collections.abc import Iterable

from trainingset.registry import CatalogEntry, Citation
from trainingset.specz.survey import cited_surveys

__all__ = ["citation_text", "citations_of"]


def citations_of(catalogs: Iterable[CatalogEntry], surveys: Iterable[str]) -> tuple[Citation, ...]:
    """References of catalogs, then of surveys, each once.

    Parameters
    ----------
    surveys
        Names as redshift tables spell them; those that are not known here have nothing to cite.
    """
    of_catalogs = [citation for entry in catalogs for citation in entry.citations]
    of_surveys = [citation for survey in cited_surveys(surveys) for citation in survey.references]
    return tuple(dict.fromkeys([*of_catalogs, *of_surveys]))


def citation_text(citation: Citation) -> str:
    """A citation on one line, with where it can be found."""
    places = [f"doi:{citation.doi}"] if citation.doi else []
    places += [f"bibcode:{citation.bibcode}"] if citation.bibcode else []
    text = " ".join(citation.text.split())
    return ", ".join([text.rstrip("."), *places]) if places else text

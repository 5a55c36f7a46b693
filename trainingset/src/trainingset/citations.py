"""What users of a training set are asked to cite: its catalogs, and the surveys whose redshifts are in its rows."""

from collections.abc import Callable, Iterable

from trainingset.registry import CatalogEntry, Citation
from trainingset.specz.survey import Survey, find_survey

__all__ = ["citation_text", "citations_of"]


def citations_of(
    catalogs: Iterable[CatalogEntry],
    surveys: Iterable[str],
    find: Callable[[str], Survey | None] = find_survey,
) -> tuple[Citation, ...]:
    """References of catalogs, then of surveys, each once.

    Parameters
    ----------
    surveys
        Names as redshift tables spell them; those that are not known have nothing to cite.
    find
        Who knows surveys: those of the package, or with a user's own before them.
    """
    of_catalogs = [citation for entry in catalogs for citation in entry.citations]
    found = [survey for name in surveys if (survey := find(name)) is not None]
    of_surveys = [citation for survey in found for citation in survey.references]
    return tuple(dict.fromkeys([*of_catalogs, *of_surveys]))


def citation_text(citation: Citation) -> str:
    """A citation on one line, with where it can be found."""
    places = [f"doi:{citation.doi}"] if citation.doi else []
    places += [f"bibcode:{citation.bibcode}"] if citation.bibcode else []
    text = " ".join(citation.text.split())
    return ", ".join([text.rstrip("."), *places]) if places else text

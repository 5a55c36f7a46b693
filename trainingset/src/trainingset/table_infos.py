"""What a result table says of itself: the request, the catalogs, the citations, the job."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version

from trainingset.citations import citation_text
from trainingset.combine_recipe import CombineInput, CombineRecipe
from trainingset.formats.info import Info
from trainingset.provenance import CatalogUsed
from trainingset.query_recipe import QueryRecipe
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import Citation
from trainingset.wire import parameter_names

__all__ = ["recipe_infos", "table_infos"]

_STANDARD = "ivo://ivoa.net/std/DALI"
"""The standard whose rules for result documents are followed."""


def table_infos(
    recipe: CrossmatchRecipe | CombineRecipe | QueryRecipe,
    *,
    catalogs: Iterable[CatalogUsed] = (),
    citations: Iterable[Citation] = (),
    facts: Mapping[str, str] | None = None,
) -> tuple[Info, ...]:
    """Infos for the head of a result, in the order in which a reader wants them.

    Parameters
    ----------
    citations
        Papers and data sets to cite; marked with the UCD ``meta.bib``.
    facts
        Job id and URL, run id, owner and times, given from outside; each becomes an info of its name.
    """
    return (
        Info(name="standardID", value=_STANDARD),
        Info(name="server_software", value=f"pz-trainingset/{version('pz-trainingset')}"),
        *(Info(name="citation", value=citation_text(citation), ucd="meta.bib") for citation in citations),
        *(Info(name="resource_version", value=f"{catalog.id} {catalog.release}") for catalog in catalogs),
        *recipe_infos(recipe),
        *(Info(name=name, value=value) for name, value in (facts or {}).items() if value),
    )


def recipe_infos(recipe: CrossmatchRecipe | CombineRecipe | QueryRecipe) -> tuple[Info, ...]:
    """The recipe by its wire names, spelled as a form would; fields that say nothing are left out."""
    values = {name: getattr(recipe, field) for name, (field, _) in parameter_names(type(recipe)).items()}
    texts = {name: _wire_text(value) for name, value in values.items()}
    return tuple(Info(name=name, value=text) for name, text in texts.items() if text)


def _wire_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return repr(value)
        case dict():
            return ",".join(f"{key}={item}" for key, item in value.items())
        case tuple():
            return ",".join(_input_text(item) if isinstance(item, CombineInput) else str(item) for item in value)
        case CombineRecipe():
            return value.model_dump_json(exclude_none=True)
        case _:
            return str(value)


def _input_text(given: CombineInput) -> str:
    """An input with what is told of it, as a form spells it: ``upload:a;survey_name=VVDS;z=Z``."""
    survey = [] if given.survey is None else [f"survey_name={given.survey}"]
    return ";".join([given.source, *survey, *(f"{role}={column}" for role, column in given.roles.items())])

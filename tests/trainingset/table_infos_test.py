"""A result says what was asked, what to cite and which job made it."""

from trainingset.formats import Info
from trainingset.provenance import CatalogUsed
from trainingset.recipe import CrossmatchRecipe, validate_recipe
from trainingset.registry import Citation
from trainingset.table_infos import recipe_infos, table_infos
from trainingset.wire import parameter_names

RECIPE = CrossmatchRecipe(
    catalog="dp1.object",
    redshifts="upload:u1",
    radius_arcsec=0.75,
    roles={"ra": "RAJ2000", "dec": "DEJ2000"},
    split={"train": 0.7, "test": 0.3},
    flux=("gaap1p0", "psf"),
    magnitudes=False,
)


def test_the_recipe_is_told_by_wire_names_in_wire_spelling() -> None:
    told = {info.name: info.value for info in recipe_infos(RECIPE)}

    assert told["CATALOG"] == "dp1.object"
    assert told["RADIUS"] == "0.75"
    assert told["ROLES"] == "ra=RAJ2000,dec=DEJ2000"
    assert told["SPLIT"] == "train=0.7,test=0.3"
    assert told["FLUX"] == "gaap1p0,psf"
    assert told["MAGNITUDES"] == "false"
    assert "WHERE" not in told


def test_the_told_recipe_is_the_recipe() -> None:
    fields = {name: field for name, (field, _) in parameter_names(CrossmatchRecipe).items()}
    values = {fields[info.name]: info.value for info in recipe_infos(RECIPE)}

    draft = validate_recipe(values)

    assert draft.problems == ()
    assert draft.recipe == RECIPE


def test_citations_catalogs_and_facts_are_told() -> None:
    catalog = CatalogUsed(id="dp1.object", release="DP1", path="p", fingerprint="f", rows=1, margin_arcsec=5.0)

    infos = table_infos(
        RECIPE,
        catalogs=[catalog],
        citations=[Citation(text="Núñez 2026.", doi="10.1/x")],
        facts={"job_url": "https://host/jobs/1", "run_id": ""},
    )

    assert Info(name="citation", value="Núñez 2026, doi:10.1/x", ucd="meta.bib") in infos
    assert Info(name="resource_version", value="dp1.object DP1") in infos
    assert Info(name="job_url", value="https://host/jobs/1") in infos
    assert "run_id" not in {info.name for info in infos}

"""What a training set asks to cite: in provenance and in the head of its files."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse

from tests.sky import entry_of
from trainingset.citations import citation_text, citations_of
from trainingset.make import make_training_set
from trainingset.mock.place import COMPILATION_ID, MockSky
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.provenance import Provenance
from trainingset.registry import Citation, Registry
from trainingset.specz.survey import find_survey

CATALOG_PAPER = Citation(text="The catalog 2026", doi="10.1/c")


@pytest.fixture(scope="module")
def made(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> TrainingSetFiles:
    """A match of redshifts of which two surveys are known, one is not, and one is far away."""
    folder = tmp_path_factory.mktemp("cited")
    truth = pq.read_table(mock_sky.collection / "object" / "dataset", columns=["coord_ra", "coord_dec"]).slice(0, 3)
    table = pa.table(
        {
            "ra": [*truth["coord_ra"].to_pylist(), 10.0],
            "dec": [*truth["coord_dec"].to_pylist(), 80.0],
            "z": [0.1, 0.2, 0.3, 0.4],
            "survey": ["vvds", "ZCOSMOS", "Nobody's", "PRIMUS"],
        }
    )
    pq.write_table(table, folder / "mine.parquet")
    entry = entry_of(mock_sky).model_copy(update={"citations": (CATALOG_PAPER,)})
    request = {"catalog": entry.id, "redshifts": "mine", "flux": "psf", "unique": "none"}
    inputs = {"mine": InputFile(name="mine.parquet", path=str(folder / "mine.parquet"))}
    (folder / "out").mkdir()
    return make_training_set(
        Order(request=request, catalogs=(entry,), inputs=inputs, folder=str(folder / "out")), lambda step: None
    )


def references_of(*names: str) -> list[Citation]:
    return [reference for name in names for reference in (find_survey(name) or pytest.fail(name)).references]


def test_provenance_cites_the_catalog_and_the_surveys_in_the_rows(made: TrainingSetFiles) -> None:
    cited = list(Provenance.model_validate(made.provenance).citations)

    assert cited[0] == CATALOG_PAPER
    assert sorted(cited[1:], key=str) == sorted(references_of("VVDS", "ZCOSMOS"), key=str)


def test_the_head_of_the_votable_cites_the_same(made: TrainingSetFiles) -> None:
    path = next(file.path for file in made.files if file.id == "result")
    infos = parse(path).resources[0].infos
    record = Provenance.model_validate(made.provenance)

    assert [info.value for info in infos if info.name == "citation"] == [citation_text(one) for one in record.citations]


def test_a_compilation_without_a_survey_column_is_cited_by_what_its_entry_tells(mock_sky: MockSky) -> None:
    entry = Registry.load(mock_sky.registry).get(COMPILATION_ID)
    assert entry is not None

    cited = citations_of([entry], ["VVDS"])

    assert cited == (*entry.citations, *references_of("VVDS"))


def test_a_paper_is_cited_once() -> None:
    assert citations_of([], ["JADES_DR5_PHOTOZ", "JADES_DR5_PHOTOZ_KRON"]) == tuple(references_of("JADES_DR5_PHOTOZ"))


def test_a_citation_on_one_line_tells_where_it_is_found() -> None:
    citation = Citation(text="Colless et al.\n2001.", doi="10.1/x", bibcode="2001MNRAS.328.1039C")

    assert citation_text(citation) == "Colless et al. 2001, doi:10.1/x, bibcode:2001MNRAS.328.1039C"


def test_records_of_older_releases_with_texts_as_citations_are_read(made: TrainingSetFiles) -> None:
    old = Provenance.model_validate({**made.provenance, "citations": ["10.1/x"]})

    assert old.citations == (Citation(text="10.1/x"),)


def test_a_record_survives_json(made: TrainingSetFiles, tmp_path: Path) -> None:
    record = Provenance.model_validate(made.provenance)

    assert Provenance.model_validate_json(record.to_json()) == record

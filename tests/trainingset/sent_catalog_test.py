"""Tables that were registered elsewhere: their roles are told, and some are HATS catalogs that nobody vouches for."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainingset.combine import make_compilation
from trainingset.errors import RecipeError, TableError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order
from trainingset.redshift_source import require_source
from trainingset.registry import CatalogEntry
from trainingset.tables import read_sent


def write_catalog(folder: Path, **leaf: list[float]) -> Path:
    """A HATS catalog of one leaf."""
    (folder / "dataset/Norder=1/Dir=0").mkdir(parents=True)
    (folder / "hats.properties").write_text("hats_version=v1.0\n")
    (folder / "partition_info.csv").write_text("Norder,Npix\n1,3\n")
    pq.write_table(pa.table(leaf), folder / "dataset/Norder=1/Dir=0/Npix=3.parquet")
    return folder


def test_roles_that_come_with_a_table_are_used_and_those_of_the_recipe_come_first(
    coarse: CatalogEntry, objects: pa.Table, tmp_path: Path
) -> None:
    picked = objects.slice(0, 5)
    zeros = [0.0] * 5
    columns = {"a": picked["coord_ra"], "b": picked["coord_dec"], "c": [0.5] * 5, "d": [0.7] * 5}
    folder = write_catalog(tmp_path / "sent", **columns, ra=zeros, dec=zeros)  # type: ignore[arg-type]
    sent = InputFile(name="42_x", path=str(folder), roles={"ra": "a", "dec": "b", "z": "c"})
    request = {"catalog": "objects", "redshifts": "pz:42", "roles": {"z": "d"}, "flux": "psf", "radius_arcsec": 0.1}
    work = tmp_path / "work"
    work.mkdir()
    made = make_training_set(Order(request=request, catalogs=(coarse,), inputs={"pz:42": sent}, folder=str(work)))
    assert made.recipe["roles"] == {"ra": "a", "dec": "b", "z": "d"}
    assert pq.read_table(work / "training_set.parquet")["redshift"].to_pylist() == [0.7] * 5


def test_a_combination_uses_the_roles_that_come_with_a_table(tmp_path: Path) -> None:
    folder = write_catalog(tmp_path / "sent", a=[10.0, 20.0], b=[1.0, 2.0], c=[0.5, 0.6], z_flag_homogenized=[4.0, 4.0])
    sent = InputFile(name="42_x", path=str(folder), roles={"ra": "a", "dec": "b", "z": "c"})
    request = {"kind": "combine", "preset": "complete", "inputs": [{"source": "pz:42_x"}]}
    work = tmp_path / "work"
    work.mkdir()
    make_compilation(Order(request=request, catalogs=(), inputs={"pz:42_x": sent}, folder=str(work)))
    assert sorted(pq.read_table(work / "compilation.parquet")["ra"].to_pylist()) == [10.0, 20.0]


def test_a_role_for_a_column_that_is_not_there_is_one_error(
    coarse: CatalogEntry, objects: pa.Table, tmp_path: Path
) -> None:
    first = objects.slice(0, 1)
    columns = {"ra": first["coord_ra"], "dec": first["coord_dec"]}
    folder = write_catalog(tmp_path / "sent", **columns, z=[0.5])  # type: ignore[arg-type]
    sent = InputFile(name="42_x", path=str(folder), roles={"z": "gone"})
    request = {"catalog": "objects", "redshifts": "pz:42", "flux": "psf"}
    with pytest.raises(RecipeError, match="gone") as caught:
        make_training_set(Order(request=request, catalogs=(coarse,), inputs={"pz:42": sent}, folder=str(tmp_path)))
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("collection.properties", "hats_primary_table_url={outside}\n"),
        ("collection.properties", "hats_primary_table_url=../outside\n"),
        ("hats.properties", "hats_version=v1.0\nhats_npix_suffix=/../../../../../outside/x.parquet\n"),
    ],
)
def test_a_catalog_that_names_tables_outside_of_itself_is_refused(tmp_path: Path, file: str, content: str) -> None:
    outside = write_catalog(tmp_path / "outside", secret=[1.0])
    folder = write_catalog(tmp_path / "sent", ra=[10.0])
    (folder / file).write_text(content.format(outside=outside))
    with pytest.raises(TableError, match="it names a table outside of itself"):
        read_sent(folder, name="42_x")


@pytest.mark.parametrize("gone", ["hats.properties", "partition_info.csv", "dataset/Norder=1/Dir=0/Npix=3.parquet"])
def test_a_catalog_without_one_of_its_files_is_refused_without_telling_where_it_lay(tmp_path: Path, gone: str) -> None:
    folder = write_catalog(tmp_path / "sent", ra=[10.0])
    (folder / gone).unlink()
    with pytest.raises(TableError, match="42_x: is no HATS catalog") as caught:
        read_sent(folder, name="42_x")
    assert str(folder) not in str(caught.value)


@pytest.mark.parametrize("source", ["pz:42", "pz:42_ecdfs_specz_v2", "pz:7_galáxias"])
def test_products_are_named_by_id_or_internal_name(source: str) -> None:
    assert require_source(source) == source


@pytest.mark.parametrize("source", ["pz:", "pz:ECDFS spec-z (v2)", "pz:../42", "pz:42/", "pz:" + "4" * 301])
def test_other_names_of_products_are_refused_with_both_forms(source: str) -> None:
    with pytest.raises(ValueError, match=r"its id \(pz:42\) or its internal name"):
        require_source(source)

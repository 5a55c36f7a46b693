"""The mock sky as a catalog of a service, and redshift tables for it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from astropy.table import Table

from service.service_folder import ServiceFolder
from trainingset.mock.place import MockSky

__all__ = ["CATALOG", "all_objects", "nearest_objects", "register", "write_redshifts"]

CATALOG = "mock_object"

_SCATTER_ARCSEC = 0.6
"""Of redshift positions around true sources: some are matched within 1 arcsec, some are not."""


def register(sky: MockSky, folder: ServiceFolder) -> None:
    """Give the service all catalogs of the mock sky."""
    content = yaml.safe_load(sky.registry.read_text())
    for entry in content["catalogs"]:
        entry["path"] = str(sky.folder / entry["path"])
    folder.root.mkdir(parents=True, exist_ok=True)
    folder.registry.write_text(yaml.safe_dump(content))


def write_redshifts(sky: MockSky, path: Path, *, n_rows: int) -> Path:
    """Scattered positions of true sources, some repeatedly, in the format of the file's name."""
    truth = pq.read_table(sky.sources, columns=["ra", "dec", "redshift"]).to_pandas()
    rng = np.random.default_rng(7)
    drawn = truth.iloc[rng.integers(0, len(truth), n_rows)]
    offset = rng.normal(0, _SCATTER_ARCSEC / 3600, (2, n_rows))
    columns = {
        "id": np.arange(n_rows),
        "ra": (drawn["ra"].to_numpy() + offset[0] / np.cos(np.radians(drawn["dec"].to_numpy()))) % 360,
        "dec": drawn["dec"].to_numpy() + offset[1],
        "z": np.abs(drawn["redshift"].to_numpy()),
    }
    if path.suffix == ".parquet":
        pq.write_table(pa.table(columns), path)
    else:
        Table(columns, units={"ra": "deg", "dec": "deg"}).write(path, format="votable")
    return path


def nearest_objects(sky: MockSky, table: Path, *, radius_arcsec: float) -> dict[int, tuple[int, float]]:
    """Object id and separation in arcsec by redshift id, by brute force over all objects."""
    from astropy import units
    from astropy.coordinates import SkyCoord, search_around_sky

    objects = all_objects(sky)
    redshifts = Table.read(table, format="votable")
    left = SkyCoord(np.asarray(redshifts["ra"]), np.asarray(redshifts["dec"]), unit="deg")
    right = SkyCoord(objects["coord_ra"].to_numpy(), objects["coord_dec"].to_numpy(), unit="deg")
    rows, found, separation, _ = search_around_sky(left, right, radius_arcsec * units.arcsec)
    pairs = zip(
        np.asarray(redshifts["id"])[rows].tolist(),
        separation.arcsec.tolist(),
        objects["objectId"].to_numpy()[found].tolist(),
        strict=True,
    )
    nearest: dict[int, tuple[int, float]] = {}
    for redshift, arcsec, object_id in sorted(pairs):
        nearest.setdefault(redshift, (object_id, arcsec))
    return nearest


def all_objects(sky: MockSky) -> pa.Table:
    """All objects of the main catalog, read without LSDB."""
    files = sorted((sky.collection / "object").rglob("Npix=*.parquet"))
    columns = ["objectId", "coord_ra", "coord_dec"]
    return pa.concat_tables([pq.ParquetFile(path).read(columns=columns) for path in files])

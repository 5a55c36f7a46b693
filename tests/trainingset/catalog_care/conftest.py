"""A collection in perfect order: sorted, in small row groups, with a margin. Made once, never changed."""

from pathlib import Path

import pytest

from trainingset.registry import CatalogEntry


@pytest.fixture(scope="session")
def sound(fine: CatalogEntry, tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    """The objects of `fine` as `convert` writes them."""
    from tests.trainingset.damage import ROW_GROUP_ROWS
    from trainingset.catalog_care.convert import ConvertOrder, convert_catalog

    target = tmp_path_factory.mktemp("sound") / "objects"
    convert_catalog(ConvertOrder(source=fine.path, target=Path(target), row_group_rows=ROW_GROUP_ROWS))
    return fine.model_copy(update={"path": str(target)})

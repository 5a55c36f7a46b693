"""``tsm-service catalog check`` looks at the footprints that an operator named."""

from pathlib import Path

import pytest

from service.catalog_check import check_catalogs


def test_footprints_are_told_with_their_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text("footprints: [{name: deep, kind: circles, circles: [{ra: 1, dec: 2, radius_deg: 3}]}]")

    assert check_catalogs(path) == 0
    assert "ok   footprint deep: flagged as is_in_deep" in capsys.readouterr().out


@pytest.mark.parametrize("rest", ["kind: square", "kind: circles", "kind: declination, nodes: [{ra: 400, dec: 1}]"])
def test_a_footprint_that_no_compilation_could_use_is_bad(
    rest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text(f"footprints: [{{name: deep, {rest}}}]")

    assert check_catalogs(path) == 1
    assert "BAD  footprint deep" in capsys.readouterr().out

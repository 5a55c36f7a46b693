"""Results that are shared are read by another user's library and by pyvo, and by neither when the share has ended."""

from pathlib import Path

import pytest
import pyvo

import tsm
from service.stack import Stack
from tests.system.sky_files import CATALOG
from tsm.errors import RequestRefusedError

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def test_another_user_reads_what_is_shared_by_library_and_pyvo(
    stack: Stack, maker: tsm.TrainingSetMaker, small_table: Path, tmp_path: Path
) -> None:
    job = maker.crossmatch(small_table, catalog=CATALOG, radius_arcsec=1.0, run_id="to share").wait()
    mine = job.result()
    token = stack.folder.tokens.create("colleague", groups=("g_users",))
    session = pyvo.auth.AuthSession()
    session.credentials.set_password("x-oauth-basic", token)
    # Tells the session which addresses take the password.
    assert pyvo.dal.TAPService(f"{stack.url}/crossmatch", session=session).capabilities

    with tsm.TrainingSetMaker(stack.url, token) as colleague:
        with pytest.raises(RequestRefusedError, match="no job"):
            colleague.job(job.url)

        job.share("g_users")
        (listed,) = colleague.shared_jobs()
        theirs = colleague.job(listed.url)
        assert theirs.wait().result(tmp_path / "theirs.parquet").provenance == mine.provenance
        table = pyvo.dal.AsyncTAPJob(job.url, session=session).fetch_result().to_table()
        assert len(table) == mine.provenance.rows
        with pytest.raises(RequestRefusedError):
            theirs.abort()
        with pytest.raises(RequestRefusedError):
            theirs.shares()

        job.unshare("g_users")
        with pytest.raises(RequestRefusedError, match="no job"):
            theirs.refresh()
    with pytest.raises(pyvo.dal.DALServiceError, match="404"):
        pyvo.dal.AsyncTAPJob(job.url, session=session)
    assert job.shares() == []

"""Citations as BibTeX, as text and in a notebook."""

import re

from trainingset.registry import Citation
from tsm.sets.citations import Citations
from tsm.sets.training_set import TrainingSet

PAPER = Citation(text="Hogg 1999, Distance & measures.", doi="10.1234/a_b", bibcode="1999astro.ph..5116H")
DATA = Citation(text="Rubin DP1", bibtex="@misc{dp1,\n  title = {DP1}\n}\n")


def test_own_entries_are_kept_and_others_are_made() -> None:
    bibtex = Citations([PAPER, DATA]).bibtex
    assert "@misc{dp1,\n  title = {DP1}\n}" in bibtex
    assert "@misc{1999astro.ph..5116H," in bibtex
    assert r"note = {Hogg 1999, Distance \& measures.}" in bibtex
    assert "doi = {10.1234/a_b}" in bibtex


def test_no_two_made_entries_share_a_key() -> None:
    same = [Citation(text=f"Paper {number}", doi="10.1/x") for number in range(3)]
    keys = re.findall(r"@misc\{([^,]+),", Citations(same).bibtex)
    assert len(set(keys)) == 3


def test_braces_and_signs_of_a_text_cannot_break_an_entry() -> None:
    bibtex = Citations([Citation(text="50% of {a}, \\b }}, year = {2000", doi="10.1/{x}")]).bibtex
    assert "year = \\{2000" in bibtex
    assert "doi = {10.1/x}" in bibtex
    assert re.sub(r"\\[{}]", "", bibtex).count("{") == re.sub(r"\\[{}]", "", bibtex).count("}")


def test_text_is_one_line_for_each() -> None:
    lines = Citations([PAPER, DATA, PAPER]).text.splitlines()
    assert lines == [
        "Hogg 1999, Distance & measures. doi:10.1234/a_b, bibcode:1999astro.ph..5116H",
        "Rubin DP1",
    ]


def test_notebooks_show_links_and_escape_everything() -> None:
    hostile = Citation(text="<script>x</script>", doi='10.1/"><script>', bibcode="javascript:'>")
    shown = Citations([hostile])._repr_html_()
    assert "<script" not in shown
    assert 'href="https://doi.org/10.1/%22%3E%3Cscript%3E"' in shown
    assert "&lt;script&gt;x" in shown


def test_a_set_without_citations_says_so() -> None:
    nothing = Citations()
    assert nothing.bibtex == ""
    assert "No citation" in str(nothing)
    assert "No citation" in nothing._repr_html_()


def test_a_training_set_has_those_of_its_record(ts: TrainingSet) -> None:
    assert list(ts.citations) == list(ts.provenance.citations)

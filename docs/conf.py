"""Sphinx: all pages of this folder and the API reference, without a network. ``make docs`` builds it."""

import json
from typing import Any

from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx
from sphinx.ext.napoleon.docstring import GoogleDocstring

project = "PZ Training Set Maker"
author = "The PZ Training Set Maker developers"
copyright = author
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
]
exclude_patterns = ["Thumbs.db", ".DS_Store"]
html_theme = "alabaster"
html_theme_options = {"description": "Training sets for photometric redshifts", "page_width": "1100px"}
html_show_sourcelink = False
templates_path: list[str] = []

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
default_role = "py:obj"

nitpicky = True
# Other people's names are not looked up: that would need the network. Of ours, what users never touch is not described.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!(tsm|trainingset)\.).*"),
    (
        r"py:.*",
        r"tsm\.api\..*|tsm\.remote\.connection\..*|tsm\.\w+\.\w+\.(Document|Table)|trainingset\.registry\.Annotated",
    ),
    (r"py:.*", r"trainingset\..*\._.*|trainingset\.layout"),
]


class NotebookParser(MystParser):
    """Shows a notebook as a page: its texts, and its code without outputs."""

    supported = ("ipynb",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Turn the cells into Markdown and go on as with any page."""
        cells: list[dict[str, Any]] = json.loads(inputstring)["cells"]
        super().parse("\n\n".join(_as_markdown(cell) for cell in cells), document)


def _as_markdown(cell: dict[str, Any]) -> str:
    text = "".join(cell["source"])
    return text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```"


def _read_generated(app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Documents of the service are generated, with attributes listed in Google's style."""
    if (getattr(found, "__module__", None) or "").startswith("tsm.api.models."):
        lines[:] = GoogleDocstring(lines).lines()


def setup(app: Sphinx) -> None:
    """Let Sphinx read the tutorial and the generated client."""
    app.connect("autodoc-process-docstring", _read_generated, priority=100)
    app.add_source_suffix(".ipynb", "ipynb")
    app.add_source_parser(NotebookParser)

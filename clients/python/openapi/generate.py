"""Write ``src/tsm/api`` from the service's own OpenAPI document: ``make client``.

The document is that of an application which is built but not started, so no service need run.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from app.config import AppConfig, IdentityConfig
from app.main import create_app

_HERE = Path(__file__).resolve().parent
_TARGET = _HERE.parent / "src" / "tsm" / "api"


def openapi_document() -> dict[str, object]:
    """The document, with addresses that count from the service's prefix, whatever that is."""
    config = AppConfig(
        prefix="",
        database_url="postgresql+asyncpg:///none",
        queue_url="redis://none",
        blob_root="none",
        registry_path=Path("none"),
        identity=IdentityConfig(url="http://none.example"),
    )
    return create_app(config).openapi()


def generate(target: Path) -> None:
    """Write the generated package into a folder, in place of what is there.

    Raises
    ------
    subprocess.CalledProcessError
        If the generator finds something wrong with the document.
    """
    commands = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as scratch:
        document = Path(scratch) / "openapi.json"
        document.write_text(json.dumps(openapi_document()))
        command = [str(commands / "openapi-python-client"), "generate", "--meta", "none", "--overwrite"]
        command += ["--path", str(document), "--config", str(_HERE / "config.yaml")]
        command += ["--custom-template-path", str(_HERE / "templates"), "--output-path", str(target)]
        # The hooks of the configuration run ruff, that of this environment.
        search_path = os.pathsep.join([str(commands), os.environ.get("PATH", "")])
        subprocess.run([*command, "--fail-on-warning"], check=True, env={**os.environ, "PATH": search_path})


if __name__ == "__main__":
    generate(_TARGET)

"""What every command has in common: help, completion, a quick start, clean text."""

import subprocess
import sys

import pytest

from tests.clients.cli.shell import Shell
from tsm.cli.output import without_control_characters

pytestmark = pytest.mark.xdist_group("system")

COMMANDS = [
    "abort",
    "catalogs",
    "cite",
    "combine",
    "crossmatch",
    "delete",
    "fetch",
    "jobs",
    "login",
    "logout",
    "lsdb-code",
    "plot",
    "provenance",
    "redshifts",
    "register",
    "reproduce",
    "share",
    "split",
    "status",
    "surveys",
    "upload",
    "uploads",
    "version",
    "wait",
]
HEAVY = ("astropy", "httpx", "matplotlib", "numpy", "pandas", "pyarrow", "pydantic", "rich")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_can_answer_in_json(stranger: Shell, command: str) -> None:
    run = stranger(command, "--help")
    assert (run.code, run.err) == (0, "")
    assert "--json" in run.out


def test_the_program_lists_its_commands(stranger: Shell) -> None:
    listed = stranger("--help").out.partition("Commands:")[2].splitlines()
    assert sorted(line.split()[0] for line in listed if line.startswith("  ") and line[2] != " ") == COMMANDS


def test_no_library_that_takes_long_to_load_is_loaded_for_help() -> None:
    program = f"""
import sys
from tsm.cli.program import run
run(["--help"])
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def complete(shell: Shell, words: str) -> list[str]:
    """What bash is offered behind these words."""
    variables = {"_TSM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    return Shell(shell.folder, variables).process().out.split()


def test_a_shell_completes_commands_options_and_choices(stranger: Shell) -> None:
    assert complete(stranger, "tsm cros") == ["crossmatch"]
    assert [complete(stranger, f"tsm {command} --rel") for command in ("fetch", "cite")] == [["--release"]] * 2
    assert "--split-by" in complete(stranger, "tsm crossmatch --spl")
    assert complete(stranger, "tsm crossmatch specz.fits --match ") == ["nearest", "mutual", "all"]


def test_the_script_for_completion_names_the_program(stranger: Shell) -> None:
    run = stranger.process("--show-completion", "bash")
    assert run.code == 0
    assert "_TSM_COMPLETE=complete_bash" in run.out


def test_versions_are_told(stranger: Shell) -> None:
    assert {"python", "pz-tsm", "pz-trainingset", "pyarrow"} <= stranger("version", "--json").document.keys()


def test_orders_to_a_terminal_are_taken_out_of_text() -> None:
    assert without_control_characters("a\x1b[2J\tb\nc\x9b1m\u202e") == "a\ufffd[2J\tb\nc\ufffd1m\ufffd"

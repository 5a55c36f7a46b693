"""Checks the rule files of all surveys of this package: ``make check-surveys``."""

import sys
from importlib.resources import files

from trainingset.specz.rule_file import RuleFileError, read_rule_file

__all__ = ["main"]


def main() -> int:
    """Write a line for each rule file, and everything that is wrong; 1 if anything is."""
    n_files = n_problems = 0
    for file in sorted((files("trainingset.specz") / "surveys").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".yaml"):
            continue
        n_files += 1
        try:
            (survey,) = read_rule_file(file.read_bytes(), name=file.name)
        except RuleFileError as error:
            n_problems += len(error.problems)
            sys.stdout.writelines(f"{problem}\n" for problem in error.problems)
            continue
        version = f"version {survey.rules.version}" if survey.rules else f"rules of {survey.same_rules_as}"
        sys.stdout.write(f"{survey.name}: {version}\n")
    sys.stdout.write(f"{n_files} surveys, {n_problems} problems\n")
    return 1 if n_problems or not n_files else 0


if __name__ == "__main__":
    sys.exit(main())

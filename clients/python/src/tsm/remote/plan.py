"""What a recipe would do, as a dry run tells it."""

import html

from tsm.api.models.plan import Plan as PlanDocument

__all__ = ["Plan"]


class Plan(PlanDocument):
    """What a recipe would read and give, or everything that is wrong with it; from ``crossmatch(dry_run=True)``.

    A value that the service cannot tell is None.
    """

    @property
    def is_possible(self) -> bool:
        """Whether a job can be made of the recipe as it is."""
        return not self.problems

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [f"{name + ':':<24}{text}" for name, text in self._rows()]
        lines += [f"note: {note}" for note in self.notes]
        if self.problems:
            lines.append(f"{len(self.problems)} problem(s): no job can be made of this recipe")
            lines += [f"  {problem.parameter}: {problem.message}" for problem in self.problems]
        return "\n".join(lines) or "nothing can be told"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>" for name, text in self._rows()
        )
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        problems = "".join(
            f"<li><b>{html.escape(problem.parameter)}</b>: {html.escape(problem.message)}</li>"
            for problem in self.problems
        )
        head = "<p><b>No job can be made of this recipe:</b></p>" if problems else ""
        return f"<table>{rows}</table>{head}<ul>{problems}</ul><ul>{notes}</ul>"

    def _rows(self) -> list[tuple[str, str]]:
        counts = {
            "redshifts": self.n_redshifts,
            "redshifts in footprint": self.n_redshifts_in_footprint,
            "partitions to read": self.n_partitions,
            "row groups to read": self.n_row_groups,
            "rows at most": self.expected_rows,
        }
        rows = [(name, f"{count:,}") for name, count in counts.items() if count is not None]
        if self.bytes_to_read is not None:
            rows.append(("megabytes to read", f"{self.bytes_to_read / 1e6:,.1f}"))
        if self.memory_bytes is not None:
            rows.append(("megabytes of memory", f"{self.memory_bytes / 1e6:,.0f}"))
        if self.seconds is not None:
            rows.append(("seconds to run", f"{self.seconds:,.1f}"))
        return rows

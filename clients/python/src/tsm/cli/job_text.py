"""A job in words."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tsm import Job

__all__ = ["job_document", "job_text", "size_text"]


def job_document(job: "Job") -> dict[str, Any]:
    """The job as the service's JSON shows it."""
    return dict(job.state.to_dict())


def job_text(job: "Job") -> str:
    """The job for people: a line for each thing worth knowing now."""
    document = job_document(job)
    lines = [(name.replace("_", " "), document.get(name)) for name in ("id", "phase", "run_id", "url")]
    lines += [("progress", _progress_text(document.get("progress")))]
    lines += [(name.replace("_", " "), document.get(name)) for name in ("creation_time", "end_time", "destruction")]
    lines += [("error", (document.get("error") or {}).get("message"))]
    lines += [("note", note) for note in document.get("notes", [])]
    lines += [("result", _result_text(result)) for result in document.get("results", [])]
    return "\n".join(f"{name:<14} {value}" for name, value in lines if value)


def size_text(size: int) -> str:
    """A number of bytes, short."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B"


def _progress_text(progress: dict[str, Any] | None) -> str | None:
    if not progress:
        return None
    done, total = progress.get("done"), progress.get("total")
    counted = f", {done} of {total} {progress.get('unit', 'partitions')}" if done is not None and total else ""
    rows = f", {progress['rows']} rows" if progress.get("rows") else ""
    return f"{progress['stage']}{counted}{rows}"


def _result_text(result: dict[str, Any]) -> str:
    return f"{result['id']:<14} {result['filename']} ({size_text(result['size'])})"

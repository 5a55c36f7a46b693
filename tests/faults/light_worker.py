"""``python light_worker.py``: a whole worker of the service, whose children compute next to nothing."""

from pathlib import Path

from worker.main import run_worker

if __name__ == "__main__":
    run_worker(program=[str(Path(__file__).with_name("light_child.py"))])

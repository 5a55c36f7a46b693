"""A Slurm cluster of one node: Debian's daemons with a configuration, a key and ports of their own."""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PROGRAMS", "SlurmCluster", "running_slurm"]

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "sinfo")

_START_SECONDS = 30
_NODE_MEGABYTES = 64_000
"""What Slurm believes: jobs of several GB are asked for, and use little."""

_CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
MailProg=/bin/true
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory={memory} State=UNKNOWN
PartitionName=matches Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class SlurmCluster:
    """A running cluster; its clients find it by the environment."""

    environment: Mapping[str, str]

    def jobs(self) -> dict[str, str]:
        """Phase of each Slurm job that waits or runs, by its number; not of those that Slurm is tidying up after."""
        lines = self.ask("squeue", "--noheader", "--states=PENDING,RUNNING", "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    def cancel(self, job: str) -> None:
        """End a Slurm job at once, as the loss of its node does."""
        self.ask("scancel", "--signal=KILL", "--full", job)

    def script(self, job: str) -> str:
        """The script of a job, as everybody in charge of Slurm can read it."""
        return self.ask("scontrol", "write", "batch_script", job, "-")

    def ask(self, *command: str) -> str:
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=20).stdout


@contextmanager
def running_slurm() -> Iterator[SlurmCluster]:
    """Run a cluster until the end of the block, and end its jobs with it."""
    with ExitStack() as parts:
        # Not pytest's folder: the name of munge's socket has 108 bytes at most.
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        key = folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        (folder / "state").mkdir()
        (folder / "spool").mkdir()
        configuration = folder / "slurm.conf"
        controller_port, node_port = _free_ports(2)
        configuration.write_text(
            _CONFIGURATION.format(
                host=socket.gethostname().partition(".")[0],
                user=getpass.getuser(),
                folder=folder,
                controller_port=controller_port,
                node_port=node_port,
                memory=_NODE_MEGABYTES,
            )
        )
        cluster = SlurmCluster({"SLURM_CONF": str(configuration)})
        munge = ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket"]
        munge += [f"--{what}-file={folder}/munge.{what}" for what in ("pid", "log", "seed")]
        parts.enter_context(_daemon(munge, folder))
        _wait_for(lambda: (folder / "munge.socket").exists(), folder)
        parts.enter_context(_daemon(["slurmctld", "-D", "-f", str(configuration)], folder))
        parts.enter_context(_daemon(["slurmd", "-D", "-N", "node", "-f", str(configuration)], folder))
        _wait_for(lambda: _has_node(cluster), folder)
        parts.callback(_end_jobs, cluster, folder)
        yield cluster


@contextmanager
def _daemon(command: list[str], folder: Path) -> Iterator[None]:
    program = shutil.which(command[0])
    assert program is not None, command
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen([program, *command[1:]], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _has_node(cluster: SlurmCluster) -> bool:
    try:
        return cluster.ask("sinfo", "--noheader", "--format=%T").strip() == "idle"
    except subprocess.SubprocessError:
        return False


def _end_jobs(cluster: SlurmCluster, folder: Path) -> None:
    cluster.ask("scancel", "--me")
    _wait_for(lambda: not cluster.jobs(), folder)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait_for(condition: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            logs = "\n".join(log.read_text(errors="replace")[-2000:] for log in folder.glob("*.log"))
            raise TimeoutError(f"Slurm of the tests is not as it should be:\n{logs}")
        time.sleep(0.1)

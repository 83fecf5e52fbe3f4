"""The workers of a Dask cluster that somebody has started: on other machines, under Slurm, Kubernetes or by hand."""

import re
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

from annotation_noise.errors import InputError, RunError, how_to_install
from annotation_noise.running.workers import Workers
from annotation_noise.versions import versions

ADDRESS = re.compile(r"(tcp|tls|ws|wss)://.+:\d+")
CONNECT_S = 5


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of a Dask cluster that runs already.

    Scheduler and workers need this program installed, the workers the libraries that shape the masks in the same
    versions as here, and the input file under the same path. A lost worker's jobs are done again by another. Raises
    InputError where one of these is not so, and RunError where the cluster is lost.
    """
    try:
        from distributed import Client
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise InputError(f"--cluster needs Dask: {how_to_install('cluster')}") from error
    if not ADDRESS.fullmatch(address):
        raise InputError(f"--cluster takes a scheduler's address like tcp://scheduler:8786, not {address!r}")
    try:
        client = Client(address, timeout=f"{CONNECT_S}s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {address}") from error
    with client:
        at_a_time = sum(client.nthreads().values())
        if not at_a_time:
            raise InputError(f"the Dask scheduler at {address} has no workers")
        try:
            client.run_on_scheduler(versions)  # it only passes jobs on, but reads them to do so
            theirs = client.run(versions)
        except Exception as error:  # whatever the worker met is here as text
            raise InputError(
                f"the cluster at {address} cannot run this program ({error}); "
                "install it where the scheduler and the workers run"
            ) from error
        for worker, library_versions in theirs.items():
            if library_versions != versions():
                raise InputError(
                    f"the worker {worker} has other library versions, which may draw other masks: {library_versions}"
                )
        try:
            yield Workers(client.get_executor(pure=False), at_a_time)
        except KilledWorker as error:
            raise RunError("the same job has cost several workers their lives; see the workers' logs") from error
        except (CommClosedError, CancelledError) as error:
            raise RunError(f"the Dask cluster at {address} was lost") from error

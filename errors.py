"""What ends a run with one sentence; everything else is a bug and keeps its traceback."""

from importlib.util import find_spec


class InputError(ValueError):
    """Bad input or usage, for the user to mend: what is wrong, where, and what would be right."""


class RunError(RuntimeError):
    """A run that could not go on through nobody's input: what happened."""


def require(package: str, what: str) -> None:
    """Say before any work that a package of requirements-measure.txt is missing, and how to install it.

    package: its name in Python. what: what needs it, `--preview` for instance. Raises InputError.
    """
    if find_spec(package) is None:
        raise InputError(f"{what} needs {package}: pip install -r requirements-measure.txt")

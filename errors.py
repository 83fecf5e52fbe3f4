"""What ends a run with one sentence; everything else is a bug and keeps its traceback."""


class InputError(ValueError):
    """Bad input or usage, for the user to mend: what is wrong, where, and what would be right."""


class RunError(RuntimeError):
    """A run that could not go on through nobody's input: what happened."""

"""The one exception that is the user's to mend; everything else is a bug and keeps its traceback."""


class InputError(ValueError):
    """Bad input or usage, said in one sentence: what is wrong, where, and what would be right."""

"""Broken inputs for every command, and what may become of them.

    python -m tests.fuzz --seed 1 --count 10000        or `make fuzz SEED=1 COUNT=10000`
    python -m tests.fuzz --seed 1 --only 4711          that one alone again, and its files stay

Input n of seed s is made of (s, n) alone. Annotation files, corruption values, plugins and names are changed at random
and put through the command's own `main`, in a process that may be lost. Either it ends with status 0, and then what it
has written loads and is true; or with status 2, one sentence and nothing written. Nothing else is right: no traceback,
no warning, no more than 20 s, no 2 GB.
"""

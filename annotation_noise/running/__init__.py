"""Doing the work: a file, many files, here, in processes or on a cluster."""

"""Compile the kernels ahead of the first large run: python -m annotation_noise.running.compiled."""

from annotation_noise.running.compiled.ready import prepare

if __name__ == "__main__":
    prepare(print)

"""Everything internal of noise_annotations.py and the commands beside it; the face is `noise_annotations`."""

"""Noisy COCO files, written as the label files of other tools."""

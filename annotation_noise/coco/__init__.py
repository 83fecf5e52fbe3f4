"""COCO files: where their parts lie, what they hold, and how they are changed without being decoded."""

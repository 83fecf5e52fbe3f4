"""Other datasets' own files, read into what a COCO file holds."""

"""Other datasets' own files, read into what a COCO file holds: a module each, with a function `read`.

DATASETS is what `--from` takes: the module's name, and what people call the dataset. `read` takes the path, the splits
that are chosen, if any, and what else the command has for this dataset alone; it gives `split.Split`s. Loads no
library, as the help needs none.
"""

DATASETS = {"cityscapes": "Cityscapes", "viper": "VIPER", "panoptic": "COCO panoptic"}

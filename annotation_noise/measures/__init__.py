"""How far one set of annotations is from another: matching, overlap of masks, average precision."""

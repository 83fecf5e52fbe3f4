"""What a noise does to an annotation: draws, recipes, their application, and the log of it."""

"""Who gets which noise, and doing it: recipe, draws, one annotation, many, in one process or several."""

"""Examples: datasets to try the program on, a noise, training."""

"""The category noises, one file each."""

"""The box noises, one file each."""

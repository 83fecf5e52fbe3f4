"""The instances noises, one file each."""

"""The mask noises, one file each."""

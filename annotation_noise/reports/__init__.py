"""Looking at a result; never changes it."""

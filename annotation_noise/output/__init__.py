"""What a run leaves, and what of an earlier one it may replace."""

"""Masks: cropped arrays, run lengths, contours, polygons. Knows neither files nor randomness."""

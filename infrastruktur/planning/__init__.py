"""Figures from arrays: people spread over cells, ratios, reach counts, gaps, and what of it may be published."""

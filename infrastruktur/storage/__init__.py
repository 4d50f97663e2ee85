"""The catalogue: one model, two stores, and the only room that speaks SQL."""

"""History: what was said and done, kept and found again."""

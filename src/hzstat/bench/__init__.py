"""Figures that a reader can measure again: ratios within one run, with their spread."""

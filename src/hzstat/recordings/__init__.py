"""Recordings: directories of `.npy` files, one per source, and a `meta.json` that describes them.

docs/recordings.md has the format, and what survives what.
"""

"""How samples are shown: one exporter a file. They see numbers and units, never a worker."""

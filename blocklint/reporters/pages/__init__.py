"""The parts of a page for a browser: one file, and nothing from elsewhere."""

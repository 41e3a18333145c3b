"""Reads a block by running it, in a process of its own, with the user's interpreter."""

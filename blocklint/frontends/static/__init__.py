"""Reads graphs out of source code, without running it."""

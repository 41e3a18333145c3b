"""What earlier runs found, kept on the disk as plain data; a run never depends on it.

The folder of a cache has one folder for each version of blocklint and of Python, and
in that one file, a pack, for each folder of code.
"""

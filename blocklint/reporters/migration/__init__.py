"""Forms of the report of `migrate`, one a module."""

"""What the program is called, which version it is, and where its rules have pages."""

NAME = "blocklint"
VERSION = "0.1.0"

# The address under which each rule has a page by its name, once there are such pages.
PAGES: str | None = None

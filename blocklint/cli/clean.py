"""`blocklint clean`."""

from pathlib import Path

import click

from blocklint.cli.options import cache_dir


@click.command()
@cache_dir
def clean(cache_dir: Path | None) -> None:
    """Remove the cache of this folder's project, or the one in --cache-dir."""
    from blocklint.engine.cache.folder import clean as taken_away, folder_of
    from blocklint.engine.config import Configs
    from blocklint.engine.request import BadRequest, Options

    options = Options(cache_dir=cache_dir)
    folder = folder_of(options, Configs(options).of("pyproject.toml"))
    try:
        done = taken_away(folder)
    except OSError as error:
        problem = f"{folder}: cannot be removed: {error.strerror}"
        raise BadRequest(problem) from error
    said = f"Removed {folder}." if done else f"There is no cache in {folder}."
    click.echo(said, err=True)

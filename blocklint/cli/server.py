"""`blocklint server`."""

from pathlib import Path

import click

from blocklint.cli.boundary import CannotBeDone

_MISSING = (
    "the language server needs pygls, which is not installed here;"
    ' run `{python} -m pip install "pygls>=2.1,<3"`'
)


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Use this file's [tool.blocklint] for all files.",
)
@click.option("--isolated", is_flag=True, help="Use no config at all.")
@click.option("--unsafe-fixes", is_flag=True, help="Offer the unsafe fixes, too.")
def server(config: Path | None, isolated: bool, unsafe_fixes: bool) -> None:
    """Serve an editor: findings as you type, fixes, and blocks on hover.

    Speaks the language server protocol on the standard streams until it is told to end.
    Config is looked up as `check` does. No code is run.
    """
    import sys

    from blocklint.engine import Options

    try:
        from blocklint.server.app import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise CannotBeDone(_MISSING.format(python=sys.executable)) from error
    options = Options(config=config, isolated=isolated, force_exclude=True)
    serve(options, unsafe_fixes)

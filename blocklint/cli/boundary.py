"""Where faults end: what a command that cannot be done, or that failed, exits with."""

import sys
from typing import Any

import click


class CannotBeDone(click.ClickException):
    """A request that is at fault itself: exit code 2, without a traceback."""

    exit_code = 2


class Commands(click.Group):
    """The one boundary at which a fault of blocklint itself is caught."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's own type)
        """Run a command; anything unforeseen ends with exit code 3."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe is gone
        except Exception as error:
            from blocklint.engine import BadRequest

            if isinstance(error, BadRequest):
                raise CannotBeDone(str(error)) from error
            from blocklint.summaries import of_fault

            click.echo(of_fault(error), err=True)
            sys.exit(3)

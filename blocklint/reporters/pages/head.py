"""What every page begins with: its policy, its style and the choice of colours."""

from collections.abc import Iterator

from blocklint.reporters.pages.style import style


def head(
    title: str, told: str = "", rules: str = "", script: str = ""
) -> Iterator[str]:
    """A page up to its header, `told` behind the title; all are HTML already.

    `rules` are added to the style. A `script` is what the policy lets run beside the
    style, by its digest; without one nothing runs.
    """
    allowed = f"script-src {script}; " if script else ""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; {allowed}"
        "base-uri 'none'; form-action 'none'"
    )
    whole = f"{title}: {told}" if told else title
    below = f"<p>{told}</p>" if told else ""
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{whole}</title>\n<style>{style()}{rules}</style>\n"
        '</head>\n<body>\n<a class="skip" href="#blocks">Skip to the blocks</a>\n'
        f"<header>\n<div><h1>{title}</h1>{below}</div>\n"
    )
    yield '<fieldset class="theme"><legend>Colours</legend>\n'
    for name, label in (("system", "System"), ("light", "Light"), ("dark", "Dark")):
        checked = " checked" if name == "system" else ""
        yield (
            f'<label><input type="radio" name="theme" id="theme-{name}"{checked}> '
            f"{label}</label>\n"
        )
    yield "</fieldset>\n</header>\n"

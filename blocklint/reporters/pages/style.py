"""The style of a page: light or dark as the system is, or as the reader chooses."""

from blocklint.reporters.pictures.paint import classes, variables

_RULES = """
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--bl-paper);color:var(--bl-ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main,footer{max-width:76rem;margin:0 auto;padding:1rem 1.25rem}
header{display:flex;flex-wrap:wrap;gap:1rem;align-items:end;
justify-content:space-between}
h1{font-size:1.6rem;margin:0;line-height:1.2}
h2{font-size:1.25rem;margin:2rem 0 .75rem}
h3{font-size:1rem;margin:1.25rem 0 .5rem;overflow-wrap:anywhere}
p{margin:.25rem 0 .75rem}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
font-size:.9em}
a{color:var(--bl-note)}
a:focus-visible,summary:focus-visible,input:focus-visible,select:focus-visible,
button:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--bl-note);
outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-100vw;top:.5rem;padding:.5rem 1rem;
background:var(--bl-paper);border:2px solid var(--bl-note);z-index:1}
.skip:focus{left:.5rem}
.muted{color:var(--bl-muted)}
fieldset{border:1px solid var(--bl-edge);border-radius:6px;margin:0;
padding:.1rem .75rem .35rem;font-size:.9rem}
fieldset label{margin-right:.6rem}
.filters{display:flex;flex-wrap:wrap;gap:.75rem 1rem;align-items:end;
padding:.75rem 0 1rem}
.filters[hidden]{display:none}
.filters label{display:grid;gap:.15rem;font-size:.9rem;flex:0 1 auto}
.filters label:first-child{flex:1 1 16rem}
input[type=search],select,button{font:inherit;color:inherit;
background:var(--bl-paper);border:1px solid var(--bl-edge);border-radius:6px;
padding:.35rem .6rem;min-height:2.4rem;max-width:100%}
button{cursor:pointer}
button:hover,summary:hover{background:var(--bl-hover)}
output{font-size:.9rem;flex-basis:100%}
.block,.rule{border:1px solid var(--bl-edge);border-radius:8px;margin:.5rem 0}
.block>summary,.rule>summary{padding:.55rem .9rem;cursor:pointer;border-radius:8px;
overflow-wrap:anywhere}
.block[open]>summary,.rule[open]>summary{border-bottom:1px solid var(--bl-edge);
border-radius:8px 8px 0 0}
.inside{padding:.25rem 1rem 1rem}
.name{font-weight:700;font-size:1.05rem;margin-right:.5rem}
.chip{display:inline-block;border:1px solid var(--bl-plain-edge);border-radius:1rem;
padding:0 .6rem;margin:.1rem .25rem;font-size:.85rem;background:var(--bl-plain);
color:var(--bl-ink)}
.error{color:var(--bl-error)}.warning{color:var(--bl-warning)}
.note{color:var(--bl-note)}
.weight{font-weight:700}
.variants{display:flex;flex-wrap:wrap;gap:0 2.5rem}
.variant{max-width:100%;min-width:0}
.scroll{overflow-x:auto;max-width:100%}
figure{margin:.5rem 0}
svg{display:block}
table{border-collapse:collapse;font-size:.92rem;margin:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;
border-bottom:1px solid var(--bl-edge)}
td.number,th.number{text-align:right}
td{overflow-wrap:break-word;max-width:28rem}
ul{padding-left:1.25rem;margin:.25rem 0}
li{margin:.3rem 0;overflow-wrap:anywhere}
pre{background:var(--bl-plain);padding:.75rem 1rem;border-radius:6px;overflow-x:auto}
.inside>:first-child{margin-top:.75rem}
.docs{max-width:46rem}
@media print{.filters,.theme,.skip{display:none}}
"""


def style() -> str:
    """All rules of the page, the colours of its pictures included."""
    light, dark = variables(False), variables(True)
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f":root:has(#theme-light:checked){{color-scheme:light;{light}}}"
        f":root:has(#theme-dark:checked){{color-scheme:dark;{dark}}}"
        f".bl-sign{{stroke:var(--bl-paper)}}{classes()}{_RULES}"
    )

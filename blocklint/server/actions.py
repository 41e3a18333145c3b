"""Code actions: fixes, and the comment that suppresses a finding."""

from collections.abc import Iterator, Sequence

from lsprotocol import types

from blocklint.frozen import dataclass
from blocklint.rule import Finding
from blocklint.server.documents import Document
from blocklint.server.ignoring import ignored
from blocklint.server.jobs import mended
from blocklint.server.positions import Encoding, Ruler, edits_between, meets
from blocklint.text import lines_of

QUICK = types.CodeActionKind.QuickFix
ALL = f"{types.CodeActionKind.SourceFixAll.value}.blocklint"
_BROKEN = "syntax-error"
_IDLE = "unused-suppression"


@dataclass(frozen=True)
class Choice:
    """What an editor offers for a stretch of one document.

    `diagnostics` are those of the `findings`, one for each.
    """

    document: Document
    findings: Sequence[Finding]
    diagnostics: Sequence[types.Diagnostic]
    encoding: Encoding
    versioned: bool

    def quick(self, asked: types.Range, unsafe: bool) -> Iterator[types.CodeAction]:
        """Fixes for the findings in a range, then the comments that suppress them."""
        pairs = [
            (finding, diagnostic)
            for finding, diagnostic in zip(self.findings, self.diagnostics, strict=True)
            if meets(diagnostic.range, asked)
        ]
        for finding, diagnostic in pairs:
            if finding.fix and (finding.fix.safe or unsafe):
                yield from self._fix(finding, diagnostic)
        for finding, diagnostic in pairs:
            yield from self._ignore(finding, diagnostic)

    def whole(self, new: str) -> types.CodeAction:
        """Everything that can be fixed safely, at once."""
        edits = edits_between(self.document.text, new, self._ruler)
        title = "Fix what blocklint can fix safely"
        return types.CodeAction(title, ALL, edit=self._edit(edits))

    @property
    def _ruler(self) -> Ruler:
        return Ruler(lines_of(self.document.text), self.encoding)

    def _fix(
        self, finding: Finding, diagnostic: types.Diagnostic
    ) -> Iterator[types.CodeAction]:
        new = mended(self.document.text, finding)
        if finding.fix is None or new is None:
            return
        edits = edits_between(self.document.text, new, self._ruler)
        message = finding.fix.message
        unsafe = "" if finding.fix.safe else " (unsafe)"
        yield types.CodeAction(
            f"{message[:1].upper()}{message[1:]}{unsafe}",
            QUICK,
            [diagnostic],
            is_preferred=finding.fix.safe,
            edit=self._edit(edits),
        )

    def _ignore(
        self, finding: Finding, diagnostic: types.Diagnostic
    ) -> Iterator[types.CodeAction]:
        if finding.rule in (_BROKEN, _IDLE):
            return
        found = ignored(self.document.text, finding)
        if found is not None:
            edit = types.TextEdit(self._ruler.range(found.span), found.text)
            title = f"Ignore this finding ({finding.rule})"
            yield types.CodeAction(title, QUICK, [diagnostic], edit=self._edit([edit]))

    def _edit(self, edits: Sequence[types.TextEdit]) -> types.WorkspaceEdit:
        """Edits of this version of the document, where the editor can tell versions."""
        uri = self.document.uri
        if not self.versioned:
            return types.WorkspaceEdit(changes={uri: list(edits)})
        named = types.OptionalVersionedTextDocumentIdentifier(
            uri, self.document.version
        )
        change = types.TextDocumentEdit(named, list(edits))
        return types.WorkspaceEdit(document_changes=[change])


def wants(only: Sequence[types.CodeActionKind | str] | None, kind: str) -> bool:
    """Whether an editor asks for a kind of action, by its name or by a wider one."""
    if only is None:
        return True
    asked = [getattr(each, "value", each) for each in only]
    return any(kind == each or kind.startswith(f"{each}.") for each in asked)

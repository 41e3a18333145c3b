"""The language server itself: which requests it answers, and with what."""

import os
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from blocklint.engine import BadRequest, Options
from blocklint.report import Overview
from blocklint.reporters.inspection import markdown
from blocklint.server import jobs
from blocklint.server.actions import ALL, QUICK, Choice, wants
from blocklint.server.checks import Checked, Checks
from blocklint.server.diagnostics import diagnostics_of
from blocklint.server.documents import Document, Documents
from blocklint.server.positions import Encoding, Ruler
from blocklint.server.worker import Worker, WorkerDied
from blocklint.text import lines_of

_QUIET = 0.2  # seconds without a change before a document is checked
_CONFIG = "pyproject.toml"


def serve(options: Options, unsafe: bool) -> None:
    """Answer an editor on the standard streams until it says `exit`, or is gone."""
    server = LanguageServer(
        "blocklint",
        version("blocklint"),
        text_document_sync_kind=types.TextDocumentSyncKind.Full,
    )
    editor = Editor(server, options, unsafe)
    editor.listen()
    editor.warm_up()
    server.start_io()
    editor.close()


class Editor:
    """One editor at the other end: its documents, and what it is told of them."""

    def __init__(self, server: LanguageServer, options: Options, unsafe: bool) -> None:
        self._server = server
        self._unsafe = unsafe
        self._documents = Documents(options)
        self._worker = Worker()
        self._checks = Checks(self._documents, self._worker, self._publish, _QUIET)
        self._told: str | None = None

    def listen(self) -> None:
        """Say which messages are understood."""
        answers: list[tuple[str, Callable[..., object], object]] = [
            (types.INITIALIZED, self.initialized, None),
            (types.TEXT_DOCUMENT_DID_OPEN, self.opened, None),
            (types.TEXT_DOCUMENT_DID_CHANGE, self.changed, None),
            (types.TEXT_DOCUMENT_DID_SAVE, self.saved, None),
            (types.TEXT_DOCUMENT_DID_CLOSE, self.closed, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self.files_changed, None),
            (types.TEXT_DOCUMENT_HOVER, self.hover, None),
            (
                types.TEXT_DOCUMENT_CODE_ACTION,
                self.code_actions,
                types.CodeActionOptions([QUICK, ALL]),
            ),
        ]
        for method, answer, options in answers:
            # A method as such takes no attributes, and pygls gives it some.
            self._server.feature(method, options)(partial(answer))

    def warm_up(self) -> None:
        """Start the process that does the work."""
        self._worker.start()

    def close(self) -> None:
        """End the process that does the work."""
        self._worker.close()

    async def initialized(self, params: types.InitializedParams) -> None:
        """Ask to be told of files that change on the disk, if the editor can do so."""
        workspace = self._server.client_capabilities.workspace
        watched = workspace and workspace.did_change_watched_files
        if not (watched and watched.dynamic_registration):
            return
        watchers = [types.FileSystemWatcher(f"**/{name}") for name in ("*.py", _CONFIG)]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        asked = types.Registration("blocklint-files", method, options)
        await self._server.client_register_capability_async(
            types.RegistrationParams([asked])
        )

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        """Check a document that was opened."""
        self._take(params.text_document.uri)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """Check a document once its changes come to a pause."""
        self._take(params.text_document.uri)

    def saved(self, params: types.DidSaveTextDocumentParams) -> None:
        """A config that was saved holds for all documents."""
        if os.path.basename(params.text_document.uri) == _CONFIG:
            self._checks.soon()

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget a document; the others see it as it is on the disk."""
        uri = params.text_document.uri
        if self._documents.get(uri):
            self._documents.drop(uri)
            self._checks.forget(uri)
            self._show(uri, None, [])
            self._checks.soon()

    def files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        """Files on the disk changed that open documents may import."""
        self._checks.soon()

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What the block does whose name, or whose header, the mouse is on."""
        document = self._documents.get(params.text_document.uri)
        if document is None:
            return None
        ruler = Ruler(lines_of(document.text), self._encoding)
        request = self._documents.request_for(document)
        place = ruler.place(params.position)
        try:
            block = await self._worker.ask(jobs.describe, request, *place)
        except (BadRequest, WorkerDied):
            return None  # The check of the document says so, too, and says why.
        if block is None:
            return None
        folder = self._server.workspace.root_path or ""
        text = markdown.render(Overview((block,), 1)).replace(f"{folder}/", "")
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    async def code_actions(
        self, params: types.CodeActionParams
    ) -> list[types.CodeAction]:
        """Fixes and suppressions for a stretch of a document, fixes for all of it."""
        checked = await self._checks.now(params.text_document.uri)
        if checked is None or checked.problem:
            return []
        choice = self._choice(checked)
        found: list[types.CodeAction] = []
        if wants(params.context.only, QUICK.value):
            found += choice.quick(params.range, self._unsafe)
        fixable = any(f.fix and f.fix.safe for f in choice.findings)
        if fixable and wants(params.context.only, ALL):
            request = self._documents.request_for(checked.document)
            new = await self._worker.ask(jobs.repair, request)
            found += [choice.whole(new)] if new is not None else []
        return found

    def _choice(self, checked: Checked) -> Choice:
        document, report = checked.document, checked.report
        edits = self._server.client_capabilities.workspace
        workspace_edit = edits and edits.workspace_edit
        return Choice(
            document,
            report.findings,
            diagnostics_of(report, document, self._encoding),
            self._encoding,
            bool(workspace_edit and workspace_edit.document_changes),
        )

    @property
    def _encoding(self) -> Encoding:
        encoding = self._server.workspace.position_encoding
        return encoding or types.PositionEncodingKind.Utf16

    def _take(self, uri: str) -> None:
        shown = self._server.workspace.get_text_document(uri)
        path = self._path_of(shown)
        if path is not None:
            self._documents.put(Document(uri, path, shown.version, shown.source))
            self._checks.soon(uri)

    def _path_of(self, shown: TextDocument) -> str | None:
        """The file of a document; None for what is no Python file.

        One that was never saved is taken to be in the folder that is open.
        """
        path = to_fs_path(shown.uri)
        if shown.language_id != "python" and not (path or "").endswith(".py"):
            return None
        if path is None and not shown.uri.startswith("untitled:"):
            return None
        folder = self._server.workspace.root_path or ""
        return path or os.path.join(folder, os.path.basename(shown.path))

    def _publish(self, checked: Checked) -> None:
        """Show what was found, or say once why nothing could be."""
        document = checked.document
        found = diagnostics_of(checked.report, document, self._encoding)
        self._show(document.uri, document.version, found)
        if checked.problem and checked.problem != self._told:
            self._server.window_show_message(
                types.ShowMessageParams(types.MessageType.Error, checked.problem)
            )
        self._told = checked.problem

    def _show(
        self, uri: str, number: int | None, found: list[types.Diagnostic]
    ) -> None:
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, found, number)
        )

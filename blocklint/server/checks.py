"""Checks documents as they change: the newest version only, and after a pause."""

import asyncio
from collections.abc import Callable

from blocklint.engine import BadRequest
from blocklint.frozen import dataclass
from blocklint.report import Report
from blocklint.server import jobs
from blocklint.server.documents import Document, Documents
from blocklint.server.worker import Worker, WorkerDied

_FAULT = "blocklint failed on {path}; its log says where. Please report it."


@dataclass(frozen=True)
class Checked:
    """What was found in one version of a document; `problem` if nothing could be."""

    document: Document
    report: Report
    problem: str | None = None


class Checks:
    """The checks that are due or under way.

    After `delay` seconds of quiet the document that changed is checked, then the other
    open ones, for they may import it. A change in between begins anew: what is found
    in a text that is no longer the newest is dropped, and not waited for.
    """

    def __init__(
        self,
        documents: Documents,
        worker: Worker,
        publish: Callable[[Checked], None],
        delay: float,
    ) -> None:
        self._documents = documents
        self._worker = worker
        self._publish = publish
        self._delay = delay
        self._due: asyncio.Task[None] | None = None
        self._known: dict[str, Checked] = {}

    def soon(self, first: str | None = None) -> None:
        """Something changed: check a document, then all others that are open."""
        self.stop()
        self._due = asyncio.create_task(self._check_all(first))

    def stop(self) -> None:
        """Give up what is due and what is under way."""
        if self._due is not None:
            self._due.cancel()

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._known.pop(uri, None)

    async def now(self, uri: str) -> Checked | None:
        """What is found in the newest version; None if the document is not open."""
        document = self._documents.get(uri)
        if document is None:
            return None
        known = self._known.get(uri)
        if known is None or known.document != document:
            await self._check(document)
            known = self._known.get(uri)
        return known

    async def _check_all(self, first: str | None) -> None:
        await asyncio.sleep(self._delay)
        for uri in sorted(self._documents, key=lambda uri: uri != first):
            if document := self._documents.get(uri):
                await self._check(document)

    async def _check(self, document: Document) -> None:
        request = self._documents.request_for(document)
        problem = None
        try:
            report = await self._worker.ask(jobs.check, request)
        except BadRequest as error:
            report, problem = Report((), 0), str(error)
        except WorkerDied:
            report, problem = Report((), 0), _FAULT.format(path=document.path)
        if self._documents.get(document.uri) == document:
            checked = Checked(document, report, problem)
            self._known[document.uri] = checked
            self._publish(checked)

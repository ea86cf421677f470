"""A real server on loopback with feeds that misbehave on demand; it remembers what it served."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Self
from xml.sax.saxutils import escape

from aiohttp import web
from multidict import CIMultiDict

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Hit(NamedTuple):
    """A request as the server saw it."""

    path: str
    headers: Mapping[str, str]


def rss(items: Sequence[tuple[str, str, str]]) -> bytes:
    """A feed of items, each a guid, a title and a text."""
    body = "".join(
        f"<item><guid isPermaLink='false'>{escape(guid)}</guid><title>{escape(title)}</title>"
        f"<description>{escape(text)}</description></item>"
        for guid, title, text in items
    )
    return f"<rss version='2.0'><channel><title>Farm</title>{body}</channel></rss>".encode()


class Farm:
    """Serves handlers by path, in a thread and loop of its own."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.port = 0
        self._handlers: dict[str, Handler] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="farm", daemon=True)
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def endpoint(self) -> tuple[str, int]:
        """Where it listens."""
        return "127.0.0.1", self.port

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self, path: str, handler: Handler) -> str:
        """Answer a path with this handler; its address."""
        self._handlers[path] = handler
        return self.url(path)

    def answer(self, path: str, body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> str:
        """Answer a path always so; its address."""

        async def handler(_: web.Request) -> web.Response:
            fixed = CIMultiDict({"Content-Type": "application/rss+xml", **(headers or {})})
            return web.Response(body=body, status=status, headers=fixed)

        return self.serve(path, handler)

    def asked(self, path: str) -> list[Hit]:
        """The requests for a path, in order."""
        return [hit for hit in self.hits if hit.path == path]

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._dispatch)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(Hit(request.path, dict(request.headers)))
        handler = self._handlers.get(request.path)
        if handler is None:
            raise web.HTTPNotFound
        return await handler(request)

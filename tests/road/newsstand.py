"""A real HTTP server with real feeds that grow when the test says so."""

import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from entente.domain import Article
from tests.newswire import rss

WINDOW = 1000  # items; as real feeds, it lists only the newest


class Newsstand:
    """Serves one RSS feed for each outlet on loopback."""

    def __init__(self) -> None:
        self._items: dict[str, list[Article]] = {}
        self._lock = threading.Lock()
        stand = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = stand.feed(self.path.strip("/"))
                tag = f'"{len(body)}"'
                if self.headers.get("If-None-Match") == tag:
                    self.send_response(304)
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", tag)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                """A test prints no access log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, feed: str, articles: Iterable[Article]) -> None:
        """Put articles on top of a feed."""
        with self._lock:
            self._items.setdefault(feed, []).extend(articles)

    def feed(self, name: str) -> bytes:
        """The feed as it stands now."""
        with self._lock:
            return rss(name, self._items.get(name, [])[-WINDOW:])

    def url(self, feed: str) -> str:
        """Where the feed is."""
        return f"{self.address}/{feed}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

"""How a running process shows itself: logs on standard error, and a port with /metrics, /livez and /readyz."""

import errno
import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app
from rich.console import Console
from rich.logging import RichHandler

from entente.errors import SettingsError

Check = Callable[[], str | None]  # None when all is well, else what is not, in a few words

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what is passed as `extra` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def set_up_logging(level: str) -> None:
    """Log to standard error: for people on a terminal, JSON lines elsewhere."""
    if sys.stderr.isatty():
        handler: logging.Handler = RichHandler(console=Console(stderr=True), show_path=False, rich_tracebacks=False)
        handler.setFormatter(logging.Formatter("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # These repeat themselves many times a second while a broker is away, or tell every step.
    for noisy in ("aiokafka", "alembic", "kafka", "httpx", "faust", "mode"):
        logging.getLogger(noisy).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)


class ObservationPort:
    """Serves /metrics, /livez and /readyz until it is closed.

    Raises:
        SettingsError: the address is taken, or is not one of this machine.
    """

    def __init__(
        self, address: str, registry: CollectorRegistry, live: Mapping[str, Check], ready: Mapping[str, Check]
    ) -> None:
        host, port = _split(address)
        try:
            self._server = make_server(host, port, _app(registry, live, ready), _Server, _QuietHandler)
        except OSError as error:
            raise _unusable(address, error) from error
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="observe", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def try_address(address: str) -> str:
    """Say whether the port could be opened, or is taken: by the very program that runs, perhaps.

    Raises:
        SettingsError: the address is not one of this machine, or the port is not for this user.
    """
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            attempt.bind(_split(address))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _unusable(address, error) from error
            return f"{address} is taken; unless it is by the entente that runs, choose another port"
    return address


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def _unusable(address: str, error: OSError) -> SettingsError:
    return SettingsError(f"ENTENTE_METRICS {address!r}: {error.strerror}; choose another address or port")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Scrapes are no news."""


def _app(registry: CollectorRegistry, live: Mapping[str, Check], ready: Mapping[str, Check]) -> WSGIApplication:
    metrics: WSGIApplication = make_wsgi_app(registry)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                return metrics(environ, start_response)
            case "/livez":
                return _answer(live, start_response)
            case "/readyz":
                return _answer(ready, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics /livez /readyz\n"]

    return app


def _answer(checks: Mapping[str, Check], start_response: StartResponse) -> list[bytes]:
    findings = {name: check() for name, check in checks.items()}
    well = not any(findings.values())
    start_response("200 OK" if well else "503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{name}: {finding or 'ok'}\n".encode() for name, finding in findings.items()]

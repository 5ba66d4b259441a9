"""The server of `gradcli explore --serve`: pages about expressions, for this machine and who knows the token."""

from __future__ import annotations

import hmac
import secrets
import sys
from copy import copy
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ..errors import GradcliError
from ..render import diagnostic, numbers, page
from .command import Given

if TYPE_CHECKING:
    from ..views.explore import Page

_HOST = "127.0.0.1"
# A page loads nothing and is loaded into nothing.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                               "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}  # fmt: skip


def serve(given: Given, first: Page, port: int = 0) -> None:
    """Serve pages until interrupted; the address, with the token, is printed and opened in a browser."""
    import webbrowser

    with server(given, first, port) as made:
        sys.stdout.write(f"{made.address}\n")
        sys.stdout.flush()
        if sys.stdout.isatty():
            webbrowser.open(made.address)
        made.serve_forever()


class Server(ThreadingHTTPServer):
    """A server of pages, at an `address` that holds the token."""

    daemon_threads = True
    token: str
    given: Given
    first: Page

    @property
    def address(self) -> str:
        """Where the first page is."""
        return f"http://{_HOST}:{self.server_port}/?token={self.token}"


def server(given: Given, first: Page, port: int = 0) -> Server:
    """Return a server, bound to this machine, on a port of its own choice unless one is given."""
    made = Server((_HOST, port), _Handler)
    made.token, made.given, made.first = secrets.token_urlsafe(16), given, first
    return made


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        # A page from elsewhere may make a browser ask here under a name of its own, but not under this one.
        own = self.headers.get("Host") == f"{_HOST}:{self.server.server_port}"
        if not own or not hmac.compare_digest(query.get("token", "").encode(), self.server.token.encode()):
            self._answer(HTTPStatus.FORBIDDEN, "<p>The address lacks its token.</p>")
        elif address.path != "/":
            self._answer(HTTPStatus.NOT_FOUND, "<p>There is no such page.</p>")
        else:
            self._answer(HTTPStatus.OK, self._page(query))

    def _page(self, query: dict[str, str]) -> str:
        """Return the page about the expression that is asked for, or the error that it is, in the same form."""
        from .explore import page as gathered

        if "expr" not in query:
            first = self.server.first
            at = ",".join(f"{name}={numbers.short(value)}" for name, value in first.at.items())
            return page.draw(first, query | {"expr": first.expression, "at": at})
        given = copy(self.server.given)
        given.text, given.file, given.at = query["expr"], None, tuple(filter(None, [query.get("at")]))
        try:
            return page.draw(gathered(given), query)
        except GradcliError as error:
            return page.failed(query, diagnostic.text(error))

    def _answer(self, status: HTTPStatus, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the token would stand in the log."""

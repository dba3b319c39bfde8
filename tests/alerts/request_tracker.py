"""A real Request Tracker of one's own, from the system's packages, on a port and in a folder of this test alone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
SETUP = "rt-setup-database-5"

_CONFIG = """
Set($rtname, 'desk.example');
Set($Organization, 'example');
Set($WebPath, '');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.db');
Set($DatabaseUser, '');
Set($DatabasePassword, '');
Set($LogToSyslog, undef);
Set($LogToFile, undef);
Set($LogToSTDERR, 'critical');
Set($MasonDataDir, '{folder}/mason');
Set($MasonSessionDir, '{folder}/sessions');
Set($MailCommand, 'testfile');
Set($Timezone, 'UTC');
1;
"""
_TOKEN = """
use lib '/usr/share/request-tracker5/lib';
use RT; RT::LoadConfig(); RT::Init();
my $root = RT::CurrentUser->new; $root->Load('root');
my ($ok, $said, $token) = RT::AuthToken->new($root)->Create(Owner => $root->id, Description => 'listener');
print $token if $ok;
"""


def missing() -> str:
    """Why no Request Tracker can be started here; "" where one can."""
    if not SERVER.is_file() or shutil.which(SETUP) is None:
        return "Request Tracker is not installed: apt-get install request-tracker5 rt5-db-sqlite rt5-standalone"
    return ""


@contextmanager
def request_tracker(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a running Request Tracker with an empty queue "General", and a token of its administrator."""
    for name in ("mason", "sessions", "more"):
        (folder / name).mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "RT_SiteConfig.pm"
    config.write_text(_CONFIG.format(port=port, folder=folder))
    environment = {**os.environ, "RT_SITE_CONFIG": str(config), "RT_SITE_CONFIG_DIR": str(folder / "more")}
    _run([SETUP, "--action", "init", "--skip-create"], environment, folder)
    token = _run(["perl", "-e", _TOKEN], environment, folder).strip()
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [SERVER, "--host", "127.0.0.1", "--port", str(port)],
            env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, server)
            yield url, token
        finally:
            os.killpg(server.pid, 15)
            server.wait(10)


def _run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, timeout=120)
    return done.stdout.decode()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"{url}/REST/2.0/rt", timeout=20).status_code == 401:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError(f"Request Tracker did not start ({server.poll()})")

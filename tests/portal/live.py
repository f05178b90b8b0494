"""A real portal process as operators run it, and laptops that talk to it over sockets."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from demo.processes import free_port
from shared.checkin import Answer
from tests.cast import Laptop, Owner

START_S = 30


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class LivePortal:
    """`homeward-portal run` on a folder; may be killed and started again on it."""

    folder: Path
    port: int
    database_url: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    def start(self) -> None:
        environment = os.environ | {
            "HOMEWARD_DATA_DIR": str(self.folder),
            "HOMEWARD_LISTEN": f"127.0.0.1:{self.port}",
            "HOMEWARD_DATABASE_URL": self.database_url,
        }
        with (self.folder / "portal.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("homeward-portal")), "run"],
                env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log
            try:
                requests.get(f"{self.url}/portal-keys", timeout=2).raise_for_status()
            except requests.RequestException:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the portal did not start: {self.log}")

    def kill(self) -> None:
        """kill -9 for the process and the worker it serves with, at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """As an operator does; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    @property
    def log(self) -> str:
        return (self.folder / "portal.log").read_text()


def start_portal(folder: Path, database_url: str = "") -> LivePortal:
    portal = LivePortal(folder, free_port(), database_url)
    portal.start()
    return portal


class LiveOwner:
    """An owner with a session on a live portal."""

    def __init__(self, portal: LivePortal, keys: Owner) -> None:
        self.portal, self.keys = portal, keys
        self.http = requests.Session()
        self.post("/accounts", keys.registration())
        self.post("/login", keys.credentials())

    def post(self, path: str, body: Any) -> Any:
        answer = self.http.post(self.portal.url + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.http.get(self.portal.url + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def adopt(self) -> Laptop:
        laptop = Laptop()
        self.post(f"/pair/{laptop.secret.rid.hex()}", laptop.offer_body())
        self.post("/devices", self.keys.adopt(laptop, now_ms()))
        laptop.learn(self.keys.laptops[laptop.id].newest)
        return laptop

    def evidence(self, laptop: Laptop) -> list[Any]:
        """All of it, page by page."""
        records: list[Any] = []
        after: int | None = -1
        while after is not None:
            page = self.get(f"/devices/{laptop.id.hex()}/evidence?after={after}")
            records += page["records"]
            after = page["next"]
        return records


def check_in(
    portal: LivePortal, laptop: Laptop, body: bytes, http: requests.Session | None = None
) -> requests.Response:
    post = (http or requests).post
    headers = laptop.authorization(body, now_ms())
    return post(f"{portal.url}/check-in", data=body, headers=headers, timeout=30)


def answer(response: requests.Response) -> Answer:
    assert response.status_code == 200, response.text
    return Answer.from_json(response.json())

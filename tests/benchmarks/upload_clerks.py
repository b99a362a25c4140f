"""Clerks of the due hour, one a unit, as users of Locust: all have their page open, then all send their workbook in the same second and
ask for its verdict as the page does. `bench_uploads` prepares home and server and runs this file; by hand, against any server:

    SAIMA_CLERKS=clerks.json locust -f tests/benchmarks/upload_clerks.py --headless -u 60 -r 60 --host http://127.0.0.1:8090

clerks.json: [{"cookie": of a session, "file": path of the workbook}, …], as many as users; the times are written beside it (.done)."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import gevent
from gevent.event import Event
from locust import HttpUser, events, task
from locust.exception import StopUser

TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
COOKIE = "saima_session"
WAITING = 'hx-trigger="every 1s"'
GIVE_UP_SECONDS = 240
LIST = Path(os.environ["SAIMA_CLERKS"])
clerks: list[dict[str, str]] = json.loads(LIST.read_text(encoding="utf-8"))
waiting = list(clerks)
done: list[tuple[float, float]] = []
"""(seconds to the receipt, seconds to the verdict) of each that has one."""
pages_are_open = Event()
here: list[str] = []


class Clerk(HttpUser):
    """Sends one workbook and waits for what becomes of it."""

    def on_start(self) -> None:
        """The page is open before the hour strikes."""
        self.own = waiting.pop()
        self.client.cookies.set(COOKIE, self.own["cookie"])
        self.content = Path(self.own["file"]).read_bytes()
        self.token = TOKEN.findall(self.client.get("/unit").text)[0]
        here.append(self.own["file"])
        if len(here) == len(clerks):
            gevent.sleep(1)
            pages_are_open.set()

    @task
    def send(self) -> None:
        """From the click to the verdict."""
        pages_are_open.wait()
        started = time.perf_counter()
        sent = {"files": (Path(self.own["file"]).name, self.content)}
        answer = self.client.post("/unit/upload", {"form_token": self.token}, files=sent, allow_redirects=False)
        received = time.perf_counter() - started
        if answer.status_code != 303:
            self.end(f"not received: {answer.status_code}")
        address = answer.headers["location"]
        page = self.client.get(address, name="/unit/uploads/…")
        while page.status_code == 204 or WAITING in page.text:
            if time.perf_counter() - started > GIVE_UP_SECONDS:
                self.end("no verdict")
            gevent.sleep(1)
            page = self.client.get(address, headers={"HX-Request": "true"}, name="/unit/uploads/…")
        if page.status_code != 200 or 'class="tiles"' not in page.text:
            self.end(f"no verdict on the page: {page.status_code}")
        done.append((received, time.perf_counter() - started))
        self.end("")

    def end(self, wrong: str) -> None:
        """This clerk is done; the last one ends the run."""
        verdict = done[-1][1] * 1000 if not wrong else 0.0
        events.request.fire(
            request_type="whole",
            name="from the click to the verdict",
            response_time=verdict,
            response_length=0,
            exception=RuntimeError(wrong) if wrong else None,
            context={},
        )
        here.remove(self.own["file"])
        if not here:
            LIST.with_suffix(".done").write_text(json.dumps(done), encoding="utf-8")
            gevent.spawn(self.environment.runner.quit)
        raise StopUser

"""`make bench`: what consentkit costs, beside two middlewares everyone knows, in one run.

Each site runs under uvicorn, in a process of its own for each table. A round measures every case once, one
after the other, so that whatever else the machine does meets all of them alike. Figures are requests per
second of one core: requests divided by the CPU time the server's process used, background threads included.
Unlike wall time, that does not move when the load generator or a neighbour takes the other core. A ratio
compares two cases within one round; the median of the rounds is shown, with the quartiles. The last column is
what the site's own process adds to a request when no server is in the way, at its best.

Before that the gate alone is measured, over real pages and over such as are made to be slow; see ``gating.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import gating
import inprocess
from load import Client, request
from sites import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

# A batch of about 15 ms of CPU: long against the clock's grain, short against changes in the machine's load, of which
# many short rounds see less than few long ones.
_COUNTS = {"/json": 200, "/page": 120, "/new": 24}
_GZIP_PAGES = 32


class Case(NamedTuple):
    """One line of the table: a site, a path, and what the visitor chose."""

    site: str
    path: str
    choice: str = ""

    def __str__(self) -> str:
        return f"{self.site}, {self.choice}" if self.choice else self.site


TABLES = {
    "JSON of 43 bytes": [
        Case("bare", "/json"),
        Case("a middleware that does nothing", "/json"),
        Case("consentkit", "/json"),
        Case("SessionMiddleware", "/json"),
        Case("GZipMiddleware", "/json"),
    ],
    "HTML page of 30 KB, the same each time": [
        Case("bare", "/page"),
        Case("a middleware that does nothing", "/page"),
        Case("consentkit", "/page", "not asked yet"),
        Case("consentkit", "/page", "refused"),
        Case("consentkit", "/page", "granted"),
        Case("SessionMiddleware", "/page"),
        Case("GZipMiddleware", "/page"),
    ],
    "HTML page of 30 KB, never seen before": [
        Case("bare", "/new"),
        Case("consentkit", "/new", "not asked yet"),
        Case("consentkit", "/new", "granted"),
        Case("GZipMiddleware", "/new"),
    ],
    "JSON of a route in Starlette": [
        Case("Starlette", "/json"),
        Case("consentkit around Starlette", "/json"),
    ],
    "HTML of 30 KB rendered by Jinja": [
        Case("Starlette", "/new"),
        Case("consentkit around Starlette", "/new", "not asked yet"),
        Case("consentkit around Starlette", "/new", "granted"),
    ],
}
CASES = [case for table in TABLES.values() for case in table]


@contextlib.contextmanager
def served(name: str) -> Iterator[Client]:
    """Run a site in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("serve.py")), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline()
            if not port:
                message = f"the server of {name} did not start; its error is above"
                raise RuntimeError(message)
            with Client(int(port)) as client:
                yield client
        finally:
            process.terminate()


def choose(client: Client, action: str) -> str:
    """Make a choice and return the Cookie header that carries it."""
    headers = (
        "Accept: application/json\r\nOrigin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
    )
    head, _ = client.once(request("/_consent/choice", method="POST", headers=headers, body=f"action={action}".encode()))
    cookies = [line[12:].split(b";")[0] for line in head.split(b"\r\n") if line.lower().startswith(b"set-cookie: ")]
    if not head.startswith(b"HTTP/1.1 200") or not cookies:
        message = f"the choice {action!r} was not taken: {head[:200]!r}"
        raise RuntimeError(message)
    return cookies[0].decode()


def measure(client: Client, case: Case, cookies: dict[str, str]) -> float:
    """Return the requests per second of one core in one round."""
    count = _GZIP_PAGES if case.site == "GZipMiddleware" and case.path != "/json" else _COUNTS[case.path]
    cookie = cookies.get(case.choice, "")
    message = request(case.path, headers=f"Cookie: {cookie}\r\n" if cookie else "")
    before = client.cpu()
    client.batch(message, count)
    return count / (client.cpu() - before) * 1e9


def run(rounds: int) -> tuple[dict[Case, list[float]], dict[str, str]]:
    """Measure every case `rounds` times, after one round to warm up; return the figures and the choices' cookies."""
    results: dict[Case, list[float]] = {case: [] for case in CASES}
    with contextlib.ExitStack() as stack:
        # A server for each site and path: what page views leave to a thread would else be charged to the JSON after.
        clients = {place: stack.enter_context(served(place[0])) for place in {(c.site, c.path) for c in CASES}}
        chooser = clients["consentkit", "/page"]
        cookies = {"refused": choose(chooser, "refuse"), "granted": choose(chooser, "accept")}
        for number in range(rounds + 1):
            for case in CASES:
                figure = measure(clients[case.site, case.path], case, cookies)
                if number:
                    results[case].append(figure)
    return results, cookies


def in_process(rounds: int, cookies: dict[str, str]) -> dict[Case, float]:
    """Return the microseconds that each case adds to its bare site when no server is in the way."""
    asked = [(case.site, case.path, cookies.get(case.choice, "").encode()) for case in CASES]
    times = dict(zip(CASES, inprocess.measure(asked, rounds=rounds, count=100), strict=True))
    bare = {case: table[0] for table in TABLES.values() for case in table}
    return {case: time - times[bare[case]] for case, time in times.items()}


def ratio(results: dict[Case, list[float]], one: Case, other: Case) -> tuple[float, float, float]:
    """Return the median ratio of two cases over the rounds, and the quartiles around it."""
    lower, median, upper = statistics.quantiles(
        [a / b for a, b in zip(results[one], results[other], strict=True)], n=4, method="inclusive"
    )
    return median, lower, upper


def print_tables(results: dict[Case, list[float]], added: dict[Case, float]) -> None:
    for title, cases in TABLES.items():
        print(f"\n{title:<40} {'req/s of a core':>15}  {'of bare: median (quartiles)':>27}  {'in process':>12}")
        for case in cases:
            median, lower, upper = ratio(results, case, cases[0])
            rate = statistics.median(results[case])
            extra = "" if case is cases[0] else f"{added[case]:+9.1f} µs"
            print(f"  {case!s:<38} {rate:>15,.0f}  {median:>13.2f} ({lower:.2f}-{upper:.2f})  {extra:>12}")


def print_aims(results: dict[Case, list[float]]) -> None:
    aims = [
        ("JSON, of bare", Case("consentkit", "/json"), Case("bare", "/json"), 0.95),
        ("same page gated, of bare", Case("consentkit", "/page", "not asked yet"), Case("bare", "/page"), 0.85),
        ("same page granted, of bare", Case("consentkit", "/page", "granted"), Case("bare", "/page"), 0.92),
        (
            "same page gated, of GZipMiddleware",
            Case("consentkit", "/page", "not asked yet"),
            Case("GZipMiddleware", "/page"),
            5.0,
        ),
    ]
    print("\nAims")
    for text, one, other, aim in aims:
        median, lower, upper = ratio(results, one, other)
        verdict = "met" if median >= aim else "MISSED"
        print(f"  {text:<38} {median:.2f} ({lower:.2f}-{upper:.2f}), aim {aim:.2f}: {verdict}")


def machine() -> str:
    """Return one line about what the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("consentkit", "starlette", "uvicorn")
    )
    load = os.getloadavg()[0]
    place = f"{model}, {os.cpu_count()} cores, load {load:.1f}"
    return f"{place}; Python {platform.python_version()}, {versions}; page {len(PAGE):,} bytes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60, help="how often each case is measured (default 60)")
    parser.add_argument("--corpus", type=Path, default=gating.CORPUS, help="a folder of saved pages to gate")
    parser.add_argument("--gate", action="store_true", help="measure the gate alone, without servers")
    arguments = parser.parse_args()
    print(machine())
    gating.print_corpus(arguments.corpus, rounds=3)
    gating.print_linear(rounds=3)
    if arguments.gate:
        return
    results, cookies = run(arguments.rounds)
    print_tables(results, in_process(arguments.rounds, cookies))
    print_aims(results)


if __name__ == "__main__":
    main()

"""Memory and processor time of `listener run` with fifty feeds while nothing happens; the time of `listener --help`.

    python benchmarks/idle.py [--feeds 50] [--settle 360] [--seconds 120]

The feeds stand on loopback hosts of their own (`feeds.py`). After the first polls the run is left alone for `--settle`
seconds, so that the workers, which stay five minutes for what may come, have left, and is then watched. Memory is PSS
(pages shared with other processes counted in part), summed over the run and all its children; processor time is
theirs too. Linux only.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import feeds

LISTENER = str(Path(sys.executable).parent / "listener")
TICKS = os.sysconf("SC_CLK_TCK")
STARTS = 9


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--feeds", type=int, default=50)
    asked.add_argument("--settle", type=float, default=360)
    asked.add_argument("--seconds", type=float, default=120)
    told = asked.parse_args()
    start_up()
    with feeds.served(told.feeds) as (_, port), tempfile.TemporaryDirectory() as folder:
        addresses = [f"http://{feeds.host_of(number)}:{port}/feed.xml" for number in range(told.feeds)]
        command = feeds.ours(Path(folder), addresses)
        command[1] = "run"
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            try:
                watch(run.pid, told.settle, told.seconds)
            finally:
                run.send_signal(signal.SIGTERM)
                run.wait(timeout=60)


def start_up() -> None:
    clock, spent = [], []
    for _ in range(STARTS):
        began, before = time.perf_counter(), os.times()
        subprocess.run([LISTENER, "--help"], stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        clock.append(time.perf_counter() - began)
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
    print(
        f"listener --help: {statistics.median(clock):.2f} s on the clock ({min(clock):.2f}-{max(clock):.2f}), "
        f"{statistics.median(spent):.2f} s of a processor; the figure to stay below is 0.3 s"
    )


def watch(process: int, settle: float, seconds: float) -> None:
    until = time.monotonic() + settle
    most = 0.0
    while time.monotonic() < until:
        time.sleep(min(5.0, settle))
        most = max(most, memory(family(process)))
    alone = family(process)
    began, before = time.monotonic(), processor(alone)
    samples = []
    while time.monotonic() - began < seconds:
        time.sleep(5)
        samples.append(memory(family(process)))
    spent = {each: seconds - before[each] for each, seconds in processor(alone).items()}
    share = sum(spent.values()) / (time.monotonic() - began)
    print(f"processes: {len(alone)} when idle; most memory while settling: {most:.0f} MB")
    for each in family(process):
        print(f"  {memory([each]):.0f} MB  {shown(each)}")
    print(f"idle: {statistics.median(samples):.0f} MB of PSS in all, highest {max(samples):.0f} (figure: 150)")
    print(f"idle: {share:.2%} of a core (figure: 0.50 %)")


def family(process: int) -> list[int]:
    """The process and all below it."""
    found = [process]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def memory(processes: list[int]) -> float:
    """Megabytes (of 10^6 bytes) of PSS."""
    kilobytes = 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has left meanwhile
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1024 / 1e6


def processor(processes: list[int]) -> dict[int, float]:
    """Seconds that each of these has spent that is still there."""
    spent = {}
    for process in processes:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            spent[process] = (int(fields[11]) + int(fields[12])) / TICKS
    return spent


def shown(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")[:100]
    except OSError:
        return "has left"


if __name__ == "__main__":
    main()

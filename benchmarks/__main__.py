"""`python -m benchmarks [heat ...] [--rounds N] [--costs]`: runs them side by side and prints one table of ratios."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.heats import HEATS, PEERS, Ground, Row
from benchmarks.material import Material, made

LEAST_ROUNDS = 5
Costs = dict[str, list[float]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the service costs beside others.")
    parser.add_argument("heats", nargs="*", metavar="heat", help=f"which to run: {', '.join(HEATS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="interleaved rounds (default: %(default)s)")
    parser.add_argument("--costs", action="store_true", help="print every contender's median cost too")
    arguments = parser.parse_args()
    if unknown := set(arguments.heats) - set(HEATS):
        parser.error(f"there is no heat {', '.join(sorted(unknown))}")
    if missing := _missing():
        print(f"{missing}. Then: make bench", file=sys.stderr)
        return 1
    material = asyncio.run(made())
    print(f"{'':62}{'measured':>9}{'target':>9}")
    short = [row for name in arguments.heats or HEATS for row in _run(name, material, arguments)]
    print(f"\n{len(short)} short" if short else "\nall targets met")
    return 1 if short else 0


def _missing() -> str | None:
    if shutil.which("wrk") is None:
        return "wrk is missing: `apt-get install wrk` (or your system's way)"
    if shutil.which("taskset") is None:
        return "taskset is missing: the kernel must be Linux, with util-linux"
    if not (PEERS / "node_modules").is_dir():
        return "Node's peers are missing: `npm ci` in benchmarks/peers, with Node 20 or newer"
    return None


def _run(name: str, material: Material, arguments: argparse.Namespace) -> list[Row]:
    """One heat; returns the rows that fell short."""
    prepare, rows = HEATS[name]
    with ExitStack() as stack, TemporaryDirectory() as folder:
        contenders = prepare(Ground(stack, material, *material.write(Path(folder))))
        costs: Costs = {contender: [] for contender in contenders}
        for _ in range(arguments.rounds):
            for contender, cost in contenders.items():
                costs[contender].append(cost())
    short = [row for row in rows if not _told(row, costs)]
    if arguments.costs:
        _tell_costs(costs)
    return short


def _told(row: Row, costs: Costs) -> bool:
    """Prints a row; whether its target is met."""
    pairs = zip(costs[row.ours], costs[row.peer], strict=True)
    value = median(ours / peer if row.at_most else peer / ours for ours, peer in pairs)
    met = value >= (row.at_least or 0) and value <= (row.at_most or value)
    target = f"≥ {row.at_least:.2f}" if row.at_least else f"≤ {row.at_most:.2f}" if row.at_most else ""
    verdict = ("ok" if met else "short") if target else ""
    print(f"{row.what:62}{value:>9.2f}{target:>9}  {verdict}", flush=True)
    return met


def _tell_costs(costs: Costs) -> None:
    for contender, measured in costs.items():
        middle = median(measured)
        told = f"{middle / 2**20:.1f} MB" if middle > 1_000 else f"{middle * 1e6:.1f} µs"
        print(f"    {contender:58}{told:>12}")


if __name__ == "__main__":
    sys.exit(main())

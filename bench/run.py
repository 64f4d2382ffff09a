#!/usr/bin/env python3
"""Problems x libraries -> one table. README.md says what is measured, and how to read it.

usage: bench/run.py [--cases "A B"] [--libraries "glmrs glum"] [--scale 0.01] [--threads 2] [--rounds 2] ...
"""
import argparse
import csv
import pathlib
import statistics
import subprocess
import sys

import machine
import worker
from worker import BENCH

CASES = list("ABCDEFJNZYUPQHOTSM")
GROWTH = ["growth-1e4", "growth-1e5", "growth-1e6", "growth-1e7"]
FIELDS = (
    "problem title n p library package input version threads blas_threads blas status median min max fits "
    "loaded_mb peak_mb compared coef_diff se_diff"
).split()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default="", help="of " + " ".join(CASES) + " growth; all of them by default")
    parser.add_argument("--libraries", default="", help="beginnings of their names, all of them by default")
    parser.add_argument("--scale", type=float, default=1, help="the share of the rows that is simulated")
    parser.add_argument("--threads", type=int, default=min(2, machine.cores()), help="for each library that has threads")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each library and problem")
    parser.add_argument("--repeats", type=int, default=3, help="timed fits of a process, after the first")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a fit is ended")
    parser.add_argument("--budget", type=float, default=20, help="no more repeats once a process has fitted for so long")
    return parser.parse_args()


def chosen_problems(cases: str) -> list[str]:
    names = []
    for case in cases.split() or [*CASES, "growth"]:
        if case != "growth" and case not in CASES + GROWTH:
            sys.exit(f"bench: no case {case}; there are {' '.join(CASES)} growth")
        names += GROWTH if case == "growth" else [case]
    return names


def chosen_libraries(wanted: str) -> list[worker.Library]:
    libraries = worker.libraries()
    beginnings = tuple(wanted.split()) or ("",)
    return [l for l in libraries if l.name.startswith(beginnings) or l.package in beginnings]


def read_problem(folder: pathlib.Path) -> dict:
    text = (folder / "problem.dcf").read_text(encoding="utf-8")
    return dict(line.split(": ", 1) for line in text.splitlines())


def read_reference(folder: pathlib.Path) -> dict[str, tuple[float, float]]:
    """Coefficients and standard errors; none if the solution could not be verified."""
    made = subprocess.run(["Rscript", str(BENCH / "reference.R"), str(folder)], capture_output=True, text=True)
    if made.returncode:
        print(f"bench: no reference for {folder.name}: {made.stderr.strip()}", file=sys.stderr)
        return {}
    rows = [line.split("\t") for line in (folder / "reference.tsv").read_text(encoding="utf-8").splitlines()]
    return {name: (float(coefficient), float(error)) for name, coefficient, error in (r for r in rows if len(r) == 3)}


def largest_difference(found: dict, reference: dict, which: int) -> float | None:
    """Of the coefficients (0) or standard errors (1): relative to the reference, over the names that both have."""
    pairs = [(found[name][which], reference[name][which]) for name in reference if name in found]
    return max((abs(a - b) / abs(b) for a, b in pairs if a is not None), default=None)


def run_problem(name: str, folder: pathlib.Path, libraries: list[worker.Library], settings) -> list[dict]:
    about, reference = read_problem(folder), read_reference(folder)
    libraries = [l for l in libraries if l.fits(name, int(about["rows"]))]
    runs = {l.name: [] for l in libraries}
    for turn in range(settings.rounds):
        # every library meets the same machine: all of them once, then all again in the reverse order
        for library in libraries[:: 1 if turn % 2 == 0 else -1]:
            so_far = runs[library.name]
            if so_far and so_far[-1]["status"] != "ok":
                continue
            so_far.append(worker.measure(library, folder, settings))
            report_progress(name, library, so_far[-1])
    return [summarise(name, about, library, runs[library.name], reference) for library in libraries]


def report_progress(problem: str, library: worker.Library, run: dict):
    seconds = f"{statistics.median(run['seconds'] or [run['first']]):.4g} s" if run["status"] == "ok" else run["status"]
    print(f"{problem:>14}  {library.name:<40} {seconds}", file=sys.stderr)


def summarise(problem: str, about: dict, library: worker.Library, runs: list[dict], reference: dict) -> dict:
    failed = next((r for r in runs if r["status"] != "ok"), None)
    last = failed or runs[-1]
    row = {
        "problem": problem, "title": about["title"], "n": about["rows"], "p": len(reference), "library": library.name,
        "package": library.package, "input": library.input, "version": last.get("version"), "threads": last["threads"],
        "blas_threads": last["blas_threads"], "blas": last.get("blas"), "status": last["status"],
    }
    if failed:
        return row
    # a fit that took all of the budget is not repeated: its first one counts
    seconds = [s for r in runs for s in r["seconds"] or [r["first"]]]
    found = last["coefficients"]
    row |= {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds), "fits": len(seconds)}
    for kind in ("loaded", "peak"):
        row[kind + "_mb"] = statistics.median(r[kind] for r in runs) if runs[0][kind] is not None else None
    row |= {
        "compared": sum(name in found for name in reference),
        "coef_diff": largest_difference(found, reference, 0), "se_diff": largest_difference(found, reference, 1),
    }
    return row


def write_results(path: pathlib.Path, rows: list[dict]):
    """The new rows in the place of the old ones for the same problem and library; other rows stay."""
    kept = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            kept = list(csv.DictReader(file))
    new = {(r["problem"], r["library"]) for r in rows}
    order = {name: i for i, name in enumerate(CASES + GROWTH)}
    rows = [r for r in kept if (r["problem"], r["library"]) not in new and r["problem"] in order] + rows
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        for row in sorted(rows, key=lambda r: order[r["problem"]]):
            writer.writerow({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()})


def main():
    settings = arguments()
    problems, libraries = chosen_problems(settings.cases), chosen_libraries(settings.libraries)
    if machine.load() > 0.3:
        print(f"bench: the machine is busy (load {machine.load():.1f}): times will not be its best", file=sys.stderr)
    full = settings.scale == 1
    data = BENCH / "data" / f"scale-{settings.scale:g}"
    # what is measured at another scale is for trying the harness: it goes nowhere near the README
    results = (BENCH / "results" if full else data) / f"{machine.cores()}x{machine.instruction_set()}.csv"
    for name in problems:
        subprocess.run(["Rscript", str(BENCH / "problems.R"), str(data), str(settings.scale), name], check=True)
        write_results(results, run_problem(name, data / name, libraries, settings))
    subprocess.run(["Rscript", str(BENCH / "report.R"), str(results), *(["--readme"] if full else [])], check=True)


if __name__ == "__main__":
    main()

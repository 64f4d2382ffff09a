"""One measurement: a fresh process, its lines read, a fit over the time limit ended."""
import os
import pathlib
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass

BENCH = pathlib.Path(__file__).resolve().parent
SITE_PYTHON = BENCH / ".venv/bin/python"

R = ["Rscript", str(BENCH / "measure.R")]
PYTHON = [str(SITE_PYTHON if SITE_PYTHON.exists() else sys.executable), str(BENCH / "measure.py")]


@dataclass
class Library:
    command: list[str]
    name: str
    package: str
    input: str
    cases: str
    growth: float
    blas: str
    threads: str

    def fits(self, problem: str, rows: int) -> bool:
        return rows <= self.growth if problem.startswith("growth") else problem in self.cases


def environment(command: list[str], threads: int, blas: int) -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    settings = dict(os.environ, **dict.fromkeys(names, str(threads)), OPENBLAS_NUM_THREADS=str(blas))
    if command is PYTHON:  # numpy brings a BLAS of its own: what is set for the system's would slow it
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            settings.pop(name, None)
    return settings


def libraries() -> list[Library]:
    found = []
    for command in (R, PYTHON):
        listed = subprocess.run([*command, "--list"], capture_output=True, text=True, env=environment(command, 1, 1))
        sys.stderr.write(listed.stderr)
        for line in listed.stdout.splitlines():
            name, package, input, cases, growth, *rest = line.split("\t")
            found.append(Library(command, name, package, input, cases, float(growth), *rest))
    return found


def lines(process: subprocess.Popen, limit: float):
    """The lines that the process prints; TimeoutError if none comes for so long."""
    arrived = queue.Queue()

    def read():
        for line in process.stdout:
            arrived.put(line.rstrip("\n"))
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = arrived.get(timeout=limit)
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            return
        yield line


def measure(library: Library, folder: pathlib.Path, settings) -> dict:
    """What one process found: a list of values for each kind of line, and `status`."""
    threads = settings.threads if library.threads == "NA" else int(library.threads)
    blas = threads if library.blas == "NA" else int(library.blas)
    command = [*library.command, library.name, str(folder), str(threads), str(settings.repeats), str(settings.budget)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(library.command, threads, blas)
    )
    errors = []
    threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True).start()
    found = {"threads": threads, "blas_threads": blas, "seconds": [], "coefficients": {}, "status": None}
    try:
        for line in lines(process, settings.limit):
            kind, *values = line.split("\t")
            if kind == "coefficient":
                found["coefficients"][values[0]] = tuple(None if v in ("NA", "nan") else float(v) for v in values[1:])
            elif kind == "seconds":
                found["seconds"].append(float(values[0]))
            elif kind in ("version", "blas"):
                found[kind] = values[0]
            elif kind in ("loaded", "peak", "first"):
                found[kind] = float(values[0]) if values[0] not in ("NA", "nan") else None
            elif kind == "done":
                found["status"] = "ok"
            elif kind == "missing":
                found["status"] = "not installed"
            elif kind == "failed":
                found["status"] = "failed: " + values[0][:120]
    except TimeoutError:
        process.kill()
        found["status"] = f"a fit took over {settings.limit:g} s"
    process.wait()
    if found["status"] is None:
        last = (errors or ["no message"])[-1].strip()
        found["status"] = f"failed: ended with {process.returncode}: {last[:100]}"
    return found

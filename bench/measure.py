"""One library on one problem, in a process of its own; what it finds goes to the driver, line by line (README.md, "Lines").

usage: python bench/measure.py LIBRARY FOLDER THREADS REPEATS BUDGET
       python bench/measure.py --list       the libraries: name, package, input, cases, growth, blas, threads
"""
import gc
import importlib
import importlib.metadata
import math
import pathlib
import sys
import time
import warnings

from data import Problem
import inference
import libraries

LIBRARIES = libraries.LIBRARIES + inference.LIBRARIES


def say(*fields):
    print(*fields, sep="\t", flush=True)


def memory(which: str) -> float:
    """Megabytes that the process holds now (VmRSS), and the most since the mark was set back (VmHWM)."""
    status = pathlib.Path("/proc/self/status")
    if not status.exists():
        return math.nan
    line = next(line for line in status.read_text().splitlines() if line.startswith(which))
    return int(line.split()[1]) * 1024 / 1e6


def forget_peak():
    mark = pathlib.Path("/proc/self/clear_refs")
    if mark.exists():
        mark.write_text("5")


def blas() -> str:
    """The BLAS that is loaded (numpy's, scipy's), and the kernel that it chose for this processor."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    found = {" ".join((pool["internal_api"], pool["version"], pool.get("architecture", ""))) for pool in pools}
    return ", ".join(sorted(found))


def measure(library, problem, repeats: int, budget: float):
    try:
        say("version", importlib.metadata.version(library.package))
    except importlib.metadata.PackageNotFoundError:
        return say("missing")
    for module in library.modules:
        importlib.import_module(module)
    data = library.prepare(problem)
    gc.collect()
    loaded = memory("VmRSS")
    forget_peak()
    say("loaded", loaded)

    def seconds(times: int = 1):
        start = time.perf_counter()
        for _ in range(times):
            fit = library.fit(data, problem)
        return time.perf_counter() - start, fit

    first, fit = seconds()
    say("peak", memory("VmHWM") - loaded)
    names, coefficients, errors = library.read(fit, data, problem)
    say("first", first)
    say("blas", blas())
    for i, (name, coefficient) in enumerate(zip(names, coefficients, strict=True)):
        say("coefficient", name, repr(float(coefficient)), "NA" if errors is None else repr(float(errors[i])))
    del fit

    # fits too short for the clock are timed together
    together = max(1, math.ceil(0.02 / first))
    if together > 1:
        together = math.ceil(0.05 * together / seconds(together)[0])
    spent = first
    for _ in range(repeats):
        gc.collect()
        if spent > budget:
            break
        elapsed = seconds(together)[0]
        spent += elapsed
        say("seconds", elapsed / together)
    say("done")


def main(arguments: list[str]):
    if arguments[0] == "--list":
        for l in LIBRARIES:
            say(l.name, l.package, l.input, l.cases, l.growth, l.blas, l.threads)
        return
    name, folder, _, repeats, budget = arguments  # these libraries learn the number of threads from the environment
    problem = Problem(folder)
    warnings.simplefilter("ignore")
    try:
        measure(next(l for l in LIBRARIES if l.name == name), problem, int(repeats), float(budget))
    except Exception as error:
        say("failed", " ".join(f"{type(error).__name__}: {error}".split()))


main(sys.argv[1:])

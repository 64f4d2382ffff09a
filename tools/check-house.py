#!/usr/bin/env python3
"""House rules: who may name whom (DESIGN.md). Prints 'file:line: rule' for each breach and fails if there is one.

Rules look at code only: comments, strings and Rust test modules are blanked first (but LENGTH and LEFTOVER read all).
To allow an exception, add the file to its rule's exceptions, with the reason.
"""
import fnmatch
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CORE, BINDING = "src/rust/core/src/*", "src/rust/src/*"

# (files, except in, pattern, what the rule says)
RULES = [
    (CORE, [], r"\bextendr\w*", "core does not know R"),
    (CORE, [], r"\bstd::env\b|\benv::(var|args)", "core reads no environment variables: they are the caller's"),
    (CORE, [], r"\b(Instant|SystemTime)\b", "core reads no clock"),
    (CORE, [], r"^\s*(pub(\([^)]*\))?\s+)?static\b|\b(thread_local|lazy_static)!|\bOnceLock\b|\bLazyLock\b", "core holds no globals"),
    (CORE, [], r"\be?print(ln)?!|\bdbg!", "core prints nothing"),
    (CORE, ["src/rust/core/src/simd/*", "src/rust/core/src/simd.rs"], r"\bunsafe\b", "unsafe belongs in simd/"),
    (
        BINDING,
        # guard, deferred: C entry points
        [f"src/rust/src/{name}.rs" for name in ("value", "args", "rcall", "guard", "deferred")],
        r"\bunsafe\b",
        "unsafe belongs in value.rs and rcall.rs",
    ),
    ("R/*", [], r"<<-", "no <<-"),
    ("R/*", ["R/rust.R", "R/extendr-wrappers.R"], r"\.Call\s*\(", "only rust.R calls compiled code"),
    ("R/*", ["R/control.R"], r"\b(getOption|options|Sys\.getenv)\s*\(", "only control.R reads options and the environment"),
    ("R/glm_rs.R", [], r"%\*%|\b(crossprod|solve|chol|qr)\s*\(", "what the user calls does no algebra"),
    ("R/m_estimate.R", [], r"%\*%|\b(crossprod|solve|chol|qr)\s*\(", "what the user calls does no algebra"),
    ("R/poisson_fit.R", [], r"%\*%|\b(crossprod|solve|chol|qr)\s*\(", "what the user calls does no algebra"),
]

# (module of the core, modules that it must not name)
IMPORTS = [
    ("solver", "design family link working pass accumulate glm mestimate fit inference resample"),
    ("design", "family link working objective solver glm mestimate fit"),
    ("family", "design pass accumulate objective solver glm mestimate fit"),
    ("link", "design pass accumulate objective solver glm mestimate fit"),
    ("linalg", "design family link working pass accumulate objective solver glm mestimate fit"),
    ("simd", "design family link working pass accumulate objective solver glm mestimate fit"),
    ("objective", "design family link working pass accumulate solver glm mestimate fit"),
    ("inference", "solver fit resample bootstrap"),
    ("resample", "design family link working pass accumulate objective solver glm mestimate fit inference bootstrap"),
]

MAX_LINES = 400
HAND_WRITTEN = ["R/*.R", "src/*.c", "src/rust/*.sh", "src/rust/**/*.rs", "tests/**/*.R", "tools/*", "bench/**/*.R", "bench/**/*.rs"]
IGNORED = {"target", ".venv"}  # folders of what git does not hold
GENERATED = {"R/extendr-wrappers.R"}

RUST_TEXT = re.compile(r"""//[^\n]*|/\*.*?\*/|\br(#*)".*?"\1|"(?:\\.|[^"\\])*"|'(?:\\.[^']*|[^'\\])'""", re.S)
R_TEXT = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""", re.S)
TEST_MODULE = re.compile(r"^#\[cfg\(test\)\]\s*mod\s+\w+\s*\{.*", re.S | re.M)


def code_of(path: str, text: str) -> str:
    """The text without comments, strings and test modules, line for line."""

    def blank(match: re.Match) -> str:
        return "\n" * match.group().count("\n")

    if path.endswith(".rs"):
        return TEST_MODULE.sub(blank, RUST_TEXT.sub(blank, text))
    return R_TEXT.sub(blank, text)


def search(pattern: str, code: str):
    for match in re.finditer(pattern, code, re.M):
        yield code.count("\n", 0, match.end()) + 1, match.group().strip()


def crate_imports(code: str):
    """(line, module) for each top-level module of the crate that the code names."""
    for match in re.finditer(r"\bcrate::(\w+)", code):
        yield code.count("\n", 0, match.start()) + 1, match[1]
    for match in re.finditer(r"\bcrate::\{([^;]*)\}\s*;", code):  # use crate::{a::B, c::{D, E}};
        depth, start = 0, match.start(1)
        for item in re.finditer(r"[{},]|\w+(?=[\s:,}]|$)", match[1]):
            if item.group() in "{}":
                depth += 1 if item.group() == "{" else -1
            elif item.group() != "," and depth == 0 and not match[1][: item.start()].endswith("::"):
                yield code.count("\n", 0, start + item.start()) + 1, item.group()


def functions_of(path: str) -> list[str]:
    file = TOP / path
    return re.findall(r"(?m)^([\w.]+) <- function", file.read_text(encoding="utf-8")) if file.exists() else []


def defined_twice():
    """Top-level names of R/ that a later file would take from an earlier one."""
    first = {}
    for file in sorted(TOP.glob("R/*.R")):
        text = file.read_text(encoding="utf-8")
        for match in re.finditer(r"(?m)^([\w.]+) <- ", text):
            line = text.count("\n", 0, match.start()) + 1
            if match[1] in first:
                yield f"R/{file.name}", line, f"`{match[1]}` is defined in {first[match[1]]} as well"
            first.setdefault(match[1], f"R/{file.name}")


def calls_to(names: list[str]) -> str:
    return r"(?<![\w.$@])(" + "|".join(map(re.escape, names)) + r")\s*\(" if names else r"(?!)"


def breaches():
    wrappers = calls_to(functions_of("R/extendr-wrappers.R"))
    only_rust = ("R/*", ["R/rust.R", "R/extendr-wrappers.R"], wrappers, "only rust.R calls the generated wrappers")
    rules = [*RULES, only_rust]
    files = sorted({p for glob in HAND_WRITTEN for p in TOP.glob(glob) if p.is_file() and not IGNORED & set(p.parts)})
    for file in files:
        path = file.relative_to(TOP).as_posix()
        text = file.read_text(encoding="utf-8")
        if path not in GENERATED:
            lines = text.count("\n")
            if lines > MAX_LINES:
                yield path, lines, f"more than {MAX_LINES} lines: split it"
            for line, word in search(r"\b(TO" r"DO|FIX" r"ME)\b", text):
                yield path, line, f"unfinished business ({word})"
        code = code_of(path, text)
        for glob, exceptions, pattern, rule in rules:
            if fnmatch.fnmatch(path, glob) and not any(fnmatch.fnmatch(path, e) for e in exceptions):
                for line, found in search(pattern, code):
                    yield path, line, f"{rule} ({found})"
        for module, forbidden in IMPORTS:
            if fnmatch.fnmatch(path, f"{CORE[:-1]}{module}/*") or path == f"{CORE[:-1]}{module}.rs":
                for line, name in crate_imports(code):
                    if name in forbidden.split():
                        yield path, line, f"{module} must not know {name}"


found = sorted({*breaches(), *defined_twice()})
for path, line, rule in found:
    print(f"{path}:{line}: {rule}")
sys.exit(f"house rules: {len(found)} breaches" if found else 0)

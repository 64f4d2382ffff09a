#!/usr/bin/env python3
"""Puts all crates of a staged copy of the package into src/rust/vendor.tar.xz, and who wrote them into inst/AUTHORS.

usage: vendor.py STAGE      (called by tools/build-tarball.sh)

`cargo vendor` takes whatever Cargo.lock names, on any platform and for any feature: some 100 MB. Crates that none of
TARGETS compiles keep only their manifest (cargo wants to read it), the others lose tests, benches and documents.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

TARGETS = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "aarch64-pc-windows-gnullvm",
]
NOT_COMPILED = set(
    "tests benches examples docs doc ci .github .circleci assets media paper bench-data scripts test_data fuzz design rfcs".split()
)
TAR = "tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - vendor | xz -9 -T1 > vendor.tar.xz"


def main(stage: pathlib.Path) -> None:
    rust = stage / "src" / "rust"

    def cargo(*args: str) -> str:
        return subprocess.run(["cargo", *args], cwd=rust, check=True, stdout=subprocess.PIPE, text=True).stdout

    cargo("metadata", "--quiet", "--format-version", "1")  # drops from Cargo.lock what only development needs
    cargo("vendor", "--quiet", "--locked", "--versioned-dirs", "vendor")
    compiled = set()
    for target in TARGETS:
        tree = cargo("tree", "--locked", "-e", "normal,build", "--target", target, "--prefix", "none", "-f", "{p}")
        compiled |= set(re.findall(r"(?m)^(\S+) v(\S+)", tree))
    lock = tomllib.loads((rust / "Cargo.lock").read_text(encoding="utf-8"))
    checksums = {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}

    authors, stubs = [], 0
    for crate in sorted((rust / "vendor").iterdir()):
        manifest = tomllib.loads((crate / "Cargo.toml").read_text(encoding="utf-8"))
        package = manifest["package"]
        key = (package["name"], package["version"])
        drop_development_targets(crate)
        if key in compiled:
            slim(crate, manifest)
            authors.append(credit(package))
        else:
            stub(crate, manifest)
            stubs += 1
        # No hashes of files, some of which are gone; --locked compares the package's hash only.
        (crate / ".cargo-checksum.json").write_text(json.dumps({"files": {}, "package": checksums[key]}))

    subprocess.run(TAR, shell=True, cwd=rust, check=True)
    shutil.rmtree(rust / "vendor")
    (stage / "inst").mkdir(exist_ok=True)
    (stage / "inst" / "AUTHORS").write_text(
        "The Rust crates compiled into this package, their authors and licences:\n\n" + "".join(authors), encoding="utf-8"
    )
    size = (rust / "vendor.tar.xz").stat().st_size / 1e6
    print(f"* vendored {len(authors)} crates and {stubs} stubs: {size:.2f} MB")


def library_path(manifest: dict) -> str:
    return manifest.get("lib", {}).get("path", "src/lib.rs")


def drop_development_targets(crate: pathlib.Path) -> None:
    """Removes [[test]], [[bench]], [[example]], [[bin]] from the manifest, so that their files may go."""
    text = (crate / "Cargo.toml").read_text(encoding="utf-8")
    tables = re.split(r"(?m)^(?=\[)", text)
    kept = [t for t in tables if not re.match(r"\[\[(test|bench|example|bin)\]\]", t)]
    (crate / "Cargo.toml").write_text("".join(kept), encoding="utf-8")


def slim(crate: pathlib.Path, manifest: dict) -> None:
    for path in crate.iterdir():
        if path.is_dir() and path.name in NOT_COMPILED and not library_path(manifest).startswith(path.name + "/"):
            shutil.rmtree(path)
        elif path.is_file() and (path.name in {"Cargo.toml.orig", "Cargo.lock"} or path.name.startswith(".")):
            path.unlink()


def stub(crate: pathlib.Path, manifest: dict) -> None:
    for path in crate.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "Cargo.toml":
            path.unlink()
    sources = {library_path(manifest): ""}
    if isinstance(manifest["package"].get("build"), str):
        sources[manifest["package"]["build"]] = "fn main() {}\n"
    for name, text in sources.items():
        (crate / name).parent.mkdir(parents=True, exist_ok=True)
        (crate / name).write_text(text)


def credit(package: dict) -> str:
    names = [re.sub(r"\s*<[^>]*>", "", a) for a in package.get("authors", [])]
    lines = [
        f"{package['name']} {package['version']}",
        f"  authors: {', '.join(names) or 'the authors of ' + package['name']}",
        f"  licence: {package.get('license') or package['license-file']}",
    ]
    if "repository" in package:
        lines.append(f"  source: {package['repository']}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())

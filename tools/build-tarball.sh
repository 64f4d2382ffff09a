#!/bin/sh
# Builds the source package with vignettes and with all crates inside: it installs offline.
# usage: tools/build-tarball.sh [OUTDIR]
# GLMRS_TARGET_DIR: as in src/rust/build.sh; R CMD build compiles the package for its vignettes.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
out=$(mkdir -p "${1:-.}" && cd "${1:-.}" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
package="$stage/glmrs"
mkdir "$package"

# What is, or could be, in the repository: not what has been compiled.
cd "$top"
if git rev-parse > /dev/null 2>&1; then
  git ls-files -z --cached --others --exclude-standard | xargs -0 tar cf - --ignore-failed-read 2> /dev/null
else
  tar cf - --exclude=target --exclude='*.o' --exclude='*.so' --exclude='*.a' --exclude='*.Rcheck' --exclude='*.tar.gz' .
fi | tar xf - -C "$package"

# The binding crate becomes the root: with the one lock file, and with a workspace of its own, so that
# cargo does not look for one in the directories above, wherever the package is unpacked.
rm -f "$package/src/rust/Cargo.lock"
mv "$package/Cargo.lock" "$package/src/rust/Cargo.lock"
rm "$package/Cargo.toml"
printf '\n[workspace]\nexclude = ["core"]\n' >> "$package/src/rust/Cargo.toml"
python3 "$top/tools/vendor.py" "$package"

cd "$out"
rm -f glmrs_*.tar.gz
R CMD build "$package"

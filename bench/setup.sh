#!/bin/sh
# What the benchmarks compare with: a virtual environment for Python, and the R packages that Debian has.
# Whatever cannot be had is left out: its rows will be blank.
set -u
cd "$(dirname "$0")/.."

found=""
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-cache show r-base-core > /dev/null 2>&1 || apt-get update -qq
  for package in fastglm fixest speedglm parglm glm2 biglm mgcv mass pscl brglm2 logistf sandwich; do
    if apt-cache show "r-cran-$package" > /dev/null 2>&1; then found="$found $package"; fi
  done
  if ! python3 -c 'import venv, ensurepip' 2> /dev/null; then apt-get install -y -qq python3-venv > /dev/null; fi
fi
# shellcheck disable=SC2086
if [ -n "$found" ]; then tools/setup.sh $found || echo "bench: going on without some R packages" >&2; fi

python=bench/.venv/bin/python
if [ ! -x $python ] && ! python3 -m venv bench/.venv; then
  echo "bench: no virtual environment (python3-venv is missing?): going on without Python" >&2
  rm -rf bench/.venv
  exit 0
fi
if [ ! -e bench/.venv/installed ] || [ bench/requirements.txt -nt bench/.venv/installed ]; then
  echo "bench: installing the libraries for Python"
  $python -m pip install --quiet --requirement bench/requirements.txt ||
    grep -v '^#' bench/requirements.txt | while read -r package; do # one of them fails: the others one by one
      $python -m pip install --quiet "$package" || echo "bench: going on without $package" >&2
    done
  touch bench/.venv/installed
fi

#!/bin/sh
# Makes sure that what development needs is there: Rust, R, the R packages of tests and vignettes.
# As root on Debian or Ubuntu it installs what is missing; else it says what to install.
# usage: tools/setup.sh [--neighbours] [R-PACKAGE...]
#   --neighbours   the packages, too, that the tests hand fits to
#   R-PACKAGE      more R packages, as Debian spells them (r-cran-NAME)
set -eu
PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"

if ! cargo --version > /dev/null 2>&1; then
  echo "setup: cargo is missing; install Rust (1.87 or later) from https://rustup.rs" >&2
  exit 1
fi
for tool in rustfmt clippy; do
  case $tool in clippy) command="cargo clippy" ;; *) command="cargo fmt" ;; esac
  if ! $command --version > /dev/null 2>&1; then
    echo "setup: adding $tool"
    rustup component add $tool || echo "setup: no $tool; 'make lint' and 'make check' will need it" >&2
  fi
done

needed="testthat withr mass"
optional="boot knitr rmarkdown tibble data.table sandwich statmod"
if [ "${1:-}" = --neighbours ]; then
  shift
  optional="$optional aer arm bit64 brglm2 broom car caret effects effectsize emmeans generics ggplot2 glmmtmb insight lmtest
    clubsandwich multcomp nnet parameters performance plm pscl quantreg survival xtable"
fi
packages=$(echo $needed $optional "$@")
missing=""
for tool in python3 make xz pandoc qpdf; do # qpdf: R CMD check warns without it
  if ! command -v $tool > /dev/null; then
    case $tool in xz) missing="$missing xz-utils" ;; *) missing="$missing $tool" ;; esac
  fi
done
if ! command -v R > /dev/null || [ ! -f "$(R RHOME)/etc/Makeconf" ] || ! command -v gcc > /dev/null; then
  # a fast BLAS too: what is compared with should not be slower than it need be
  missing="$missing r-base-dev libopenblas0-pthread"
  for package in $packages; do missing="$missing r-cran-$package"; done
else
  missing="$missing$(Rscript -e '
    wanted <- commandArgs(TRUE)
    installed <- tolower(rownames(installed.packages()))
    cat(sprintf(" r-cran-%s", setdiff(wanted, installed)), sep = "")' $packages)"
fi

if [ -z "$missing" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
  echo "setup: missing:$missing" >&2
  echo "  sudo apt-get install --no-install-recommends$missing" >&2
  echo "or install R (4.2 or later) and these R packages from CRAN: $packages" | sed 's/ mass / MASS /; s/ aer / AER /' >&2
  for package in $missing; do
    case $package in
      python3 | xz-utils | pandoc | qpdf) ;;
      *) case " $(echo $optional) " in *" ${package#r-cran-} "*) ;; *) exit 1 ;; esac ;;
    esac
  done
  echo "setup: going on without: some tests will be skipped, 'make check' and 'make tarball' may fail" >&2
  exit 0
fi
echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq -o DPkg::Lock::Timeout=300
apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends $missing > /dev/null

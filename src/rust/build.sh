#!/bin/sh
# Builds rust/libglmrs.a; Makevars runs it in src/.
#   sh rust/build.sh                    build
#   sh rust/build.sh --tidy LIBRARY     after linking LIBRARY: leave no build tree in an unpacked package
#
# A released source package holds rust/vendor.tar.xz, all crates: then nothing is fetched, nothing
# outside the build directory is touched and at most two jobs run. A checkout builds as usual.
# GLMRS_TARGET_DIR: where to compile (rust/target); several builds may share what they compile there.
set -eu

vendored=no
if [ -f rust/vendor.tar.xz ]; then vendored=yes; fi

if [ "${1:-}" = --tidy ]; then
  if [ $vendored = yes ]; then
    rm -rf rust/target rust/mock rust/libglmrs.a
    # most of the installed size: debug sections of Rust's own standard library
    strip -S "$2" 2> /dev/null || :
  fi
  exit 0
fi

PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
export PATH
if ! cargo --version || ! rustc --version; then
  cat >&2 << 'EOF'
------------------------------------------------------------------------------
glmrs is compiled with Rust (1.87 or later), and 'cargo' was not found or does
not run. Install Rust from https://rustup.rs
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
or with the system's packages (cargo, rustc), start R anew and install again.
------------------------------------------------------------------------------
EOF
  exit 1
fi

target_dir="${GLMRS_TARGET_DIR:-rust/target}"
set --
if [ $vendored = yes ]; then
  # In the target directory, because cargo recompiles crates that lie in another place than before.
  mkdir -p "$target_dir"
  target_dir=$(cd "$target_dir" && pwd)
  rm -rf "$target_dir/vendor"
  xz -dc rust/vendor.tar.xz | (cd "$target_dir" && tar xf -)
  CARGO_HOME="$target_dir/cargo-home"
  export CARGO_HOME
  set -- -j 2 --offline --locked \
    --config 'source.crates-io.replace-with="vendored-sources"' \
    --config "source.vendored-sources.directory=\"$target_dir/vendor\""
fi

# The profile is given here, since only a workspace root may set it, and the root differs.
cargo build --release --lib --manifest-path rust/Cargo.toml --target-dir "$target_dir" \
  --config 'profile.release.lto="fat"' --config 'profile.release.codegen-units=1' "$@"
cp "$target_dir/${CARGO_BUILD_TARGET:+$CARGO_BUILD_TARGET/}release/libglmrs.a" rust/libglmrs.a

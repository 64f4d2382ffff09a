# Development of glmrs; `make help` lists the targets. Everything that is compiled goes to target/.
export GLMRS_TARGET_DIR := $(CURDIR)/target
export PATH := $(PATH):$(HOME)/.cargo/bin
export LANG ?= C.UTF-8

.NOTPARALLEL:
.PHONY: help setup install demo test bench check doc lint tarball clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing of R and its packages (as root on Debian), or say what
	@tools/setup.sh

install: setup ## compile and install the package, so that library(glmrs) works
	@tools/install.sh

demo: install ## fit two Poisson models, compare accuracy and time with stats::glm
	@Rscript tools/demo.R

test: install ## tests of the Rust core and of the R package
	@tools/setup.sh --neighbours
	@tools/test.sh

bench: install ## time glmrs and other libraries on the same problems: CASES, LIBRARIES, SCALE ... (bench/README.md)
	@bench/setup.sh
	@bench/run.py $(if $(CASES),--cases "$(CASES)") $(if $(LIBRARIES),--libraries "$(LIBRARIES)") \
	  $(if $(SCALE),--scale $(SCALE)) $(if $(THREADS),--threads $(THREADS)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(REPEATS),--repeats $(REPEATS)) $(if $(LIMIT),--limit $(LIMIT))

check: lint tarball-check ## lint, build the source package, R CMD check --as-cran

lint: setup library ## formatting, clippy, house rules, wrappers up to date
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	cargo clippy --locked --manifest-path bench/rust/Cargo.toml --target-dir target --quiet -- -D warnings
	tools/check-house.py
	Rscript tools/wrappers.R --check

doc: setup library ## write R/extendr-wrappers.R, NAMESPACE and man/
	@tools/setup.sh roxygen2
	Rscript tools/wrappers.R
	Rscript -e 'roxygen2::roxygenise(roclets = c("namespace", "rd"), load_code = roxygen2::load_source)'

tarball: setup ## the source package with all crates inside, as for CRAN: glmrs_*.tar.gz
	GLMRS_TARGET_DIR=$(CURDIR)/target/vendored tools/build-tarball.sh

clean: ## remove what was compiled
	rm -rf target src/*.o src/*.so src/rust/target src/rust/libglmrs.a glmrs_*.tar.gz

# src/glmrs.so alone, without installing the package
.PHONY: library tarball-check
library:
	@cd src && R CMD SHLIB -o glmrs.so entrypoint.c deferred.c

tarball-check:
	@tools/setup.sh --neighbours
	@tools/check.sh

# make demo · make test · make check (what CI runs) · make bench
#
# Each target first installs what is missing on a Debian machine and says so; a second run starts at once.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:

TARGET := $(or $(CARGO_TARGET_DIR),target)
VIEWER := viewer/dist/index.html
PROJECT ?= data/comarca.toml

# One selection of packages and targets for tests and checks, so that nothing is compiled twice for its features.
EVERYTHING := --locked --workspace --all-targets

.PHONY: demo test check lint doc deny decoders openapi browser bench sample prepare viewer

demo: $(VIEWER)  ## build and serve the sample on http://127.0.0.1:8080/
	cargo build --locked --release -p comarca
	$(TARGET)/release/comarca --project $(PROJECT) serve

test: $(VIEWER)  ## all tests of the libraries, the program and the viewer
	scripts/prepare database
	cargo build $(EVERYTHING)
	COMARCA_BIN=$(abspath $(TARGET))/debug/comarca cargo test --locked --workspace
	cd viewer && npm test

check: test lint doc deny decoders openapi browser  ## everything that CI runs

lint: $(VIEWER)
	scripts/prepare lint
	cargo fmt --all --check
	cargo clippy $(EVERYTHING) -- -D warnings

doc: $(VIEWER)
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

deny:  ## licences, sources and duplicates of dependencies
	scripts/prepare deny
	PATH="$(abspath $(TARGET))/tools/bin:$$PATH" cargo deny --locked check bans licenses sources

# Real files, where they lie beside the repository.
REAL := $(wildcard ../shared/data/comarca.toml)
PYTHON := $(TARGET)/venv/bin/python -W ignore

decoders: $(VIEWER) tests/decoders/node_modules/.package-lock.json  ## tiles in other people's decoders hold what the API says, files what GDAL reads
	scripts/prepare python
	cargo build $(EVERYTHING)
	scripts/with-server $(PROJECT) $(TARGET)/venv/bin/python tests/decoders/check.py
	scripts/with-server $(PROJECT) $(TARGET)/venv/bin/python tests/decoders/metrics.py
	scripts/with-server $(PROJECT) node viewer/test/decode.mjs --url
	$(PYTHON) tests/decoders/archives.py $(TARGET)/debug/comarca $(PROJECT)
	scripts/with-server $(PROJECT) $(PYTHON) tests/decoders/ogc.py
	$(PYTHON) tests/decoders/fixtures.py $(TARGET)/debug/comarca tests/decoders/node_modules/@mapbox/mvt-fixtures/fixtures
	scripts/with-server $(PROJECT) $(PYTHON) tests/decoders/validity.py $(PROJECT)
	scripts/with-server $(PROJECT) $(PYTHON) tests/decoders/coverage.py --width-max 0.02 districts all
	$(if $(REAL),scripts/with-server $(REAL) $(PYTHON) tests/decoders/validity.py $(REAL) zones districts communes all blocks)
	$(if $(REAL),scripts/with-server $(REAL) $(PYTHON) tests/decoders/coverage.py --width-max 0.02 zones all)
	$(PYTHON) tests/decoders/gdal.py $(TARGET)/debug/comarca data loaders/corpus $(wildcard ../shared/data)

openapi: $(VIEWER)  ## requests that Schemathesis makes of the OpenAPI document find nothing
	scripts/prepare openapi
	cargo build $(EVERYTHING)
	$(TARGET)/venv/bin/python tests/openapi/check.py $(abspath $(TARGET))/debug/comarca $(abspath $(PROJECT))

browser: $(VIEWER)  ## the viewer in headless Chromium; screenshots in $(TARGET)/screenshots
	scripts/prepare browser
	cargo build $(EVERYTHING)
	scripts/with-server $(PROJECT) node viewer/test/e2e.mjs --screenshots $(TARGET)/screenshots --url

bench: $(VIEWER)  ## criterion benches; benches/README.md says what they measure
	cargo bench --locked -p comarca-benches

sample: prepare  ## makes the files in data/ again
	cargo run --locked --release -p comarca-generator --bin generate -- --sample data

viewer: $(VIEWER)

$(VIEWER): $(wildcard viewer/src/* viewer/src/*/*) viewer/build.mjs viewer/node_modules/.package-lock.json
	cd viewer && npm run build
	touch $(VIEWER)

viewer/node_modules/.package-lock.json: viewer/package.json viewer/package-lock.json | prepare
	cd viewer && npm ci

tests/decoders/node_modules/.package-lock.json: tests/decoders/package.json tests/decoders/package-lock.json | prepare
	cd tests/decoders && npm ci

prepare:
	@scripts/prepare build

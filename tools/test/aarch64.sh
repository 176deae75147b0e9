#!/usr/bin/env bash
# The library on AArch64, emulated by qemu-user: the vectors' tests under every CPU model below, each of
# which must have run the kernels it is named with; then all Rust tests and the C tests that need no
# model, under one CPU with the dot product extension and one without.
#
# tools/setup/system.sh aarch64 and tools/setup/rust_aarch64.sh come first; `make test-aarch64` sees to it.
set -euo pipefail
cd "$(dirname "$0")/../.."

TARGET=aarch64-unknown-linux-gnu
BUILD=$PWD/build/aarch64
LIBRARY_DIR=$BUILD/target/$TARGET/release
CPUS=(cortex-a53 cortex-a72 neoverse-n1 max)
declare -A KERNELS=(
    [cortex-a53]="Scalar, Neon"
    [cortex-a72]="Scalar, Neon"
    [neoverse-n1]="Scalar, Neon, NeonDot"
    [max]="Scalar, Neon, NeonDot"
)
CPUS_OF_ALL_TESTS=(cortex-a53 neoverse-n1)
C_PROGRAMS=(functional columns attack_pointers attack_texts attack_structs attack_values)

export RUSTC=$BUILD/rustc
export CARGO_BUILD_TARGET=$TARGET
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=qemu-aarch64
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu

# Models run on libraries that are built for the CPU at hand; nothing of them is looked at here.
rust_tests() { # arguments of cargo test
    cargo test --quiet --release --locked --no-default-features --target-dir "$BUILD/target" "$@"
}

# vectors_on CPU: the vectors' tests, whose kernels must be those expected of the CPU.
vectors_on() {
    local log=$BUILD/vectors-$1.log expected="kernels: [${KERNELS[$1]}]"
    if ! QEMU_CPU=$1 rust_tests --lib vectors:: -- --format=pretty --nocapture >"$log" 2>&1; then
        cat "$log"
        echo "FAILED vectors on $1"
        exit 1
    fi
    for line in "$expected" "every_kernel_agrees_with_the_oracle ... ok"; do
        grep -qF "$line" "$log" || {
            cat "$log"
            echo "FAILED vectors on $1: its tests do not say \"$line\""
            exit 1
        }
    done
    echo "ok vectors on $1, $expected, $(grep -o '[0-9]* passed' "$log")"
}

build_c() {
    cargo build --quiet --release --locked --lib --no-default-features --target-dir "$BUILD/target"
    # Made anew when the library is: make knows nothing of what a program is linked with.
    rm -rf "$BUILD/c"
    make --silent -C tests/c CC=aarch64-linux-gnu-gcc LIBRARY_DIR="$LIBRARY_DIR" BUILD="$BUILD/c" \
        "${C_PROGRAMS[@]/#/$BUILD/c/}"
}

c_on() { # CPU
    local program log=$BUILD/c.log
    for program in "${C_PROGRAMS[@]}"; do
        if ! QEMU_CPU=$1 qemu-aarch64 "$BUILD/c/$program" >"$log" 2>&1; then
            cat "$log"
            echo "FAILED $program.c on $1"
            exit 1
        fi
        echo "ok $program.c on $1, $(grep -c '^ok ' "$log") tests"
    done
}

rust_tests --lib --tests --no-run
build_c
for cpu in "${CPUS[@]}"; do
    vectors_on "$cpu"
done
for cpu in "${CPUS_OF_ALL_TESTS[@]}"; do
    echo "--- all tests on $cpu"
    QEMU_CPU=$cpu rust_tests --lib --tests
    c_on "$cpu"
done
echo "all AArch64 tests passed"

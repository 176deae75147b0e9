#!/bin/sh
# Checks that the commands vrec is built and tested with are installed, and installs
# the missing ones where that is possible without asking: on Debian or Ubuntu, as root
# or with a sudo that needs no password. Elsewhere it lists what is missing.
#
#   system.sh                    everything but aarch64
#   system.sh rust c             what building the library needs
#   system.sh go python node     single groups
#   system.sh aarch64            a cross compiler and an emulator, for make test-aarch64
#
# Rust is never installed from here: distributions carry old ones, and rustup belongs
# to the user.
set -eu

GROUPS_DEFAULT="rust c go python node strace"
GROUPS_KNOWN="$GROUPS_DEFAULT aarch64"
RUST_MINIMUM=1.92
GO_MINIMUM=1.19
PYTHON_MINIMUM=3.11

missing=""  # what is missing, one a line
packages="" # the Debian packages that bring it
rust_problem=""

miss() { # what, package
    missing="$missing  $1 (Debian package: $2)
"
    case "$packages " in
    *" $2 "*) ;;
    *) packages="$packages $2" ;;
    esac
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# version_at_least FOUND MINIMUM: compares the first two numbers.
version_at_least() {
    found_major=${1%%.*}
    found_rest=${1#*.}
    found_minor=${found_rest%%[!0-9]*}
    minimum_major=${2%%.*}
    minimum_minor=${2#*.}
    [ "$found_major" -gt "$minimum_major" ] ||
        { [ "$found_major" -eq "$minimum_major" ] && [ "${found_minor:-0}" -ge "$minimum_minor" ]; }
}

check_c() {
    has cc || miss "cc, a C compiler" gcc
    has c++ || miss "c++, a C++ compiler" g++
    has make || miss make make
    has pkg-config || miss pkg-config pkg-config
    has nm || miss nm binutils
    has readelf || miss readelf binutils
    pkg-config --exists jansson 2>/dev/null || miss "jansson, a C library for JSON that the demo reads with" libjansson-dev
}

check_go() {
    if ! has go; then
        miss "go $GO_MINIMUM or newer" golang-go
        return
    fi
    found=$(go env GOVERSION 2>/dev/null || true)
    found=${found#go}
    version_at_least "${found:-0.0}" "$GO_MINIMUM" || miss "go $GO_MINIMUM or newer, found $found" golang-go
}

check_python() {
    if ! has python3; then
        miss "python3 $PYTHON_MINIMUM or newer with venv and pip" "python3 python3-venv python3-pip"
        return
    fi
    found=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    version_at_least "$found" "$PYTHON_MINIMUM" || miss "python3 $PYTHON_MINIMUM or newer, found $found" python3
    python3 -c 'import venv, ensurepip' 2>/dev/null || miss "python3's venv module" python3-venv
    python3 -c 'import pip' 2>/dev/null || miss "python3's pip" python3-pip
}

# npm brings the software Vulkan driver of the WebGPU test, Node.js unpacks it.
check_node() {
    has node || miss "node, that is Node.js" nodejs
    has npm || miss npm npm
}

check_strace() {
    has strace || miss strace strace
}

check_aarch64() {
    has qemu-aarch64 || miss "qemu-aarch64, which runs AArch64 programs" qemu-user
    if ! has aarch64-linux-gnu-gcc; then
        miss "aarch64-linux-gnu-gcc, a C compiler for AArch64" "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
    elif ! echo '#include <stdlib.h>' | aarch64-linux-gnu-gcc -E -o /dev/null - 2>/dev/null; then
        miss "the C library for AArch64" libc6-dev-arm64-cross
    fi
}

check_rust() {
    if ! has cargo || ! has rustc; then
        rust_problem="cargo or rustc is missing; install Rust $RUST_MINIMUM or newer with rustup"
        return
    fi
    found=$(rustc --version | cut -d ' ' -f 2)
    version_at_least "$found" "$RUST_MINIMUM" ||
        rust_problem="Rust is $found, $RUST_MINIMUM or newer is needed; run: rustup update stable"
}

check() { # groups
    missing=""
    packages=""
    rust_problem=""
    for group in "$@"; do
        "check_$group"
    done
}

# Prints the words that run a command as root, or fails.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        echo env
    elif has sudo && sudo -n true 2>/dev/null; then
        echo "sudo -n env"
    else
        return 1
    fi
}

install_packages() {
    root=$(as_root) || return 1
    has apt-get || return 1
    echo "installing:$packages"
    # Unquoted on purpose: both are lists of words.
    # shellcheck disable=SC2086
    $root DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
        $root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

fail_with_list() {
    [ -z "$rust_problem" ] || echo "error: $rust_problem" >&2
    printf 'error: these are missing or too old:\n%s' "$missing" >&2
    if has apt-get; then
        echo "install them as root: apt-get update && apt-get install$packages" >&2
        echo "where the distribution's version is too old, install a newer one and put it first in PATH" >&2
    else
        echo "install them with this system's package manager and run this again" >&2
    fi
    exit 1
}

[ $# -gt 0 ] || set -- $GROUPS_DEFAULT
for group in "$@"; do
    case " $GROUPS_KNOWN " in
    *" $group "*) ;;
    *)
        echo "error: unknown group $group; the groups are: $GROUPS_KNOWN" >&2
        exit 2
        ;;
    esac
done

check "$@"
if [ -n "$missing" ]; then
    install_packages || fail_with_list
    check "$@"
    [ -z "$missing" ] || fail_with_list
fi
if [ -n "$rust_problem" ]; then
    echo "error: $rust_problem" >&2
    exit 1
fi
echo "all present: $*"

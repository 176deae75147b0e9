#!/bin/sh
# Makes build/aarch64/rustc, a Rust compiler that has the standard library for AArch64 Linux.
#
# Where the installed one has it (rustup target add aarch64-unknown-linux-gnu), this calls it. Else it
# is Debian's rustc-web of this system's package sources, with the arm64 package of its library. They
# are unpacked under build/aarch64 and nothing is installed: they cannot stand beside another Rust, and
# arm64 packages would need a change to dpkg's architectures. apt's lists and settings for it lie
# under build/aarch64 too; apt checks the signatures as ever.
#
# Does nothing when the compiler is there. Needs no root.
set -eu

TARGET=aarch64-unknown-linux-gnu
RUST_MINIMUM_MINOR=92 # of 1.x, as in Cargo.toml

cd "$(dirname "$0")/../.."
folder=$PWD/build/aarch64
unpacked=$folder/debian

fail() {
    echo "error: $1" >&2
    echo "either run: rustup target add $TARGET" >&2
    echo "or use Debian 12 or newer with its security updates, whose rustc-web is new enough" >&2
    exit 1
}

# has_target RUSTC: whether it runs, is new enough and has the target's standard library.
has_target() {
    minor=$("$1" --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [ "${minor:-0}" -ge "$RUST_MINIMUM_MINOR" ] &&
        ls "$("$1" --print target-libdir --target "$TARGET")"/libcore-*.rlib >/dev/null 2>&1
}

# write_compiler RUSTC [LIBRARIES]: a command that runs rustc, with the shared libraries of a folder.
write_compiler() {
    {
        echo "#!/bin/sh"
        [ -z "${2:-}" ] || echo "export LD_LIBRARY_PATH='$2'\"\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}\""
        echo "exec '$1' \"\$@\""
    } >"$folder/rustc.new"
    chmod +x "$folder/rustc.new"
    mv "$folder/rustc.new" "$folder/rustc"
}

apt_here() { # command, arguments
    command=$1
    shift
    "$command" -qq -o APT::Architectures::="$architecture" -o APT::Architectures::=arm64 \
        -o Dir::State="$folder/apt/state" -o Dir::State::status=/dev/null -o Dir::Cache="$folder/apt/cache" \
        -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}

# Prints what the package needs, itself included, that is not installed here.
missing_of() {
    apt_here apt-cache depends --recurse --no-pre-depends --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances "$1" | sed -n 's/^\([a-z][a-z0-9.+-]*\)$/\1/p' | while read -r package; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed' || echo "$package"
    done
}

unpack() {
    for command in apt-get apt-cache dpkg dpkg-deb; do
        command -v "$command" >/dev/null 2>&1 || fail "this system has no $command"
    done
    architecture=$(dpkg --print-architecture)
    echo "fetching Debian's Rust for AArch64 into build/aarch64"
    rm -rf "$folder/apt" "$unpacked"
    mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial" "$folder/apt/packages" "$unpacked"
    apt_here apt-get update || fail "the package lists of arm64 could not be fetched"
    library=$(apt_here apt-cache depends libstd-rust-web-dev | sed -n 's/^ *Depends: \(libstd-rust-.*\)$/\1/p')
    [ -n "$library" ] || fail "this system's package sources have no rustc-web"
    (
        cd "$folder/apt/packages"
        # Unquoted on purpose: a list of words.
        # shellcheck disable=SC2046
        apt_here apt-get download rustc-web libstd-rust-web-dev libstd-rust-web-dev:arm64 "$library" $(missing_of "$library")
    ) || fail "Debian's Rust packages could not be fetched"
    for package in "$folder"/apt/packages/*.deb; do
        dpkg-deb -x "$package" "$unpacked"
    done
    rm -rf "$folder/apt"
    libraries=$(dirname "$(find "$unpacked/usr/lib" -name 'librustc_driver-*.so' | head -n 1)")
    write_compiler "$unpacked/usr/bin/rustc" "$libraries"
    has_target "$folder/rustc" ||
        fail "Debian's rustc-web here is older than 1.$RUST_MINIMUM_MINOR or does not run: $("$folder/rustc" --version 2>&1)"
}

mkdir -p "$folder"
if ! has_target "$folder/rustc"; then
    if has_target rustc; then
        write_compiler "$(rustc --print sysroot)/bin/rustc"
    else
        unpack
    fi
fi
echo "compiler for AArch64: $("$folder/rustc" --version)"

#!/bin/sh
# The binary interface, compared with the snapshots in abi/: the size of every struct, offset and size
# of every field, and the value of every constant. A difference breaks programs that are compiled
# already, unless it is a new struct, a field at an end, or a constant. VREC_BLESS=1 rewrites the
# snapshots.
#
#   layout.sh INCLUDE_FOLDER SNAPSHOT_FOLDER
#
# Three layouts stand for all that are in use: 64-bit (lp64), 32-bit as on ARM, where a uint64_t lies
# at multiples of 8 (ilp32), and 32-bit as on x86, where it lies at multiples of 4 (i386).
set -u
cd "$(dirname "$0")" || exit 1
. ./report.sh
include=$1 snapshots=$2

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 layout_source.py "$include/vrec.h" >"$scratch/layout.c" || exit 1

read_layout() { # compiler flags...
    "${CC:-cc}" -std=gnu99 -ffreestanding -fno-lto -O0 "$@" -I"$include" \
        -S "$scratch/layout.c" -o "$scratch/layout.s" &&
        echo "# struct or field, offset, size" &&
        sed -n 's/^#LAYOUT //p' "$scratch/layout.s"
}

compare() { # name, what, file found
    if [ "${VREC_BLESS:-}" = 1 ]; then
        cp "$3" "$snapshots/$1.txt"
    fi
    touch "$scratch/none"
    known="$snapshots/$1.txt"
    [ -f "$known" ] || known="$scratch/none"
    expect_same "$2 as in abi/$1.txt" "$known" "$3"
}

# An older caller's struct must not end in padding, where a newer library would look for a new field.
ends_of_structs() { # layout
    awk '!/^#/ {
        split($1, part, ".")
        if (part[2] == "") size[part[1]] = $3
        else last_end[part[1]] = $2 + $3
    }
    END { for (name in size) if (size[name] != last_end[name]) print name " ends in padding" }' "$1" 2>&1
}

check_layout() { # name, what, compiler flags...
    name=$1 what=$2
    shift 2
    if ! read_layout "$@" >"$scratch/$name"; then
        bad "$what" "a compiler that knows $*"
        return
    fi
    compare "layout-$name" "$what" "$scratch/$name"
    expect_empty "$what: no struct ends in padding" "$(ends_of_structs "$scratch/$name")"
}

check_layout lp64 "the layout of 64-bit machines"
if [ "$(uname -m)" = x86_64 ]; then
    check_layout ilp32 "the layout of 32-bit ARM machines" -m32 -malign-double
    check_layout i386 "the layout of 32-bit x86 machines" -m32
else
    echo "note: the layouts of 32-bit machines are checked on x86_64 only"
fi

awk '/^#define VREC_[A-Z0-9_]+ / {$1 = ""; sub(/^ /, ""); print}' "$include/vrec.h" >"$scratch/constants"
compare constants "the constants" "$scratch/constants"
finish

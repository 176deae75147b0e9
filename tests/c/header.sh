#!/bin/sh
# include/vrec.h by itself: it compiles alone in each language it promises, with every warning an
# error, and may be included by two files of one program.
#
#   header.sh INCLUDE_FOLDER BUILD LINK_FLAGS...
set -u
cd "$(dirname "$0")" || exit 1
. ./report.sh
include=$1 build=$2
shift 2

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo '#include <vrec.h>' >"$scratch/alone.c"
cp "$scratch/alone.c" "$scratch/alone.cpp"

compiles_alone() { # compiler, standard, source, more flags...
    compiler=$1 standard=$2 source=$3
    shift 3
    expect_success "it compiles alone as $standard with $compiler" "$compiler" "-std=$standard" -Wall -Wextra \
        -Wpedantic -Wconversion -Wshadow -Wundef -Werror "$@" -I"$include" -fsyntax-only "$scratch/$source"
}

for compiler in gcc clang; do
    if command -v "$compiler" >/dev/null; then
        for standard in c99 c11 c17; do
            compiles_alone "$compiler" "$standard" alone.c -Wstrict-prototypes -Wc++-compat
        done
    fi
done
for compiler in g++ clang++; do
    if command -v "$compiler" >/dev/null; then
        for standard in c++11 c++17 c++20; do
            compiles_alone "$compiler" "$standard" alone.cpp
        done
    fi
done

# The example that the header opens with, as a program: it must compile as it stands there.
opening_example() {
    printf '#include <stdio.h>\n#include <string.h>\n#include <vrec.h>\n\nint main(void)\n{\n'
    awk '/^ \* Rules that hold/ {exit} /^ \*   / {sub(/^ \*/, ""); print}' "$include/vrec.h"
    printf '    vrec_destroy(engine);\n    return 0;\n}\n'
}

opening_example >"$scratch/example.c"
expect_success "its opening example is found" grep -q vrec_create "$scratch/example.c"
expect_success "its opening example compiles" "${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror -I"$include" \
    -fsyntax-only "$scratch/example.c"

cat >"$scratch/first.c" <<'C'
#include <vrec.h>
#include <vrec.h>
int32_t check_in_second_file(void);
int main(void)
{
    return vrec_abi_check(VREC_ABI_VERSION) == VREC_OK && check_in_second_file() == VREC_OK ? 0 : 1;
}
C
cat >"$scratch/second.c" <<'C'
#include <vrec.h>
int32_t check_in_second_file(void);
int32_t check_in_second_file(void)
{
    vrec_destroy(NULL);
    return vrec_abi_1() == VREC_ABI_VERSION ? VREC_OK : VREC_E_ABI;
}
C
cp "$scratch/second.c" "$scratch/second.cpp"
sed 's/^int32_t check/extern "C" int32_t check/; s/NULL/nullptr/' "$scratch/second.c" >"$scratch/second.cpp"

expect_success "two files of one program may include it" "${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror \
    -I"$include" "$scratch/first.c" "$scratch/second.c" -o "$build/twice" "$@"
expect_success "and the program runs" "$build/twice"
expect_success "a C and a C++ file of one program may include it" sh -c '
    set -e
    cc -std=c99 -Wall -Wextra -Werror -I"$1" -c "$2/first.c" -o "$2/first.o"
    c++ -std=c++11 -Wall -Wextra -Werror -I"$1" -c "$2/second.cpp" -o "$2/second.o"
    shift 2
    c++ "$@"' sh "$include" "$scratch" "$scratch/first.o" "$scratch/second.o" -o "$build/mixed" "$@"
expect_success "and that program runs" "$build/mixed"

# A program made for ABI 1 must not start with a library of another ABI.
expect_success "a program can refer to the symbol that names the ABI" \
    sh -c 'nm -u "$1" | grep -q vrec_abi_1' sh "$build/twice"
finish

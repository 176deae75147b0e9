#!/bin/sh
# The static library: it links with no more than the native libraries that vrec.pc names for it, and a
# program so made behaves like one that uses the shared library.
#
#   static.sh LIBRARY_DIR PKG_CONFIG_FILE BUILD MODEL RUNTIME
#
# BUILD holds the objects of the programs.
set -u
cd "$(dirname "$0")" || exit 1
. ./report.sh
archive=$1/libvrec.a pkg_config=$2 build=$3 model=$4 runtime=$5

# What the archive needs of the system, as rustc names it for this platform. A new entry is a new
# demand on every host: add it here and to vrec.pc.in, and say so in the change log.
NATIVE_LIBRARIES="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"

link() { # program
    # shellcheck disable=SC2086 # a list of flags
    "${CC:-cc}" "$build/$1.o" "$build/check.o" "$build/fixture.o" "$archive" $NATIVE_LIBRARIES -o "$build/$1-static"
}

expect_success "vrec.pc names the native libraries" grep -qxF "Libs.private: $NATIVE_LIBRARIES" "$pkg_config"
for program in functional functional_model callbacks fork; do
    expect_success "$program links statically" link "$program"
done
expect_empty "the program needs no shared library of vrec" \
    "$(readelf -dW "$build/functional-static" | grep 'NEEDED.*libvrec')"
expect_empty "no symbol is left for the loader to find in vrec" \
    "$(nm -D --undefined-only "$build/functional-static" | grep vrec_)"
expect_success "functional behaves the same" "$build/functional-static"
expect_success "functional_model behaves the same" "$build/functional_model-static" "$model" "$runtime"
expect_success "callbacks behaves the same" "$build/callbacks-static" "$model"
expect_success "fork behaves the same" "$build/fork-static" "$model" "$runtime"
finish

#!/bin/sh
# What the built library is to a process, seen from outside: the symbols it exports and needs, its
# dynamic flags, the system calls and environment variables of a host that says nothing itself
# (quiet.c), and what that host leaves on the disk.
#
#   process.sh LIBRARY SYMBOLS BUILD MODEL RUNTIME
#
# BUILD holds quiet and getenv_watch.so.
set -u
cd "$(dirname "$0")" || exit 1
. ./report.sh
library=$1 symbols=$2 build=$3 model=$4 runtime=$5

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

dynamic_symbols() { # --defined-only or --undefined-only, file
    nm -D "$1" "$2" | awk '{print $NF}' | sed 's/@.*//' | LC_ALL=C sort -u
}

# --- the file ---------------------------------------------------------------------------------------

NETWORK_FUNCTIONS='socket|socketpair|connect|bind|listen|accept4?|send|sendm?msg|sendto|recv|recvm?msg|recvfrom'
NETWORK_FUNCTIONS="$NETWORK_FUNCTIONS|getaddrinfo|gethostbyname|res_query"
PROCESS_FUNCTIONS='system|popen|fork|vfork|exec[a-z]*|posix_spawnp?|setenv|unsetenv|putenv|environ|__environ'
PROCESS_FUNCTIONS="$PROCESS_FUNCTIONS|signal|sigaction|setlocale|umask|chdir|fchdir|atexit"

exports_are_as_listed() {
    dynamic_symbols --defined-only "$library" >"$scratch/exported"
    expect_empty "only vrec_ functions are exported" "$(grep -v '^vrec_' "$scratch/exported")"
    expect_same "the exported functions are those of abi/symbols.txt" "$symbols" "$scratch/exported"
}

# The runtime is looked at as well: its official builds from 1.29 on gather usage data, write them below
# the home folder and send them away, from threads of their own. The one that is fetched must not.
imports_are_harmless() {
    expect_empty "the library imports no network function" \
        "$(dynamic_symbols --undefined-only "$library" | grep -xE "$NETWORK_FUNCTIONS")"
    expect_empty "the library imports nothing that changes the process" \
        "$(dynamic_symbols --undefined-only "$library" | grep -xE "$PROCESS_FUNCTIONS")"
    expect_empty "the runtime imports no network function" \
        "$(dynamic_symbols --undefined-only "$runtime" | grep -xE "$NETWORK_FUNCTIONS")"
}

flags_are_as_promised() {
    readelf -dW "$library" >"$scratch/dynamic"
    readelf -lW "$library" >"$scratch/segments"
    expect_success "the soname carries the ABI number" grep -q 'SONAME.*\[libvrec\.so\.1\]' "$scratch/dynamic"
    expect_success "the library is never unloaded" grep -q 'FLAGS_1.*NODELETE' "$scratch/dynamic"
    expect_success "all symbols are bound at loading" grep -q 'FLAGS.*NOW' "$scratch/dynamic"
    expect_success "relocated data is read-only" grep -q 'GNU_RELRO' "$scratch/segments"
    expect_empty "no stack is executable" "$(grep 'GNU_STACK.*RWE' "$scratch/segments")"
    expect_empty "the code is free of relocations, and of search paths" \
        "$(grep -E 'TEXTREL|RPATH|RUNPATH|STATIC_TLS' "$scratch/dynamic")"
    expect_empty "only system libraries are needed" \
        "$(sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' "$scratch/dynamic" |
            grep -vxE '(libc|libm|libdl|libpthread|libgcc_s|ld-linux[a-z0-9-]*)\.so\.[0-9]+')"
}

# --- a run --------------------------------------------------------------------------------------------

# Empty, or in-background for a run with the embedding thread, or the path of a store.
mode=

# Everything that a run might leave behind goes below one folder.
run_quietly() { # wrapper command...
    mkdir -p "$scratch/home/cache" "$scratch/home/tmp"
    HOME="$scratch/home" XDG_CACHE_HOME="$scratch/home/cache" TMPDIR="$scratch/home/tmp" \
        "$@" "$build/quiet" "$model" "$runtime" $mode >"$scratch/output" 2>&1
}

the_process_stays_as_it_was() {
    run_quietly env
    status=$?
    if [ "$status" -eq 0 ]; then
        ok "environment, signals, umask, folder, locale, rounding, threads and files stay as they were${mode:+, ${mode##*/}}"
    else
        bad "the process stays as it was${mode:+, ${mode##*/}}" "status 0, not trouble number $status of quiet.c"
    fi
    expect_empty "nothing is printed${mode:+, ${mode##*/}}" "$(cat "$scratch/output")"
    expect_empty "nothing is left on the disk${mode:+, ${mode##*/}}" "$(cd "$scratch/home" && find . -type f)"
}

system_calls_are_harmless() {
    if ! command -v strace >/dev/null; then
        bad "the system calls can be watched" "strace to be installed"
        return
    fi
    run_quietly strace -f -qq -o "$scratch/trace"
    [ -s "$scratch/trace" ] || bad "the system calls can be watched" "strace to run here"
    sed -E 's/^[0-9]+ +//' "$scratch/trace" >"$scratch/calls"
    expect_empty "no socket is opened" \
        "$(grep -E '^(socket|socketpair|connect|bind|listen|accept4?|send[a-z]*|recv[a-z]*)\(' "$scratch/calls")"
    expect_empty "no thread and no process is started" "$(grep -E '^(clone3?|fork|vfork)\(' "$scratch/calls")"
    expect_empty "nothing is written to any file" "$(grep -E '^p?write(v|64|v2)?\(' "$scratch/calls")"
    expect_empty "no file is opened for writing, made, moved or removed" \
        "$(grep -E 'O_WRONLY|O_RDWR|O_CREAT|^(mkdir|unlink|rename|chmod|fchmod|truncate|ftruncate)[a-z0-9]*\(' \
            "$scratch/calls" | grep -v '"/dev/')"
}

# A store may write, and nowhere else. The runtime reads what the system says of its CPUs.
a_store_is_all_that_is_written() {
    mode="$scratch/a-store"
    run_quietly strace -f -qq -o "$scratch/trace"
    sed -E 's/^[0-9]+ +//' "$scratch/trace" >"$scratch/calls"
    expect_success "a store is written to" [ -s "$mode/store.sqlite" ]
    expect_empty "with a store, no socket is opened" \
        "$(grep -E '^(socket|socketpair|connect|bind|listen|accept4?|send[a-z]*|recv[a-z]*)\(' "$scratch/calls")"
    expect_empty "with a store, no thread and no process is started" \
        "$(grep -E '^(clone3?|fork|vfork)\(' "$scratch/calls")"
    # From the first look at the model on: what comes before is the loader's and the locale's. The store's own
    # folder is made, so the one around it is opened to make that durable.
    sed -n "\|^open.*\"$model|,\$p" "$scratch/calls" >"$scratch/later"
    expect_empty "with a store, no file is opened outside of the store, the model and the runtime" \
        "$(grep -E '^(open|openat|creat|rename|unlink|mkdir)[a-z0-9]*\(' "$scratch/later" |
            grep -vE "\"($mode|$model|$(dirname "$runtime"))|\"$scratch\"|\"(store\.sqlite|vectors-)" |
            grep -vE '"/(proc|sys|dev|etc|lib|usr/lib|usr/share/locale|no/such/model)/')"
    expect_success "the files of the store are seen to be opened" grep -q "$mode.*vectors-" "$scratch/later"
    expect_empty "with a store, nothing outside of it is opened for writing, made, moved or removed" \
        "$(grep -E 'O_WRONLY|O_RDWR|O_CREAT|^(mkdir|unlink|rename|chmod|fchmod|truncate)[a-z0-9]*\(' \
            "$scratch/calls" | grep -vE "\"$mode|\"(store\.sqlite|vectors-)|\"/dev/")"
    rm -rf "$mode"
    the_process_stays_as_it_was
    rm -rf "$mode"
    environment_is_not_read
    rm -rf "$mode"
}

# The runtime is another project's and may ask; who uses it should know what.
environment_is_not_read() {
    rm -f "$scratch/asked"
    run_quietly env GETENV_WATCH="$scratch/asked" LD_PRELOAD="$build/getenv_watch.so"
    touch "$scratch/asked"
    expect_success "calls of getenv are seen at all" grep -q . "$scratch/asked"
    expect_empty "the library reads no environment variable${mode:+, ${mode##*/}}" "$(grep '^libvrec' "$scratch/asked")"
    sed -n 's/^libonnxruntime[^ ]* /the ONNX Runtime reads /p' "$scratch/asked" | LC_ALL=C sort | uniq -c |
        awk '{count = $1; $1 = ""; print "note:" $0 ", " count " times"}'
}

exports_are_as_listed
imports_are_harmless
flags_are_as_promised
the_process_stays_as_it_was
system_calls_are_harmless
environment_is_not_read
mode=in-background
the_process_stays_as_it_was
environment_is_not_read
a_store_is_all_that_is_written
finish

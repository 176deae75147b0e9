# The shell tests' counterpart of check.h, to be read by them with ".": one line a test, the totals in
# the end. expect_same and expect_empty print what differs.

passed=0
failed=0

ok() { # name
    echo "ok $1"
    passed=$((passed + 1))
}

bad() { # name, what was expected
    echo "FAILED $1: expected $2"
    failed=$((failed + 1))
}

# The rest of the arguments is a command that must succeed; its output is shown when it does not.
expect_success() { # name, command...
    name=$1
    shift
    if output=$("$@" 2>&1); then
        ok "$name"
    else
        printf '%s\n' "$output"
        bad "$name" "success of: $*"
    fi
}

expect_empty() { # name, text
    if [ -z "$2" ]; then
        ok "$1"
    else
        printf '%s\n' "$2" | head -n 40
        bad "$1" "nothing"
    fi
}

expect_same() { # name, expected file, found file
    if difference=$(diff -u "$2" "$3"); then
        ok "$1"
    else
        printf '%s\n' "$difference" | head -n 60
        bad "$1" "what $2 says"
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

#!/usr/bin/env bash
# The demo and the quick start keep what the README promises: a viewer of two beginners' courses is
# offered the third first, and a viewer of two English space films a Chinese one among the first five.
#
#   tests/demo.sh PROGRAMS CATALOG MODEL RUNTIME
set -euo pipefail
programs=$1 catalog=$2 model=$3 runtime=$4
passed=0 failed=0

check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@"; then
        echo "ok $name"
        passed=$((passed + 1))
    else
        echo "FAILED $name"
        failed=$((failed + 1))
    fi
}

output=$("$programs/demo" "$catalog" "$model" "$runtime" 2>/dev/null)
# The numbered lines of one viewer's list.
list_of() { sed -n "/^$1 watched/,/^\$/p" <<<"$output" | grep -E '^  [1-5]\. '; }
first_is() { list_of "$1" | head -n 1 | grep -q "$2"; }
has_chinese_title() { list_of "$1" | sed 's/ *(because of.*//' | grep -qP '\p{Han}'; }

check "a student is offered 计算机视觉入门 first" first_is "A student" "计算机视觉入门"
check "a stargazer is offered a Chinese film among five" has_chinese_title "A stargazer"
check "the list of a stargazer has five entries" test "$(list_of "A stargazer" | wc -l)" = 5
quickstart=$("$programs/quickstart" "$model" "$runtime")
check "the quick start offers 计算机视觉入门 first" grep -q "计算机视觉入门" <(head -n 1 <<<"$quickstart")
# The README shows the quick start's own text.
check "the README shows the quick start" diff -q <(sed -n '/^```c$/,/^```$/p' README.md | sed '1d;$d') examples/c/quickstart.c

echo "$passed passed, $failed failed"
test "$failed" = 0

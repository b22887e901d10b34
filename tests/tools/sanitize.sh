#!/bin/sh
# sanitize.sh [FOLDER] - the same tests under AddressSanitizer and
# UndefinedBehaviorSanitizer, built in FOLDER (build-sanitize unless said).
# TESTS=... runs only those.
set -u
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
. "$top/tests/tools/setup.sh"
dir=${1:-$top/build-sanitize}

build_in "$dir" --enable-sanitize --enable-werror CFLAGS='-O1 -g' ||
    die "the build failed, see above"
# A leak is a failure; so is the first report of either sanitizer. Programs
# that the flow tests kill by a limit of memory are left out by themselves.
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:exitcode=99}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export ASAN_OPTIONS UBSAN_OPTIONS
set -- -C "$dir" --no-print-directory -j"$(jobs_of_machine)" check
[ -z "${TESTS:-}" ] || set -- "$@" "TESTS=$TESTS"
exec make "$@"

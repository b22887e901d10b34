#!/bin/sh
# sanitize.sh [--build] [FOLDER] - the same tests under AddressSanitizer and
# UndefinedBehaviorSanitizer, built by clang, which sees more than gcc does, in
# FOLDER (build-sanitize unless said). TESTS=... runs only those; --build none.
set -u
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
. "$top/tests/tools/setup.sh"
only_build=
if [ "${1:-}" = --build ]; then
	only_build=yes
	shift
fi
dir=${1:-$top/build-sanitize}

build_in "$dir" --enable-sanitize --enable-werror CC=clang CFLAGS='-O1 -g' ||
    die "the build failed, see above"
if [ -n "$only_build" ]; then
	exec make -C "$dir" --no-print-directory -s \
	    -j"$(jobs_of_machine)" check TESTS=
fi
# A leak is a failure; so is the first report of either sanitizer. Programs
# that the flow tests kill by a limit of memory are left out by themselves.
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:exitcode=99}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export ASAN_OPTIONS UBSAN_OPTIONS
set -- -C "$dir" --no-print-directory -j"$(($(jobs_of_machine) + 1))" check
[ -z "${TESTS:-}" ] || set -- "$@" "TESTS=$TESTS"
exec make "$@"

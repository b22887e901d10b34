#!/bin/sh
# pages-day.sh - a moderator's day in a browser, from the look at the
# queue to the answer in DNS, with and without scripts.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/pages.sh"

pages_begin
pages_run day
flow_end

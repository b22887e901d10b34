#!/bin/sh
# pages-xss.sh - hostile mail and hostile words in forms, looked at with a
# browser: nothing runs.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/pages.sh"

pages_begin
pages_run xss
flow_end

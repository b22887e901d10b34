#!/bin/sh
# pages-visitor.sh - who asks whether he is listed, why, and how he gets out:
# in a browser, with and without scripts.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/pages.sh"

pages_begin
pages_run visitor
flow_end

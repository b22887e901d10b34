#!/bin/sh
# pages-looks.sh - every page, narrow and wide, light and dark, in both
# languages.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/pages.sh"

pages_begin
pages_run looks
flow_end

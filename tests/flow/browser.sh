#!/bin/sh
# browser.sh - a moderator's minute in a real headless browser (browser.py),
# on the real programs, with DNS asked before and after.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/tale.sh"

if ! command -v python3 >/dev/null 2>&1; then
	printf 'SKIP: no python3\n'
	exit 77
fi
flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
tale_start
tale_forward
tale_before

browse() {
	RBL_PASSWORD=$(cat "$T/password") HOME=$T python3 \
	    "$srcdir/tests/flow/browser.py" --url "$WWW" --user anna \
	    --item "$tale_item" --do "$1" >"$T/out" 2>&1
	STATUS=$?
	sed 's/^/  /' "$T/out"
	if [ "$STATUS" -eq 77 ]; then
		printf 'SKIP: no browser: install chromium and chromium-driver\n'
		exit 77
	fi
	OUT=$(cat "$T/out") ERR=
}

step "approve in a browser"
browse approve
status_is "the browser saw what it should" 0
dns_is "$tale_relay is listed" "NOERROR A 127.0.0.2" "$tale_name" A

step "undo in a browser"
browse undo
status_is "the browser saw what it should" 0
dns_is "$tale_relay is not listed any more" "NXDOMAIN +SOA" "$tale_name" A
flow_end

#!/bin/sh
# pages.sh - the pages in a real browser: Debian's Chromium, driven by
# Playwright (tests/browser), on the real programs with DNS beside them.
#
# The modules of Playwright and axe are fetched once into the build folder.
# PAGES names the tests to run; without it, all.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/tale.sh"

p_skip() {
	printf 'SKIP: %s\n' "$1"
	exit 77
}

command -v node >/dev/null || p_skip 'no node (Debian: nodejs)'
CHROME=${CHROME:-$(command -v chromium-headless-shell || command -v chromium)}
[ -n "$CHROME" ] || p_skip 'no browser (Debian: chromium)'
MODULES=$(pwd)/$builddir/tests/browser/modules.d
case $builddir in
/*) MODULES=$builddir/tests/browser/modules.d ;;
esac
"$srcdir/tests/browser/get.sh" "$MODULES" || {
	[ $? -eq 77 ] && p_skip 'playwright-core and axe-core cannot be fetched'
	exit 1
}
SHOTS=${PAGES_OUT:-$(pwd)/tests/out}
export CHROME MODULES SHOTS

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <"$srcdir/tests/browser/more.conf"
PASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$PASSWORD" >"$T/password"
export PASSWORD
ctl init
for p_who in anna:moderator bert:moderator vera:viewer adam:admin; do
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add \
	    "${p_who%:*}" --role "${p_who#*:}"
	status_is "user ${p_who%:*}" 0
done
flow_start rbld
DNS=$DNS4
export DNS

# Each test begins with a store and a queue of its own kind.
for p_test in ${PAGES:-day visitor looks xss}; do
	step "$p_test"
	ITEMS=0
	case $p_test in
	xss)
		node "$srcdir/tests/browser/hostile.mjs" "$T/hostile" >"$T/out"
		"$ingest" -c "$T/rbl.conf" "$T"/hostile/*.eml >"$T/out" 2>&1 ||
		    wrong "hostile mail was taken" "$(cat "$T/out")"
		ITEMS=$("$rblctl" -c "$T/rbl.conf" queue list --json |
		    grep -c '"id"')
		has "enough hostile items" '^([89][0-9]{2}|[1-9][0-9]{3,})$' \
		    "$ITEMS"
		;;
	*)
		node "$srcdir/tests/browser/mails.mjs" "$T/mails"
		"$ingest" -c "$T/rbl.conf" --submitter \
		    postmaster@submitter.example.org "$T"/mails/*.eml \
		    >"$T/out" 2>&1 ||
		    wrong "mail was taken" "$(cat "$T/out")"
		;;
	esac
	flow_start rbl-www
	export WWW ITEMS
	node "$srcdir/tests/browser/$p_test.mjs" >"$T/out" 2>&1
	STATUS=$?
	sed 's/^/  /' "$T/out"
	is "$p_test" 0 "$STATUS"
	flow_stop TERM "$PID_www"
	is "rbl-www ended" 0 "$STATUS"
done
flow_end

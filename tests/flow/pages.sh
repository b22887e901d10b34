# pages.sh - the pages in a real browser: Debian's Chromium, driven by
# Playwright (tests/browser), on the real programs with DNS beside them.
#
# Sourced after lib.sh by the scripts pages-*.sh, one for each test, so that
# make runs them side by side; each has a store of its own. The modules of
# Playwright and axe are fetched once into the build folder.

pages_skip() {
	printf 'SKIP: %s\n' "$1"
	exit 77
}

# Sets CHROME, MODULES and SHOTS, or skips.
pages_tools() {
	command -v node >/dev/null || pages_skip 'no node (Debian: nodejs)'
	CHROME=${CHROME:-$(command -v chromium-headless-shell ||
	    command -v chromium)}
	[ -n "$CHROME" ] || pages_skip 'no browser (Debian: chromium)'
	case $builddir in
	/*) MODULES=$builddir/tests/browser/modules.d ;;
	*) MODULES=$(pwd)/$builddir/tests/browser/modules.d ;;
	esac
	"$srcdir/tests/browser/get.sh" "$MODULES" || {
		[ $? -eq 77 ] &&
		    pages_skip 'playwright-core and axe-core cannot be fetched'
		exit 1
	}
	SHOTS=${PAGES_OUT:-${MODULES%/browser/modules.d}/out}
	export CHROME MODULES SHOTS
}

# A store, its people, both servers and rbl-ingest behind the upload: what
# tests/browser/lib.mjs asks for.
pages_begin() {
	pages_tools
	flow_begin
	mkdir "$T/announcements"
	printf 'The list is open\n\nQuestions go to the address below.\n' \
	    >"$T/announcements/2026-11-01-open.txt"
	flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' \
	    <"$srcdir/tests/browser/more.conf"
	# by name: the sections are there already
	sed -i "s|^	*ingest { |&listen = \"unix:$T/lmtp\"  |
		s|^	*www *{ |&announcements = \"$T/announcements\"\\
		operator = \"Postmasters of Example\"\\
		contact = {\"postmaster@bl.example.test\"}\\
		since = 2026-11-01  delist-limit = 1000  lookup-limit = 0\\
		reasons = {\"spam to a trap\", \"hijacked machine\"}\\
		|" "$T/rbl.conf"
	PASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s\n' "$PASSWORD" >"$T/password"
	ctl init
	for p_who in anna:moderator bert:moderator vera:viewer adam:admin; do
		run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add \
		    "${p_who%:*}" --role "${p_who#*:}"
		status_is "user ${p_who%:*}" 0
	done
	flow_start rbld
	flow_start rbl-www
	pages_ingest
	DNS=$DNS4 CONF=$T/rbl.conf RBLCTL=$rblctl INGEST=$ingest
	export PASSWORD DNS CONF RBLCTL INGEST WWW T
}

# rbl-ingest takes what the page hands on.
pages_ingest() {
	mkfifo "$T/in.pipe"
	"$ingest" -c "$T/rbl.conf" --lmtp </dev/null 2>"$T/in.pipe" &
	flow_procs="$flow_procs $!"
	exec 7<"$T/in.pipe"
	timeout "$flow_limit" sed -u '/rbl-ingest: ready/q' <&7 >>"$T/in.log"
	cat <&7 >>"$T/in.log" &
	flow_procs="$flow_procs $!"
	exec 7<&-
}

# tests/browser/$1.mjs is all right, and so were the servers.
pages_run() {
	step "$1"
	{
		timeout "${PAGES_LIMIT:-900}" node "$srcdir/tests/browser/$1.mjs"
		echo $? >"$T/status"
	} 2>&1 | sed -u 's/^/  /'
	STATUS=$(cat "$T/status")
	is "$1" 0 "$STATUS"
	flow_stop TERM "$PID_www"
	is "rbl-www ended" 0 "$STATUS"
	ctl verify
	status_is "all is sound" 0
}

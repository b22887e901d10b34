#!/bin/sh
# badinput.sh - what is wrong is refused with one message that says where and
# what was expected, and nothing is half-done; mail is never lost.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

bl=bl.example.test

# ---- configuration ----------------------------------------------------------

# All four programs say FILE:LINE of the configuration in $T/wrong.conf, on
# one line, and end with a failure. $1: the case; $2: the line; $3: what the
# message has to name.
config_refused() {
	for prog in "$rblctl" "$rbld" "$ingest" "$www"; do
		run "$prog" --check -c "$T/wrong.conf"
		c_name="$1 (${prog##*/})"
		case $STATUS in
		1 | 2 | 78) right "$c_name is refused" ;;
		*) wrong "$c_name is refused" "exit $STATUS" "$OUT" "$ERR" ;;
		esac
		has "$c_name: its place" "wrong\.conf:$2[: ]" "$ERR"
		has "$c_name: what" "$3" "$ERR"
		is "$c_name: one message" 1 "$(printf '%s\n' "$ERR" | wc -l)"
		is "$c_name: no output" "" "$OUT"
	done
}

configuration() {
	step "every wrong line of a configuration"
	# name|line|message|text ("~" ends a line)
	while IFS='|' read -r name line message text; do
		[ -n "$name" ] || continue
		printf '%s\n' "$text" | tr '~' '\n' >"$T/wrong.conf"
		config_refused "$name" "$line" "$message"
	done <<-'END'
	an unknown key|2|colour|data-dir = "/tmp/x"~colour = "red"
	an unknown section|1|kitchen|kitchen { a = "b" }
	a key twice|2|data-dir|data-dir = "/tmp/x"~data-dir = "/tmp/y"
	a list twice|2|ip|list "ip" { kind = "ip" }~list "ip" { kind = "ip" }
	a kind that is none|1|kind|list "ip" { kind = "fish" }
	a code outside 127|1|code|list "ip" { kind = "ip" code = "10.0.0.1" }
	the code 127.0.0.1|1|127\.0\.0\.1|list "ip" { kind = "ip" code = "127.0.0.1" }
	a prefix too long|1|widest-v4|list "ip" { kind = "ip" widest-v4 = 33 }
	a zone of no list|2|nolist|list "ip" { kind = "ip" }~zone "a.example" { lists = {"nolist"} ns = {"ns.a.example"} hostmaster = "h.a.example" }
	a duration that is none|2|ttl|list "ip" { kind = "ip" }~zone "a.example" { lists = {"ip"} ns = {"ns.a.example"} hostmaster = "h.a.example" ttl = soon }
	a place that is none|1|listen|dns { listen = {"localhost@53"} }
	a port too large|1|listen|dns { listen = {"127.0.0.1@70000"} }
	loopback allowed|1|127\.|guard { allow = {"127.0.0.0/8"} }
	everything allowed|1|0\.0\.0\.0/0|guard { allow = {"0.0.0.0/0"} }
	a variable|1||data-dir = "${HOME}/x"
	END
	printf 'dns { listen = {"127.0.0.1@5353"}\n' >"$T/wrong.conf"
	run "$rblctl" --check -c "$T/wrong.conf"
	has "a missing brace has its place" 'wrong\.conf:[0-9]' "$ERR"
	[ "$STATUS" -eq 1 ] || wrong "and fails" "exit $STATUS"
	for prog in "$rblctl" "$rbld" "$ingest" "$www"; do
		run "$prog" --check -c "$T/rbl.conf"
		status_is "the right one passes (${prog##*/})" 0
		is "with \"ok\"" ok "$OUT"
		run "$prog" --check -c "$T/absent.conf"
		[ "$STATUS" -ne 0 ] ||
		    wrong "an absent one fails (${prog##*/})" "exit 0"
		has "and is named" 'absent\.conf' "$ERR"
	done
	for prog in "$rbld" "$www"; do
		run "$prog" -c "$T/absent.conf"
		[ "$STATUS" -ne 0 ] ||
		    wrong "${prog##*/} does not start without it" "exit 0"
	done
}

# ---- arguments --------------------------------------------------------------

# "rblctl $@" is wrong usage: exit 2 and one message.
usage_refused() {
	ctl "$@"
	status_is "rblctl $*: wrong usage" 2
	is "rblctl $*: one message" 1 "$(printf '%s\n' "$ERR" | wc -l)"
	is "rblctl $*: no output" "" "$OUT"
}

arguments() {
	step "wrong arguments"
	for prog in "$rbld" "$www"; do
		run "$prog" --nonsense
		status_is "${prog##*/} --nonsense" 2
		run "$prog" stray
		status_is "${prog##*/} stray" 2
	done
	run "$ingest" --nonsense
	status_is "rbl-ingest --nonsense" 64
	for prog in "$rblctl" "$rbld" "$ingest" "$www"; do
		run "$prog" --help
		status_is "${prog##*/} --help" 0
		has "names it" "${prog##*/}" "$OUT"
		run "$prog" --version
		status_is "${prog##*/} --version" 0
		has "says a number" '[0-9]+\.[0-9]+' "$OUT"
	done
	usage_refused
	usage_refused nonsense
	usage_refused add
	usage_refused add ip
	usage_refused add nolist 203.0.114.1
	usage_refused add ip 203.0.114.1 --colour red
	usage_refused add ip 203.0.114.1 --reason
	usage_refused add ip 203.0.114.1 --code 10.0.0.1
	usage_refused add ip 203.0.114.1 --code 127.0.0.1
	usage_refused add ip 203.0.114.1 --until yesterday
	usage_refused add ip 203.0.114.1 --until 2001-01-01T00:00:00Z
	usage_refused export ip --format nonsense
	usage_refused undo
	usage_refused undo nonsense
	usage_refused queue
	usage_refused queue show
	usage_refused queue show nonsense
	usage_refused user
	ctl queue show 4711
	status_is "an item that is not there" 1
	ctl undo 4711
	status_is "a change that is not there" 1

	step "wrong keys"
	for key in 203.0.114 203.0.114.256 203.0.114.1/33 203.0.114.1/24x \
	    203.0.114.01 2001:db8::1::2 2001:db8::/129 ' ' '*' \
	    203.0.114.1-203.0.114.9; do
		usage_refused add ip "$key"
	done
	for key in nobody nobody@ @example.org 'a b@example.org' \
	    "$(printf '%0400d' 1)@example.org" 0123456789abcdef; do
		usage_refused add address "$key"
	done
	ctl history
	lacks "nothing of it was entered" ' (add|exempt) ' "$OUT"
}

# ---- what must never be listed ----------------------------------------------

never() {
	step "127.0.0.1 and special-use space cannot be listed by any road"
	for key in 127.0.0.1 127.0.0.2 127.0.0.0/8 127.0.0.0/16 0.0.0.0/0 \
	    10.1.2.3 10.0.0.0/8 172.16.9.9 192.168.1.1 169.254.1.1 \
	    100.64.1.1 198.18.0.1 224.0.0.1 255.255.255.255 0.0.0.0 \
	    ::/0 ::1 ::ffff:127.0.0.1 fe80::1 fc00::1 ff02::1 2002:0a00::1; do
		ctl add ip "$key"
		case $STATUS in
		1 | 2) right "add $key" ;;
		*) wrong "add $key is refused" "exit $STATUS" "$OUT" ;;
		esac
		is "add $key: one message" 1 "$(printf '%s\n' "$ERR" | wc -l)"
		printf '203.0.114.60\n%s\n' "$key" >"$T/list"
		ctl import ip "$T/list" --format plain --source s
		status_is "import $key" 1
		# rbldnsd's own files have this one: it is passed over
		[ "$key" != 127.0.0.2 ] || continue
		ctl import ip "$T/list" --format rbldnsd --source s
		status_is "import $key as rbldnsd" 1
	done
	dns_is "nothing else of those files was listed" "NXDOMAIN +SOA" \
	    60.114.0.203.$bl A
	dns_is "127.0.0.1" "NXDOMAIN +SOA" 1.0.0.127.$bl A
	dns_is "10.1.2.3" "NXDOMAIN +SOA" 3.2.1.10.$bl A
	ctl exempt ip 10.0.0.0/8
	status_is "an exemption is always allowed" 0

	# a configuration that allows a range does not open its neighbours
	ctl add ip 192.0.2.200 --reason "an example"
	status_is "a range that guard.allow names" 0
	ctl add ip 192.0.0.0/22
	status_is "not what is around it" 1

	for relay in 127.0.0.1 10.9.8.7 192.168.3.4; do
		spam_raw "$relay" mail.inner.example \
		    x@inner.example "${relay##*.}" >"$T/inner.eml"
		run_with "$T/inner.eml" "$ingest" -c "$T/rbl.conf" --raw
		status_is "a mail from $relay is taken" 0
		ctl queue list --json
		lacks "$relay is not proposed for listing" \
		    "\"key\": *\"$relay\"[^}]*\"advice\": *\"list\"" "$OUT"
	done
}

# The page's own road: a form with the number of a candidate that must not be
# listed, as no button of ours sends it.
never_by_form() {
	step "nor by a form that was made by hand"
	spam_raw 198.18.5.6 mail.bench.example x@bench.example 5 >"$T/b.eml"
	run_with "$T/b.eml" "$ingest" -c "$T/rbl.conf" --raw
	status_is "a mail from benchmarking space is taken" 0
	ctl queue list --json
	line=$(printf '%s\n' "$OUT" | grep '198\.18\.5\.6')
	has "as never to be listed" \
	    '"key": *"198\.18\.5\.6"[^}]*"advice": *"never"' "$line"
	id=$(printf '%s\n' "$line" | sed -n 's/.*"id": *\([0-9]*\).*/\1/p')
	http /login
	post /login user=anna "password=$(cat "$T/password")"
	http "/queue/$id"
	is "no button offers it" "" \
	    "$(form_button "/queue/$id/decide" "List the IP")"
	post "/queue/$id/decide" do=list-1
	is "the form is refused" 422 "$CODE"
	http "/queue/$id"
	post "/queue/$id/decide" do=list-4294967295
	case $CODE in
	4??) right "and one for everything" ;;
	*) wrong "and one for everything" "$CODE" ;;
	esac
	for bad in do= do=list-0 do=list-x do=list--1 do=sing; do
		http "/queue/$id"
		post "/queue/$id/decide" "$bad"
		is "and $bad" 400 "$CODE"
	done
	dns_is "nothing was listed" "NXDOMAIN +SOA" 6.5.18.198.$bl A
	ctl queue approve "$id" --candidate 1
	status_is "nor by the command line" 1
}

# ---- mail -------------------------------------------------------------------

# Feed the file $1; it must be taken, and come back byte for byte on the page.
taken() {
	run_with "$1" "$ingest" -c "$T/rbl.conf" --submitter a@b.example
	status_is "$2 is taken" 0
	ctl queue list --json
	id=$(printf '%s\n' "$OUT" | sed -n '$s/.*"id": *\([0-9]*\).*/\1/p')
	if [ "$id" = "$taken_last" ]; then
		wrong "$2 waits for a person" "the last item is still $id"
	fi
	taken_last=$id
	http "/queue/$id"
	is "$2 has a page" 200 "$CODE"
	http "/queue/$id/raw"
	if cmp -s "$1" "$T/page"; then
		right "$2 is kept byte for byte"
	else
		wrong "$2 is kept byte for byte" "$(cmp "$1" "$T/page" 2>&1)"
	fi
}

garbage() {
	step "a mail that makes no sense waits for a person"
	ctl queue list --json
	taken_last=$(printf '%s\n' "$OUT" |
	    sed -n '$s/.*"id": *\([0-9]*\).*/\1/p')
	: >"$T/g"
	taken "$T/g" "an empty mail"
	printf '\n' >"$T/g"
	taken "$T/g" "an empty line"
	printf 'Subject: only a header' >"$T/g"
	taken "$T/g" "a header without an end"
	head -c 20000 /dev/urandom >"$T/g"
	taken "$T/g" "noise"
	head -c 300000 /dev/zero >"$T/g"
	taken "$T/g" "zeros"
	{
		printf 'From: a@b.example\nX-Long: '
		head -c 400000 /dev/zero | tr '\0' x
		printf '\n\nbody\n'
	} >"$T/g"
	taken "$T/g" "a header field of 400 KB"
	{
		printf 'To: '
		awk 'BEGIN { for (i = 0; i < 60000; i++) printf "a:" }'
		printf ';\nFrom: a@b.example\n\nbody\n'
	} >"$T/g"
	taken "$T/g" "groups within groups"
	awk 'BEGIN {
		print "From: a@b.example\nMIME-Version: 1.0"
		for (i = 0; i < 400; i++)
			printf "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
			    i, i
		print "Content-Type: text/plain\n\nend" }' >"$T/g"
	taken "$T/g" "400 levels of parts"
	awk 'BEGIN {
		print "From: a@b.example\nSubject: 5000 parts"
		print "Content-Type: multipart/digest; boundary=b\n"
		for (i = 0; i < 5000; i++)
			printf "--b\n\nFrom: x%d@c.example\n\n\n", i
		print "--b--" }' >"$T/g"
	run_with "$T/g" "$ingest" -c "$T/rbl.conf" --submitter a@b.example
	status_is "5000 parts are taken" 0
	spam_forwarded 203.0.114.90 m.example a@m.example 90 |
	    head -c 1200 >"$T/g"
	run_with "$T/g" "$ingest" -c "$T/rbl.conf" --submitter a@b.example
	status_is "a mail that was cut off is taken" 0
	ctl verify
	status_is "the queue is sound" 0
	run "$ingest" -c "$T/rbl.conf" "$T/no-such-file"
	status_is "a file that is not there" 66
}

# ---- no room, no right ------------------------------------------------------

# The mail $T/m must be refused for now (75) by the command behind $1, and be
# taken once the trouble is over.
later() {
	l_what=$1
	shift
	run_with "$T/m" "$@"
	status_is "$l_what: try again later" 75
	has "$l_what: it says so" 'try again|cannot|\.conf:[0-9]' "$ERR"
}

as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
	else
		"$@"
	fi
}

no_room() {
	step "queue full or not writable: the mail server keeps the mail"
	spam_forwarded 203.0.114.91 m.example a@m.example 91 >"$T/m"
	ctl queue list
	before=$(printf '%s\n' "$OUT" | wc -l)

	# nobody has rights there; root would have all of them
	mkdir "$T/ro"
	sed "s,$T/data,$T/ro/data," "$T/rbl.conf" >"$T/ro.conf"
	run "$rblctl" -c "$T/ro.conf" init
	chmod -R a+rX "$T" && chmod -R a-w "$T/ro"
	if as_nobody test -x "$ingest" && as_nobody test -r "$T/ro.conf"; then
		later "a queue without the right to write" \
		    as_nobody "$ingest" -c "$T/ro.conf"
	else
		printf 'SKIP: nobody cannot reach %s here\n' "$ingest"
	fi
	chmod -R u+w "$T/ro"

	sed "s,$T/data,$T/absent/data," "$T/rbl.conf" >"$T/absent.conf"
	later "no data directory" "$ingest" -c "$T/absent.conf"
	sed "s,data-dir,data-dirt," "$T/rbl.conf" >"$T/broken.conf"
	later "a broken configuration" "$ingest" -c "$T/broken.conf"

	# a file size limit is what a full disk looks like, without being root
	head -c 3000000 /dev/urandom >>"$T/m"
	later "a full disk" sh -c 'ulimit -f 2000; exec "$0" -c "$1"' \
	    "$ingest" "$T/rbl.conf"
	ctl queue list
	is "nothing was queued in part" "$before" \
	    "$(printf '%s\n' "$OUT" | wc -l)"
	ctl verify
	status_is "the queue is sound" 0
	run_with "$T/m" "$ingest" -c "$T/rbl.conf"
	status_is "the disk is free again: it is taken" 0

	# a map that is too small is no full disk: it grows
	sed 's/^map-size.*/map-size = "1M"/; s,'"$T/data,$T/small," \
	    "$T/rbl.conf" >"$T/small.conf"
	run "$rblctl" -c "$T/small.conf" init
	status_is "a small map" 0
	run_with "$T/m" "$ingest" -c "$T/small.conf"
	status_is "a mail that it has no room for is taken all the same" 0
	run "$rblctl" -c "$T/small.conf" verify
	status_is "it is sound" 0

	mkdir "$T/tiny"
	if mount -t tmpfs -o size=400k none "$T/tiny" 2>/dev/null; then
		sed "s,$T/data,$T/tiny/data," "$T/rbl.conf" >"$T/tiny.conf"
		run "$rblctl" -c "$T/tiny.conf" init
		status_is "a tiny disk" 0
		later "a disk that is full" "$ingest" -c "$T/tiny.conf"
		run "$rblctl" -c "$T/tiny.conf" verify
		status_is "the queue on it is sound" 0
		umount "$T/tiny"
	else
		printf 'SKIP: no right to mount a tiny disk\n'
	fi
}

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
ctl init
status_is init 0
echo "a long enough password" >"$T/password"
run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add anna
status_is "user add" 0
configuration
arguments
ROADS="udp4 tcp4"
flow_start rbld
flow_start rbl-www
never
never_by_form
garbage
no_room
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
flow_stop TERM "$PID_www"
is "rbl-www ends on SIGTERM" 0 "$STATUS"
flow_end

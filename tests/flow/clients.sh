#!/bin/sh
# clients.sh - what strangers get of a running rbld, and who has proved its
# address: cookies, their secrets, the rate limit, what the server says of
# itself.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

listed=2.0.0.127.bl.example.test
one=00112233445566778899aabbccddeeff
two=ffeeddccbbaa99887766554433221100

# Wait until the line $1 was logged $2 times.
logged() {
	until=$(($(date +%s) + flow_limit))
	while [ "$(grep -c -e "$1" "$T/rbld.log")" -lt "$2" ] &&
	    [ "$(date +%s)" -lt "$until" ]; do
		timeout 1 tail -n 0 -f "$T/rbld.log" | head -n 1 >/dev/null
	done
	has "rbld says: $1" "$1" "$(cat "$T/rbld.log")"
}

# The whole cookie that comes back for the cookie $1, with the answer.
cookie_for() {
	dig @127.0.0.1 -p "$DNS4" +tries=1 +timeout=10 +nobadcookie \
	    "+cookie=$1" "$listed" A >"$T/out" 2>&1
	STATUS=$?
	sed -n 's/^; COOKIE: \([0-9a-f]*\).*/\1/p' "$T/out"
}

configure() {
	flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
	sed -i 's|rate-limit = 0 |rate-limit = 20 slip = 2 nsid = "gr-ath" identity = "ns1" '"$1"'|' \
	    "$T/rbl.conf"
}

secrets() {
	step "the file of a secret"
	configure "cookie-secret-file = \"$T/cookie.key\""
	ctl init
	status_is "a data directory" 0
	run "$rbld" --check -c "$T/rbl.conf"
	status_is "no file" 1
	has "it is named" 'cookie\.key: No such file' "$ERR"
	printf '%s\n' "$one" >"$T/cookie.key"
	chmod 644 "$T/cookie.key"
	run "$rbld" --check -c "$T/rbl.conf"
	status_is "others could read it" 1
	has "its mode is named" 'cookie\.key: .*0644.*0600' "$ERR"
	chmod 600 "$T/cookie.key"
	printf 'secret\n' >"$T/cookie.key"
	run "$rbld" --check -c "$T/rbl.conf"
	status_is "no secret" 1
	has "its line is named" 'cookie\.key:1: expected 32' "$ERR"
	lacks "but not what stands there" 'secret"' "$ERR"
	printf '%s\n' "$one" >"$T/cookie.key"
	run "$rbld" --check -c "$T/rbl.conf"
	status_is "a right one" 0
}

names() {
	step "what the server says of itself"
	run dig @127.0.0.1 -p "$DNS4" +short version.bind CH TXT
	is "version.bind" '"rbld"' "$OUT"
	run dig @127.0.0.1 -p "$DNS4" +short id.server CH TXT
	is "id.server" '"ns1"' "$OUT"
	run dig @127.0.0.1 -p "$DNS4" +nsid "$listed" A
	has "NSID" 'NSID: .*gr-ath' "$OUT"
	run dig @127.0.0.1 -p "$DNS4" +tcp +keepalive "$listed" A
	has "keepalive by TCP" 'TCP[ -]KEEPALIVE: 10.0 sec' "$OUT"
}

rolled() {
	step "a new secret, while the old one is accepted"
	first=$(cookie_for 1122334455667788)
	is "a first question is answered" 0 "$STATUS"
	has "with a whole cookie" '^1122334455667788.{32}$' "$first"
	has "and its answer" '127\.0\.0\.2$' "$(cat "$T/out")"
	is "which comes back as it is" "$first" "$(cookie_for "$first")"
	printf '%s\n%s\n' "$two" "$one" >"$T/cookie.key"
	kill -HUP "$PID_rbld"
	logged "configuration read" 1
	second=$(cookie_for "$first")
	lacks "another one is given" "$first" "$second"
	is "and that comes back" "$second" "$(cookie_for "$second")"
	printf 'wrong\n' >"$T/cookie.key"
	kill -HUP "$PID_rbld"
	logged "configuration kept as it was: .*cookie\.key:1" 1
	is "the old secrets stay" "$second" "$(cookie_for "$second")"
}

crowd() {
	step "more questions than the rate limit allows"
	sed 's/.*/'"$listed"' A/' <<-END >"$T/many"
	$(seq 300)
	END
	# dig asks one after the other, so that many of it ask at once
	full=$(cookie_for 8877665544332211)
	for n in 1 2 3 4 5 6; do
		dig @127.0.0.1 -p "$DNS4" +nocookie +tries=1 +timeout=1 \
		    +ignore +noall +comments -f "$T/many" \
		    >"$T/many.$n" 2>&1 &
		eval "many_$n=\$!"
		flow_procs="$flow_procs $!"
	done
	logged "rate limit: answers held back=[0-9]*, last for 127.0.0.0/24" 1
	is "a cookie is answered meanwhile" "$full" "$(cookie_for "$full")"
	has "with what was asked" '127\.0\.0\.2$' "$(cat "$T/out")"
	lacks "and in full" 'flags:[^;]* tc' "$(cat "$T/out")"
	for n in $(seq 20); do
		run dig @127.0.0.1 -p "$DNS4" +nocookie +tries=1 +timeout=1 \
		    +ignore "$listed" A
		case $OUT in *"qr aa tc"*) break ;; esac
	done
	has "without one it is sent to TCP" 'flags: qr aa tc.* ANSWER: 0' "$OUT"
	run dig @127.0.0.1 -p "$DNS4" +nocookie +tcp "$listed" A +short
	is "so is TCP" 127.0.0.2 "$OUT"
	for n in 1 2 3 4 5 6; do
		eval "kill \$many_$n 2>/dev/null"
		eval "wait \$many_$n 2>/dev/null"
	done
	kill -USR1 "$PID_rbld"
	logged "counters .*rate_dropped=[1-9].*rate_slipped=[1-9]" 1
}

# Without a file the secret is the one of the process that holds the sockets.
survives() {
	step "a random secret outlives the answering process"
	flow_stop TERM "$PID_rbld"
	configure ''
	flow_start rbld
	first=$(cookie_for 0102030405060708)
	child=$(ps -o pid= --ppid "$PID_rbld" | tr -d ' ')
	kill -9 "$child"
	until=$(($(date +%s) + flow_limit))
	OUT=
	while [ "$OUT" != 127.0.0.2 ] && [ "$(date +%s)" -lt "$until" ]; do
		run dig @127.0.0.1 -p "$DNS4" +tcp +tries=1 +timeout=1 +short \
		    "$listed" A
	done
	is "another process answers" 127.0.0.2 "$OUT"
	is "and knows the cookie" "$first" "$(cookie_for "$first")"
	flow_stop TERM "$PID_rbld"
}

command -v dig >/dev/null || {
	echo "SKIP: no dig (bind9-dnsutils)"
	exit 77
}
flow_begin
secrets
flow_start rbld
names
rolled
crowd
survives
flow_end

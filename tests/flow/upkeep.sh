#!/bin/sh
# upkeep.sh - what keeps the lists in order, with the real programs: sweep,
# purge, config apply, at, undo of much, selftest, verify.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

bl=bl.example.test

refused() {
	w_want=$1
	shift
	ctl "$@"
	status_is "refused: $*" 2
	is "  nothing on standard output" "" "$OUT"
	has "  says what was expected" "$w_want" "$ERR"
}

failed() {
	w_want=$1
	shift
	ctl "$@"
	status_is "fails: $*" 1
	has "  says why" "$w_want" "$ERR"
}

serial() {
	"$rblctl" -c "$T/rbl.conf" stats | sed -n 's/^serial \([0-9]*\).*/\1/p'
}

is_json() {
	if command -v python3 >/dev/null; then
		printf '%s\n' "$OUT" | python3 -c '
import json, sys
for line in sys.stdin:
    if line.strip():
        json.loads(line)' 2>"$T/json.err"
		is "$1: every line is JSON" 0 $?
	else
		has "$1: an object" '^{' "$OUT"
	fi
}

now() {
	date -u +%Y-%m-%dT%H:%M:%SZ
}

# Until the clock shows another second.
next_second() {
	n_now=$(date +%s)
	while [ "$(date +%s)" = "$n_now" ]; do
		:
	done
}

# Until KEY is not listed any more, as everything ends.
until_over() {
	u_end=$(($(date +%s) + flow_limit))
	while "$rblctl" -c "$T/rbl.conf" test "$1" >/dev/null 2>&1 &&
	    [ "$(date +%s)" -lt "$u_end" ]; do
		:
	done
}

# Lines of JSON for N keys of 203.$1.x.y that end in $3 seconds.
ending() {
	awk -v net="$1" -v n="$2" -v until="$(date -u -d "+$3 seconds" \
	    +%Y-%m-%dT%H:%M:%SZ)" 'BEGIN { for (i = 0; i < n; i++)
		printf "{\"key\":\"203.%s.%d.%d\",\"until\":\"%s\"}\n", net,
		    int(i / 256), i % 256, until }'
}

plain() {
	awk -v net="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "203.%s.%d.%d\n", net, int(i / 256), i % 256 }'
}

sweeping() {
	step "sweep"
	ctl sweep
	status_is "nothing has ended" 0
	is "  says so" "unchanged
removed 0" "$OUT"
	ends=$(date -u -d '+4 seconds' +%Y-%m-%dT%H:%M:%SZ) # the same for all
	ctl add ip 203.0.114.1 --until "$ends"
	ctl add ip 203.0.114.2
	ctl add address a@bulk.example --until "$ends"
	ctl exempt ip 203.0.114.3 --until "$ends"
	has "a hole that closes is warned about" 'ends by itself' "$ERR"
	until_over 203.0.114.1
	before=$(serial)
	ctl test 203.0.114.1
	status_is "it has ended" 3
	has "  and is shown as such" 'expired +203\.0\.114\.1 listed' "$OUT"
	ctl sweep --dry-run
	is "a dry run counts" "dry run, nothing was changed
removed 3" "$OUT"
	is "  and does nothing" "$before" "$(serial)"
	ctl sweep
	is "sweep" "serial $((before + 1))
removed 3" "$OUT"
	ctl history --json
	has "  history has it" '"action":"sweep","list":"ip","key":"203\.0\.114\.1"' \
	    "$OUT"
	ctl list ip
	lacks "  it is gone" '203\.0\.114\.[13]' "$OUT"
	has "  what has no end is there" '203\.0\.114\.2 ' "$OUT"
	ctl sweep --json
	is_json "sweep"
	has "  nothing left" '"serial":null,"removed":0' "$OUT"

	step "too much at once: the clock may be wrong"
	plain 150 300 >"$T/plain"
	ctl import ip "$T/plain" --format plain --source steady
	ending 151 150 2 >"$T/ending"
	ctl import ip "$T/ending" --format jsonl --source ending
	status_is "import" 0
	ctl add address b@bulk.example --until 1s
	until_over 203.151.0.149
	until_over b@bulk.example
	before=$(serial)
	ctl sweep
	status_is "a list is held" 1
	has "  says which, and how much" 'list "ip": 150 of 451' "$ERR"
	has "  and asks for the clock" 'clock' "$ERR"
	has "  and what helps" 'sweep --force' "$ERR"
	has "  other lists are swept" '^removed 1$' "$OUT"
	ctl list ip 203.151
	is "  nothing of it went" 150 "$(printf '%s\n' "$OUT" | wc -l)"
	ctl sweep --json
	status_is "the same in JSON" 1
	is_json "held"
	has "  says held" '"held":true' "$OUT"
	ctl verify
	status_is "verify" 0
	has "  counts what waits" '^expired: ok, 150 entries' "$OUT"
	ctl sweep --force
	status_is "--force" 0
	has "  removes" '^removed 150$' "$OUT"
	swept=$(printf '%s\n' "$OUT" | sed -n 's/^serial //p')
	ctl undo "$swept"
	status_is "a sweep is undone like any change" 0
	ctl list ip 203.151
	is "  they are back" 150 "$(printf '%s\n' "$OUT" | grep -c expired)"
	ctl test 203.151.0.7
	status_is "  and do not answer" 3
	ctl sweep --force
	has "  swept again" '^removed 150$' "$OUT"
	refused 'too many' sweep ip
	refused 'unknown option' sweep --all
	refused 'takes no value' sweep --force=yes
}

pages_sweep() {
	step "rbl-www sweeps every minute"
	flow_start rbl-www
	flow_stop TERM "$PID_www"
	is "it starts and ends" 0 "$STATUS"
}

purging() {
	step "purge"
	ctl add ip 203.0.115.1 --source good --reason 'a gang'
	ctl add ip 203.0.115.2 --source good
	plain 152 100 >"$T/plain"
	ctl import ip "$T/plain" --format plain --source feed
	ctl add ip 203.0.115.1 --source feed
	ctl exempt ip 203.0.115.9 --source feed
	ctl add address c@bulk.example --source feed
	before=$(serial)
	ctl purge --source feed --dry-run
	status_is "a dry run" 0
	is "  counts" "dry run, nothing was changed
removed 102
restored 1" "$OUT"
	is "  and does nothing" "$before" "$(serial)"
	ctl purge --source feed --list address --dry-run --json
	is_json "purge"
	has "one list" '"removed":1,"restored":0' "$OUT"
	ctl purge --source feed --since 2999-01-01
	has "since the future: nothing" '^unchanged$' "$OUT"
	ctl purge --source feed --since 1h --reason 'went bad'
	status_is "purge" 0
	is "  says how many" "serial $((before + 1))
removed 102
restored 1" "$OUT"
	ctl test 203.152.0.9
	status_is "what it listed is gone" 3
	ctl test 203.0.115.1
	status_is "what was before is back" 0
	has "  with its words" 'reason +a gang$' "$OUT"
	ctl test c@bulk.example
	status_is "in every list" 3
	ctl list ip 203.0.115.9
	is "its exemptions as well" "" "$OUT"
	ctl purge --source feed
	is "again: nothing" "unchanged
removed 0
restored 0" "$OUT"
	ctl history 203.0.115.1
	has "history has it" 'purge ip 203\.0\.115\.1 .*went bad$' "$OUT"
	ctl undo $((before + 1))
	status_is "undone" 0
	ctl test 203.152.0.9
	status_is "  it is back" 0
	ctl purge --source feed
	status_is "purged again" 0
	ctl verify
	status_is "verify" 0
	refused 'expected --source' purge
	refused 'expected --source' purge --source ''
	refused 'expected NAME' purge --source
	refused 'expected a time' purge --source feed --since soon
	refused 'no list is called' purge --source feed --list nope
	refused 'too many' purge feed --source feed
	refused 'control' purge --source "$(printf 'a\033b')"
	is "nothing of it was done" $((before + 3)) "$(serial)"

	step "purge of what was approved: its item waits again"
	spam_forwarded 203.0.127.1 mail.bulk.example nr1@bulk.example 1 \
	    >"$T/mail"
	run_with "$T/mail" "$ingest" -c "$T/rbl.conf" \
	    --submitter postmaster@submitter.example.org
	ctl queue list
	item=$(printf '%s\n' "$OUT" | sed -n '/203\.0\.127\.1/s/ .*//p')
	ctl queue approve "$item"
	status_is "approved" 0
	ctl queue list
	lacks "it is settled" "^$item " "$OUT"
	ctl purge --source queue --since 1h
	status_is "purged" 0
	has "  says so" '1: items of the queue wait again' "$ERR"
	ctl queue list
	has "it waits" "^$item " "$OUT"
	ctl test 203.0.127.1
	status_is "and is not listed" 3
}

past() {
	step "at TIME test KEY"
	t0=$(now)
	next_second
	ctl add ip 203.0.116.0/24 --reason 'the whole net' --source net
	t1=$(now)
	next_second
	ctl exempt ip 203.0.116.9
	t2=$(now)
	next_second
	ctl remove ip 203.0.116.0/24
	t3=$(now)
	next_second
	ctl at "$t0" test 203.0.116.7
	status_is "before it was listed" 3
	has "  says so" '^ip: not listed$' "$OUT"
	ctl at "$t1" test 203.0.116.7
	status_is "when it was" 0
	has "  by which entry" 'entry +203\.0\.116\.0/24$' "$OUT"
	has "  why" 'reason +the whole net$' "$OUT"
	has "  by whom" 'by +[a-z]' "$OUT"
	has "  and with what serial" '^at .*Z, serial [0-9]+$' "$OUT"
	ctl at "$t1" test 203.0.116.9
	status_is "before the hole" 0
	ctl at "$t2" test 203.0.116.9
	status_is "in the hole" 3
	has "  exempt" '^ip: exempt$' "$OUT"
	ctl at "$t2" test 203.0.116.7
	status_is "beside the hole" 0
	ctl at "$t3" test 203.0.116.7
	status_is "removed" 3
	ctl at "$t1" test "7.116.0.203.$bl" --json
	status_is "asked by name" 0
	is_json "at"
	has "  says all" '"listed":true,"lists":\[\{"list":"ip","verdict":"listed","entry":"203\.0\.116\.0/24"' \
	    "$OUT"
	ctl at 1s test 203.0.116.7
	status_is "a duration back" 3
	ctl at 2001-01-01 test 203.0.116.7
	has "before the first change" 'before the first change' "$OUT"
	ctl at "$t1" test --list ip 203.0.116.7
	status_is "one list" 0
	refused 'to come' at 2999-01-01 test 203.0.116.7
	refused 'expected a time' at yesterday test 203.0.116.7
	refused 'expected "test"' at "$t1" list 203.0.116.7
	refused 'something is missing' at "$t1" test
	refused 'something is missing' at "$t1"
	refused 'too many' at "$t1" test 203.0.116.7 203.0.116.8
	refused 'not an address or prefix' at "$t1" test 203.0.116
	refused 'no list is called' at "$t1" test --list nope 203.0.116.7
	refused 'no list of kind' at "$t1" test some.example
}

covering() {
	step "test and remove say what else covers a key"
	ctl add ip 203.0.117.0/24 --reason wide
	ctl add ip 203.0.117.7 --reason narrow --source trap
	ctl exempt ip 203.0.117.0/28
	ctl test 203.0.117.7
	status_is "the narrowest decides" 0
	has "  its reason" 'reason +narrow$' "$OUT"
	has "  the hole around it" 'also +203\.0\.117\.0/28 exempt$' "$OUT"
	has "  the net around that" 'also +203\.0\.117\.0/24 listed$' "$OUT"
	ctl test 203.0.117.7 --json
	is_json "test"
	has "  also in JSON" '"also":\[\{"entry":"203\.0\.117\.0/28","verdict":"exempt"' \
	    "$OUT"
	has "  and the serial" '"serial":[0-9]+' "$OUT"
	ctl test 203.0.0.0/16
	status_is "a net that nothing covers" 3
	has "  part of it is listed" 'within +part of it is listed' "$OUT"
	ctl remove ip 203.0.117.7
	status_is "remove" 0
	has "  says what covers it now" \
	    '203\.0\.117\.7 is now exempted by 203\.0\.117\.0/28' "$ERR"
	ctl remove ip 203.0.117.0/28
	has "  a net" 'still listed by 203\.0\.117\.0/24' "$ERR"
	ctl remove ip 203.0.117.0/24
	is "  nothing any more" "" "$ERR"
	ctl test 127.0.0.2
	status_is "a test point has no entry" 3
	has "  but is told of" 'test point' "$ERR"
	ctl test "$(sha1_of test@example.com).em.example.test"
	has "  also by digest" 'test point' "$ERR"
	ctl add address "md5:$(md5_of only@bulk.example)"
	ctl test only@bulk.example
	status_is "an address known by digest only" 0
	has "  says by which" "entry +md5:$(md5_of only@bulk.example)\$" "$OUT"
	refused 'four octets or 32 nibbles' test "07.117.0.203.$bl"
}

# $1: a line for the zone bl.
configured() {
	sed "/text .*lookup/a\\
	    $1" "$T/rbl.conf.0" >"$T/rbl.conf"
}

soa() {
	ask udp4 "$bl" SOA
	printf '%s\n' "$ANSWER" | cut -d' ' -f5
}

applying() {
	step "config apply"
	cp "$T/rbl.conf" "$T/rbl.conf.0"
	before=$(serial)
	ctl config apply
	status_is "nothing differs" 0
	is "  says so" unchanged "$OUT"
	flow_start rbld
	lacks "rbld is content" 'not entered' "$(cat "$T/rbld.log")"
	configured 'apex = {"A 192.0.2.80"}'
	kill -HUP "$PID_rbld"
	timeout "$flow_limit" sh -c "until grep -q 'was not entered' \
	    '$T/rbld.log'; do :; done"
	has "rbld warns of a changed zone" \
	    "zone $bl: its configuration was not entered" \
	    "$(cat "$T/rbld.log")"
	is "  once" 1 "$(grep -c 'not entered' "$T/rbld.log")"
	lacks "  and not of the other" 'zone em.*not entered' \
	    "$(cat "$T/rbld.log")"
	ctl verify
	status_is "verify finds no fault in it" 0
	has "  but tells" "not entered as it is configured: $bl" "$ERR"
	ctl config apply --dry-run
	is "a dry run shows what differs" "zone $bl: changed
dry run, nothing was changed" "$OUT"
	is "  and does nothing" "$before" "$(serial)"
	is "  the zone's number" "$before" "$(soa)"
	ctl config apply --reason 'a web site'
	is "apply" "zone $bl: changed
serial $((before + 1))" "$OUT"
	is "  the zone's number" "$((before + 1))" "$(soa)"
	ctl config apply
	is "again: nothing" unchanged "$OUT"
	is "  no serial for it" "$((before + 1))" "$(serial)"
	ctl history --json
	has "history has the digest" \
	    "\"action\":\"config\".*zone $bl sha256:[0-9a-f]{64}; a web site" \
	    "$OUT"
	failed 'rblctl config apply' undo $((before + 1))
	flow_stop TERM "$PID_rbld"
	flow_start rbld
	lacks "rbld is content again" 'not entered' "$(cat "$T/rbld.log")"
	flow_stop TERM "$PID_rbld"

	configured 'allow-query = {"127.0.0.1"}'
	ctl config apply --dry-run --json
	is_json "config apply"
	has "apex is gone, who may ask does not count" \
	    "\"zone\":\"$bl\",\"state\":\"changed\"" "$OUT"
	sed 's/zone "em\.example\.test"/zone "other.example.test"/' \
	    "$T/rbl.conf.0" >"$T/rbl.conf"
	ctl config apply
	has "a zone that is new" '^zone other\.example\.test: new$' "$OUT"
	has "one that is gone" '^zone em\.example\.test: removed$' "$OUT"
	ctl verify --json
	status_is "verify" 0
	is_json "verify"
	has "  each part" '"part":"configuration","ok":true' \
	    "$(printf '%s' "$OUT" | sed 's/"zones":2,"not_applied":\[\],//g')"
	cp "$T/rbl.conf.0" "$T/rbl.conf"
	ctl config apply
	status_is "as it was" 0
	refused 'what to do' config
	refused 'what to do' config show
	refused 'too many' config apply now
	refused 'unknown option' config apply --force
}

much() {
	step "undo of much, while rbld answers"
	plain 160 60000 >"$T/plain"
	ctl import ip "$T/plain" --format plain --source much
	status_is "import of 60,000" 0
	imported=$(printf '%s\n' "$OUT" | sed -n 's/^serial //p')
	ctl add ip 203.160.0.5 --reason 'by hand'
	flow_start rbld
	"$rblctl" -c "$T/rbl.conf" undo "$imported" >"$T/undo" 2>&1 &
	pid=$!
	silent=0
	while kill -0 "$pid" 2>/dev/null; do
		ask udp4 "1.0.160.203.$bl" A
		case $ANSWER in
		"NOERROR A 127.0.0.2" | "NXDOMAIN +SOA") ;;
		*) silent=$((silent + 1)) ;;
		esac
	done
	wait "$pid"
	is "undo" 0 $?
	is "  rbld answered all the time" 0 "$silent"
	has "  says what stays" '1 keys were changed' "$(cat "$T/undo")"
	undone=$(sed -n 's/^serial //p' "$T/undo")
	ROADS=udp4
	dns_is "  gone" "NXDOMAIN +SOA" "1.0.160.203.$bl" A
	dns_is "  by hand: there" "NOERROR A 127.0.0.2" "5.0.160.203.$bl" A
	ctl undo "$undone"
	status_is "undo of the undo" 0
	dns_is "  back" "NOERROR A 127.0.0.2" "1.0.160.203.$bl" A
	ctl at 0s test 203.160.0.1
	status_is "at knows it" 0
	ctl purge --source much
	has "purge of it" '^removed 59999$' "$OUT"
	dns_is "  gone" "NXDOMAIN +SOA" "1.0.160.203.$bl" A
	ctl verify
	status_is "verify" 0
	has "  the entries are what history makes of them" '^entries: ok' "$OUT"
	flow_stop TERM "$PID_rbld"
}

asking() {
	step "selftest"
	flow_start rbld
	for z in $bl em.example.test; do
		ctl selftest $z "@127.0.0.1@$DNS4"
		status_is "selftest of $z" 0
		lacks "  nothing wrong" '^wrong' "$OUT"
		has "  over TCP" ' over TCP: ' "$OUT"
		has "  with EDNS" ' with EDNS: .*with OPT' "$OUT"
		has "  another class" ' in class CH: REFUSED' "$OUT"
	done
	for spelling in "$(md5_of test@example.com)" \
	    "$(sha1_of test@example.com)" "$(sha256_of test@example.com)"; do
		has "$spelling is asked for" "^ok +$spelling\\.em" "$OUT"
	done
	is "in six spellings" 6 "$(printf '%s\n' "$OUT" |
	    grep -c '(test@example\.com as ')"
	ctl selftest $bl "@127.0.0.1@$DNS4" --json
	status_is "in JSON" 0
	is_json "selftest"
	has "  none is wrong" '"wrong":0' "$OUT"

	# another name for the zone here: the server does not know it
	sed 's/bl\.example\.test/xx.example.test/' "$T/rbl.conf" >"$T/xx.conf"
	run "$rblctl" -c "$T/xx.conf" selftest xx.example.test \
	    "@127.0.0.1@$DNS4"
	status_is "a zone that the server does not have" 1
	has "  is wrong" '^wrong +xx\.example\.test SOA: REFUSED' "$OUT"
	has "  and says what it may be" 'allow-query' "$ERR"
	run "$rblctl" -c "$T/xx.conf" selftest xx.example.test \
	    "@127.0.0.1@$DNS4" --json
	status_is "the same in JSON" 1
	has "  says wrong" '"ok":false' "$OUT"
	flow_stop TERM "$PID_rbld"
	ctl selftest $bl "@127.0.0.1@$DNS4" --json
	status_is "nobody there" 1
	has "  says so" 'does not answer' "$ERR"
	has "  in JSON" '"answers":false' "$OUT"
	refused 'unknown option' selftest $bl --all
}

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
for c in sweep "purge --source x" "config apply" "at 1d test 203.0.114.1"; do
	failed 'rblctl init' $c
done
ctl init
status_is "init" 0
sweeping
pages_sweep
purging
past
covering
applying
much
asking
flow_end

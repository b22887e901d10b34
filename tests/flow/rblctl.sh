#!/bin/sh
# rblctl.sh - every command of rblctl, rightly and wrongly used: what it says,
# what it changes, and its exit status.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

# Wrong usage: exit 2, nothing on standard output, one message that says $1.
refused() {
	w_want=$1
	shift
	ctl "$@"
	status_is "refused: $*" 2
	is "  nothing on standard output" "" "$OUT"
	has "  says what was expected" "$w_want" "$ERR"
	is "  in one line" 1 "$(printf '%s\n' "$ERR" | wc -l | tr -d ' ')"
}

# Could not be done: exit 1, with a message that says $1.
failed() {
	w_want=$1
	shift
	ctl "$@"
	status_is "fails: $*" 1
	has "  says why" "$w_want" "$ERR"
}

# The serial of the store.
serial() {
	"$rblctl" -c "$T/rbl.conf" stats | sed -n 's/^serial \([0-9]*\).*/\1/p'
}

# As many lines as $2 have $1 in the file or output $3.
lines() {
	is "$1: $2 times" "$2" "$(printf '%s\n' "$3" | grep -c -e "$1")"
}

# Every line is one JSON value, if there is somebody to ask.
is_json() {
	if command -v python3 >/dev/null; then
		printf '%s\n' "$OUT" | python3 -c '
import json, sys
for line in sys.stdin:
    if line.strip():
        json.loads(line)' 2>"$T/json.err"
		is "$1: every line is JSON" 0 $?
	else
		lacks "$1: every line is an object" '^[^{]' "$OUT"
	fi
}

outside() {
	step "without a command"
	run "$rblctl" --version
	status_is "--version" 0
	has "names itself" '^rblctl [0-9]' "$OUT"
	run "$rblctl" --help
	status_is "--help" 0
	for c in init add exempt remove test list import export history undo \
	    "queue list" "queue show" "queue approve" "queue dismiss" \
	    "queue reopen" "user add" "user passwd" "user role" \
	    "user remove" "user list" "providers list" "providers test" \
	    "providers update" verify stats selftest sweep purge at \
	    "config apply"; do
		has "--help has $c" "^  $c( |\$)" "$OUT"
	done
	for c in init add exempt remove test list import export history undo \
	    verify stats selftest sweep purge at "config apply" digest; do
		run "$rblctl" $c --help
		status_is "$c --help" 0
		has "  its usage" "^usage: rblctl $c" "$OUT"
	done
	run "$rblctl" queue --help
	lines '^usage: rblctl queue ' 7 "$OUT"
	run "$rblctl" user --help
	lines '^usage: rblctl user ' 8 "$OUT"

	run "$rblctl"
	status_is "nothing at all" 2
	run "$rblctl" --nonsense
	status_is "an unknown option" 2
	run "$rblctl" -c
	status_is "-c without a file" 2
	refused 'unknown command' frobnicate
	refused 'what to do' queue
	refused 'what to do' queue frobnicate
	refused 'what to do' user
	refused 'given twice' -c other stats
	refused 'takes no command' --check stats

	ctl --check
	status_is "--check" 0
	is "  says ok" ok "$OUT"
	printf 'data-dir = "%s/data"\nnonsense = 1\n' "$T" >"$T/bad.conf"
	run "$rblctl" --check -c "$T/bad.conf"
	status_is "--check of a wrong file" 1
	has "  says FILE:LINE" 'bad\.conf:2: ' "$ERR"
	run "$rblctl" -c "$T/absent.conf" stats
	status_is "no configuration" 1
	run env RBL_CONF="$T/rbl.conf" "$rblctl" --check
	status_is "the configuration from the environment" 0
}

before_init() {
	step "before init"
	for c in stats verify history "queue list" "user list" "list ip" \
	    "test 203.0.114.9" "add ip 203.0.114.9" "export ip" "undo 1"; do
		failed 'rblctl init' $c
	done
	is "nothing was made" "" "$(ls "$T/data" 2>/dev/null)"

	step "init"
	ctl init
	status_is "init" 0
	ctl add ip 203.0.114.250
	is "first serial" "serial 1" "$OUT"
	ctl init
	status_is "init again" 0
	is "it left what was there" 1 "$(serial)"
	refused 'too many' init now
	ctl verify
	status_is "verify" 0
}

entries() {
	step "add, exempt, remove, test, list"
	ctl add ip 203.0.114.9 203.0.116.0/24 --reason 'a gang & co' \
	    --criterion C1 --source hand --until 4w
	status_is "add" 0
	is "  prints the serial" "serial 2" "$OUT"
	ctl test 203.0.116.77
	status_is "test in the prefix" 0
	has "  names the entry" 'entry +203\.0\.116\.0/24$' "$OUT"
	has "  and the reason" 'reason +a gang & co$' "$OUT"
	has "  and the criterion" 'criterion +C1$' "$OUT"
	has "  and the source" 'source +hand$' "$OUT"
	has "  and the end" 'until +20[0-9][0-9]-' "$OUT"
	ctl test 203.0.117.1
	status_is "test outside" 3
	has "  says so" '^ip: not listed$' "$OUT"
	ctl test 203.0.116.0/25
	status_is "test of a covered prefix" 0
	ctl test 203.0.0.0/16
	status_is "test of a prefix that is not covered" 3

	ctl exempt ip 203.0.116.8/29 --until 7d
	is "exempt" "serial 3" "$OUT"
	has "  warns of a hole that closes" 'ends by itself' "$ERR"
	ctl exempt ip 203.0.116.16
	is "exempt for good" "serial 4" "$OUT"
	is "  without a warning" "" "$ERR"
	ctl test 203.0.116.9
	status_is "test in the hole" 3
	has "  says exempt" '^ip: exempt$' "$OUT"
	has "  and by what" 'entry +203\.0\.116\.8/29$' "$OUT"

	ctl add ip 2605:6001:42::/64 --code 127.0.0.4 --until never
	status_is "add IPv6 with a code" 0
	ctl test 2605:6001:42::5
	has "  the code" 'code +127\.0\.0\.4$' "$OUT"
	has "  for good" 'until +for good$' "$OUT"

	step "test by the name that a client asks"
	ctl test 77.116.0.203.bl.example.test
	status_is "reversed octets" 0
	ctl test 77.116.0.203.BL.example.TEST.
	status_is "in capitals, with the last dot" 0
	ctl test "$(reversed 2605:6001:42::5).bl.example.test"
	status_is "nibbles" 0
	ctl test "$(reversed 2605:6001:42::5)"
	status_is "nibbles without a zone" 0
	ctl test 1.117.0.203.bl.example.test
	status_is "not listed" 3
	ctl add address Spam@Example.GR --reason offers
	for name in "$(sha1_of spam@example.gr)" "$(md5_of spam@example.gr)" \
	    "$(sha256_of spam@example.gr)"; do
		ctl test "$name.em.example.test"
		status_is "$name" 0
		ctl test "$name"
		status_is "the digest alone" 0
	done
	ctl test spam@example.gr
	status_is "the address" 0
	ctl test --list address SPAM@example.gr
	status_is "the address, folded" 0
	ctl test "$(sha1_of nobody@example.gr).em.example.test"
	status_is "another digest" 3
	refused 'four octets or 32 nibbles' test 116.0.203.bl.example.test
	refused 'four octets or 32 nibbles' test 300.0.0.1.bl.example.test
	refused 'one digest' test nonsense.em.example.test
	refused 'no lists of kind' test --list address \
	    9.114.0.203.bl.example.test
	refused 'no list of kind domain' test some.example
	refused 'not an address or prefix' test 203.0.114
	refused 'bits behind' test 203.0.114.9/24
	refused 'empty' test ''
	refused 'begins with "-"' test -dash@example.gr
	ctl test -- -dash@example.gr
	status_is "behind --" 3
	refused 'something is missing' test
	refused 'too many' test 203.0.114.9 203.0.114.10
	refused 'no list is called' test --list nope 203.0.114.9

	ctl test --json 203.0.114.9
	status_is "test --json" 0
	is_json "test"
	has "  says it" '"listed":true.*"entry":"203\.0\.114\.9"' "$OUT"
	ctl test --json 203.0.117.1
	status_is "test --json, not listed" 3
	has "  says it" '"listed":false.*"verdict":"clear"' "$OUT"

	step "list"
	ctl list ip
	status_is "list" 0
	lines . 6 "$OUT"
	has "  an exemption" '^203\.0\.116\.16  exempt' "$OUT"
	ctl list ip 203.0.116
	lines . 3 "$OUT"
	ctl list ip GANG
	lines . 2 "$OUT"
	ctl list ip nothing-like-it
	status_is "a filter that nothing passes" 0
	is "  shows nothing" "" "$OUT"
	ctl list ip --json
	is_json "list"
	lines '"list":"ip"' 6 "$OUT"
	refused 'expected one of: ip, address' list nope

	step "remove"
	failed 'listed by 203\.0\.116\.0/24' remove ip 203.0.116.77
	failed 'exempted by 203\.0\.116\.8/29' remove ip 203.0.116.9
	failed 'is not in list ip' remove ip 203.0.118.1
	before=$(serial)
	failed 'nothing was removed' remove ip 203.0.114.9 203.0.118.1
	is "nothing was changed" "$before" "$(serial)"
	ctl remove ip 203.0.116.16 --reason 'no longer needed'
	status_is "remove" 0
	ctl test 203.0.116.16
	status_is "what covers it counts again" 0

	step "what must not be listed, and wrong words"
	before=$(serial)
	for k in 127.0.0.1 127.0.0.2 10.1.2.3 192.168.0.0/24 224.0.0.1 \
	    0.0.0.0/0 203.0.0.0/15 ::1 fe80::1 2605::/16; do
		failed 'nothing was changed' add ip 203.0.119.1 $k
	done
	failed 'nothing was changed' add address test@example.com
	for k in ::ffff:203.0.114.9 203.0.114.9/24 203.0.114.300 nonsense ''; do
		refused . add ip 203.0.119.1 "$k"
	done
	refused 'expected local@domain' add address nodomain@
	refused 'IPv4-mapped' add ip ::ffff:203.0.114.9
	refused 'something is missing' add ip
	refused 'something is missing' add
	refused 'no list is called' add nope 203.0.119.1
	refused 'unknown option' add ip 203.0.119.1 --nonsense
	refused 'expected TEXT' add ip 203.0.119.1 --reason
	refused 'given twice' add ip 203.0.119.1 --reason a --reason b
	refused 'code' add ip 203.0.119.1 --code 127.0.0.1
	refused 'code' add ip 203.0.119.1 --code 192.0.2.1
	refused 'such as 127.0.0.2' add ip 203.0.119.1 --code 2
	refused 'is over' add ip 203.0.119.1 --until 2001-01-01
	refused 'expected a time' add ip 203.0.119.1 --until soon
	refused 'expected a time' add ip 203.0.119.1 --until 0d
	refused 'UTF-8' add ip 203.0.119.1 --reason "$(printf '\377')"
	refused 'control' add ip 203.0.119.1 --reason "$(printf 'a\033[2J')"
	refused 'at most' add ip 203.0.119.1 --source "$(
	    printf '%0200d' 0)"
	refused 'unknown option' exempt ip 203.0.119.1 --code 127.0.0.4
	refused 'takes no value' list ip --json=yes
	is "nothing of it was done" "$before" "$(serial)"
}

files() {
	step "import"
	cat >"$T/plain" <<-END
	# friends
	203.0.120.1
	203.0.120.0/28   # a network
	!203.0.120.3

	203.0.120.1
	END
	ctl import ip "$T/plain" --format plain --dry-run
	status_is "a dry run" 0
	has "  says what would be" '^added 3$' "$OUT"
	ctl test 203.0.120.1
	status_is "  and changes nothing" 3
	ctl import ip "$T/plain" --format plain
	status_is "import" 0
	has "  with a serial" '^serial [0-9]+$' "$OUT"
	has "  added" '^added 3$' "$OUT"
	ctl test 203.0.120.1
	status_is "  it is listed" 0
	has "  source is the file's name" 'source +plain$' "$OUT"
	ctl import ip "$T/plain" --format plain
	has "the same again changes nothing" '^unchanged$' "$OUT"
	has "  kept" '^kept 3$' "$OUT"
	ctl import ip - --format plain --source plain <"$T/plain"
	has "from standard input, too" '^kept 3$' "$OUT"

	step "import --replace"
	printf '203.0.120.1\n203.0.120.0/28\n203.0.121.1\n' >"$T/next"
	ctl import ip "$T/next" --format plain --source plain --replace
	status_is "replace" 0
	has "  added" '^added 1$' "$OUT"
	has "  removed what is no longer there" '^removed 1$' "$OUT"
	has "  kept" '^kept 2$' "$OUT"
	ctl test 203.0.114.9
	status_is "other sources are left alone" 0
	printf '203.0.121.1\n' >"$T/one"
	before=$(serial)
	failed 'more than half' import ip "$T/one" --format plain \
	    --source plain --replace
	ctl import ip "$T/one" --format plain --source plain --replace \
	    --dry-run
	status_is "refused in a dry run as well" 1
	: >"$T/empty"
	failed 'no entries' import ip "$T/empty" --format plain \
	    --source plain --replace
	is "nothing was changed" "$before" "$(serial)"
	ctl import ip "$T/one" --format plain --source plain --replace --force
	status_is "--force" 0
	has "  removed" '^removed 2$' "$OUT"
	ctl import ip "$T/empty" --format plain --source plain --replace --force
	has "--force, empty" '^removed 1$' "$OUT"

	step "import never overrides a person"
	printf '!203.0.114.9\n203.0.116.8/29\n' >"$T/over"
	ctl import ip "$T/over" --format plain
	has "kept" '^kept 2$' "$OUT"
	ctl test 203.0.114.9
	status_is "still listed" 0
	ctl test 203.0.116.8
	status_is "still exempt" 3

	step "import of what cannot be"
	printf '203.0.122.1\nnonsense\n127.0.0.1\n203.0.122.9/24\n' >"$T/bad"
	before=$(serial)
	failed '3 of 4 lines refused' import ip "$T/bad" --format plain
	has "  with its line" 'bad:2: ' "$ERR"
	has "  and the guard's" 'bad:3: .*127\.0\.0\.1' "$ERR"
	is "  all or nothing" "$before" "$(serial)"
	ctl import ip "$T/bad" --format plain --skip-bad
	status_is "--skip-bad" 0
	has "  refused" '^refused 3$' "$OUT"
	has "  added" '^added 1$' "$OUT"
	awk 'BEGIN { for (i = 0; i < 50; i++) print "nonsense" i }' >"$T/bad"
	failed 'further lines' import ip "$T/bad" --format plain
	lines 'bad:[0-9]*: ' 20 "$ERR"
	awk 'BEGIN { for (i = 0; i < 70000; i++) printf "x"; print ""
		print "203.0.122.2" }' >"$T/bad"
	failed 'bad:1: longer than' import ip "$T/bad" --format plain
	printf '203.0.122.3\0\n' >"$T/bad"
	failed 'NUL' import ip "$T/bad" --format plain
	failed 'No such file' import ip "$T/absent" --format plain
	failed 'directory' import ip "$T" --format plain
	refused 'expected --format' import ip "$T/plain"
	refused 'expected one of' import ip "$T/plain" --format csw
	refused 'cannot be imported' import address "$T/plain" \
	    --format spamassassin
	refused 'something is missing' import ip --format plain
	refused '[Ll]ist' import nope "$T/plain" --format plain

	step "rbldnsd"
	cat >"$T/rbldnsd" <<-'END'
	$SOA 0 ns.example. hostmaster.example. 0 2h 2h 1w 1h
	$NS 1d ns.example.
	:127.0.0.4:Open relay
	203.0.123
	!203.0.123.7
	203.0.124.1 :5:costs $$5
	2605:6001:77
	END
	ctl import ip "$T/rbldnsd" --format rbldnsd
	status_is "import" 0
	has "  added" '^added 4$' "$OUT"
	has "  ignored" '^ignored 2$' "$OUT"
	ctl test 203.0.123.9
	has "  the default's code" 'code +127\.0\.0\.4$' "$OUT"
	has "  and text" 'reason +Open relay$' "$OUT"
	ctl test 203.0.124.1
	has "  its own" 'code +127\.0\.0\.5$' "$OUT"
	has "  text" 'reason +costs \$5$' "$OUT"
	ctl test 203.0.123.7
	status_is "  the hole" 3
	ctl test 2605:6001:77::1
	status_is "  IPv6" 0
	printf '203.0.125.1-203.0.125.9\n' >"$T/bad"
	failed 'only an ip4set' import ip "$T/bad" --format rbldnsd:ip4trie
	printf '$MAXRANGE /24\n' >"$T/bad"
	failed 'not understood' import ip "$T/bad" --format rbldnsd

	step "export"
	ctl add address 'mid#dle@example.gr' 'st*r@example.gr' \
	    sha1:00112233445566778899aabbccddeeff00112233
	ctl exempt address wronged@example.gr
	for f in plain rbldnsd jsonl; do
		ctl export ip --format $f --output "$T/ip.$f"
		status_is "export ip as $f" 0
		is "  to the file alone" "" "$OUT"
		ctl export ip --format $f
		is "  the same bytes on standard output" "$(cat "$T/ip.$f")" \
		    "$OUT"
		is "  nothing is left beside it" "$T/ip.$f" \
		    "$(echo "$T/ip.$f"*)"
		ctl import ip "$T/ip.$f" --format $f --source other --dry-run
		status_is "  it reads back" 0
		has "  all of it" '^added 0$' "$OUT"
	done
	ctl import ip "$T/ip.jsonl" --format jsonl
	has "jsonl says all that was said" '^changed 0$' "$OUT"
	ctl export address --format spamassassin
	status_is "export for SpamAssassin" 0
	has "  a line" '^blocklist_from spam@example\.gr$' "$OUT"
	has "  # is escaped" '^blocklist_from mid\\#dle@example\.gr$' "$OUT"
	lacks "  a wildcard is left out" 'st\*r' "$OUT"
	lacks "  an exemption is left out" 'wronged' "$OUT"
	has "  and counted in the file" '^# left out, exemptions: 1$' "$OUT"
	has "  and told" 'left out' "$ERR"
	ctl export address --format rbldnsd
	has "addresses as sha1" "^$(sha1_of spam@example.gr) " "$OUT"
	has "an exemption" "^!$(sha1_of wronged@example.gr)\$" "$OUT"
	ctl export ip
	has "plain is the default" '^# list: ip$' "$OUT"
	refused 'cannot be exported' export ip --format spamassassin
	refused 'expected one of' export ip --format csw
	refused 'no list is called' export nope
	failed 'it is as it was' export ip --output "$T/absent/file"
}

changes() {
	step "history"
	ctl history
	status_is "history" 0
	is "oldest first" 1 "$(printf '%s\n' "$OUT" | sed -n '1s/ .*//p')"
	ctl history 203.0.114.9
	lines ' 203\.0\.114\.9 ' 1 "$OUT"
	ctl history 203.0.114.9 --json
	is_json "history"
	has "has before and after" '"before":null,"after":\{' "$OUT"
	ctl history --json
	is_json "history"
	ctl history --since 4w
	has "since a while" '^1 ' "$OUT"
	ctl history --since 2999-01-01
	is "since the future" "" "$OUT"
	ctl history 203.0.255.255
	status_is "of a key that was never touched" 0
	is "  nothing" "" "$OUT"
	refused 'expected a time' history --since yesterday
	refused . history 203.0.114.300

	step "undo"
	ctl add ip 203.0.126.1 203.0.126.2 --reason first
	first=${OUT#serial }
	ctl add ip 203.0.126.2 --reason second
	ctl undo "$first" --reason 'was wrong'
	status_is "undo" 0
	has "  a serial of its own" '^serial [0-9]+$' "$OUT"
	has "  says what stays" '1 keys were changed' "$ERR"
	undone=${OUT#serial }
	ctl test 203.0.126.1
	status_is "  taken back" 3
	ctl test 203.0.126.2
	status_is "  changed since: stays" 0
	ctl undo "$undone"
	status_is "undo of the undo" 0
	ctl test 203.0.126.1
	status_is "  it is listed again" 0
	ctl history 203.0.126.1
	has "  history has it" "undo of $first ip 203\.0\.126\.1" "$OUT"
	ctl add ip 203.0.126.9
	first=${OUT#serial }
	ctl add ip 203.0.126.9 --reason again
	failed 'was changed by somebody since' undo "$first"
	failed 'no serial 99999' undo 99999
	refused 'expected a number' undo last
	refused 'expected a number' undo 0
	refused 'expected a number' undo -- -1
	refused 'something is missing' undo
}

people() {
	step "user"
	echo 'correct horse' >"$T/password"
	echo 'other horses' >"$T/password2"
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add ada \
	    --role admin
	status_is "user add" 0
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add ada
	status_is "the same name again" 1
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add bob \
	    --weight 2
	status_is "another" 0
	ctl user list
	has "list" '^ada +admin +weight 1 ' "$OUT"
	has "list" '^bob +moderator +weight 2 ' "$OUT"
	ctl user list --json
	is_json "user list"
	run_with "$T/password2" "$rblctl" -c "$T/rbl.conf" user passwd ada
	status_is "passwd" 0
	lacks "the password is not shown" 'horse' "$OUT$ERR"
	ctl user role bob viewer
	status_is "role" 0
	failed 'last administrator' user role ada viewer
	failed 'last administrator' user remove ada
	ctl user remove bob
	status_is "remove" 0
	ctl user list
	lacks "gone" bob "$OUT"
	failed 'no (such )?user' user remove bob
	failed 'no (such )?user' user role bob admin
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user passwd bob
	status_is "passwd of nobody" 1
	echo short >"$T/password"
	for name in carl; do
		run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add $name
		status_is "a short password" 2
	done
	echo 'correct horse' >"$T/password"
	for name in '' 'a b' '../x' "$(printf '%0100d' 0)"; do
		run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add \
		    "$name"
		status_is "a name that is none: \"$name\"" 2
	done
	run_with /dev/null "$rblctl" -c "$T/rbl.conf" user add carl
	status_is "no password" 2
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add dora \
	    --role exporter --one-time
	status_is "an exporter with a one-time password" 0
	ctl user list
	has "is said" '^dora +exporter .*must change' "$OUT"
	failed 'without codes' user totp-reset dora
	ctl user logout dora
	status_is "logout" 0
	failed 'no (such )?user' user logout eve
	failed 'no (such )?user' user totp-reset eve
	refused 'something is missing' user totp-reset
	ctl user log
	status_is "its log is whole" 0
	has "who did it" ' by [^ ]+  added  dora  exporter, weight 1$' "$OUT"
	lacks "no password in it" 'horse' "$OUT"
	ctl user remove dora
	status_is "remove" 0
	refused 'viewer, moderator, admin or exporter' user add carl --role god
	refused 'viewer, moderator, admin or exporter' user role ada god
	refused 'expected a number' user add carl --weight 0
	refused 'something is missing' user add
	refused 'something is missing' user role ada
	ctl user list
	lines . 1 "$OUT"
}

# Feed one spam with relay $1, number $2.
feed() {
	spam_forwarded "$1" mail.bulk.example "nr$2@bulk.example" "$2" \
	    >"$T/mail"
	run_with "$T/mail" "$ingest" -c "$T/rbl.conf" \
	    --submitter postmaster@submitter.example.org
	status_is "rbl-ingest took number $2" 0
	ctl queue list
	ITEM=$(printf '%s\n' "$OUT" | sed -n "/ $1 /s/ .*//p")
	has "item of $1" '^[0-9]+$' "$ITEM"
}

decisions() {
	step "queue"
	ctl queue list
	status_is "empty" 0
	is "  shows nothing" "" "$OUT"
	feed 203.0.127.1 1
	one=$ITEM
	ctl queue list --json
	is_json "queue list"
	has "has its candidates" '"key":"203\.0\.127\.1"' "$OUT"
	ctl queue show "$one"
	status_is "show" 0
	has "  subject" 'subject +You have won number 1$' "$OUT"
	has "  the hop that handed it over" '203\.0\.127\.1 \[boundary\]' "$OUT"
	has "  what approve would list" '\* +1 +ip +203\.0\.127\.1 +list' "$OUT"
	ctl queue show "$one" --json
	is_json "queue show"
	has "  with the analysis" '"analysis":\{' "$OUT"
	ctl queue show "$one" --raw
	has "  the mail" '^Subject: You have won number 1$' "$OUT"
	refused 'not both' queue show "$one" --raw --json

	ctl queue approve "$one" --reason 'hit a trap'
	status_is "approve" 0
	has "  prints the serial" '^serial [0-9]+$' "$OUT"
	at=${OUT#serial }
	ctl test 203.0.127.1
	status_is "  it is listed" 0
	has "  with the reason" 'reason +hit a trap$' "$OUT"
	failed 'settled already' queue approve "$one"
	failed 'settled already' queue dismiss "$one"
	failed "rblctl undo $at" queue reopen "$one"
	ctl queue list --state listed
	has "settled ones" "^$one " "$OUT"
	ctl undo "$at"
	status_is "undo" 0
	ctl queue list
	has "  it waits again" "^$one " "$OUT"
	ctl queue dismiss "$one" --reason 'a customer'
	status_is "dismiss" 0
	ctl queue list --state dismissed
	has "  dismissed" "^$one " "$OUT"
	ctl queue show "$one"
	has "  by whom and why" 'settled .*: a customer$' "$OUT"
	ctl queue reopen "$one"
	status_is "reopen" 0
	failed 'waits already' queue reopen "$one"

	feed 203.0.127.2 2
	ctl queue show "$ITEM" --json
	n=$(printf '%s\n' "$OUT" | grep -o '"list":"address"' | wc -l)
	if [ "$n" -gt 0 ]; then
		ctl queue approve "$ITEM" --candidate 2 --candidate 1 \
		    --until 4w
		status_is "approve by number" 0
		ctl test 203.0.127.2
		status_is "  the relay" 0
		has "  ends" 'until +20' "$OUT"
		ctl test nr2@bulk.example
		status_is "  the address" 0
	else
		ctl queue approve "$ITEM" --candidate 1
		status_is "approve by number" 0
	fi
	refused 'one of --address' queue approve "$one" --address --both
	refused 'has [0-9]' queue approve "$one" --candidate 30
	refused 'expected a number' queue approve "$one" --candidate 0
	refused 'expected a number' queue approve first
	refused 'expected a time' queue approve "$one" --until soon
	failed 'no item 999' queue approve 999
	failed 'no item 999' queue show 999
	refused 'waiting, listed or dismissed' queue list --state gone
}

providers() {
	step "the table of providers"
	ctl providers test 40.107.1.2
	status_is "a provider's address" 0
	has "whose, by what, since when" \
	    '^microsoft out 40\.107\.0\.0/16 2026-11 .+ \(built in\)$' "$OUT"
	ctl providers test smtp9.otenet.gr --json
	status_is "a smarthost's name" 0
	is_json "providers test"
	has "kind" '"kind": ?"isp-name"' "$OUT"
	ctl providers test 203.0.113.9
	status_is "nobody's" 3
	refused 'an address or a domain' providers test nonsense
	ctl providers list google
	status_is "one provider's rows" 0
	lacks "no other's" '^microsoft ' "$OUT"
	ctl providers list nobody-at-all
	status_is "no such provider" 3
	failed 'no table is configured' providers update "$T/new"

	sed "s|^\tingest {|&  providers = \"$T/providers\" |;
	    s|^ *ingest {|&  providers = \"$T/providers\" |" \
	    "$T/rbl.conf" >"$T/with.conf"
	"$rblctl" providers list -c "$T/with.conf" >/dev/null 2>"$T/err"
	is "an absent file is told" 1 $?
	printf 'isp out 203.0.113.0/24 2026-11-21 asked them\n' >"$T/new"
	run "$rblctl" -c "$T/with.conf" providers update "$T/new" --dry-run
	is "--dry-run installs nothing" no "$([ -e "$T/providers" ] &&
	    echo yes || echo no)"
	run "$rblctl" -c "$T/with.conf" providers update "$T/new"
	status_is "less than half of what was there" 1
	has "  says so" '--force' "$ERR"
	run "$rblctl" -c "$T/with.conf" providers update "$T/new" --force
	status_is "is taken with --force" 0
	run "$rblctl" -c "$T/with.conf" providers test 203.0.113.9
	status_is "and holds" 0
	has "  as the file says" '^isp out 203\.0\.113\.0/24 2026-11-21 asked them$' "$OUT"
	run "$rblctl" -c "$T/with.conf" providers test gmail.com
	status_is "a kind that it lacks stays" 0
	for bad in 'isp out 203.0.113.1/24 2026-11 x' 'isp out 203.0.113.0/24' \
	    'isp over 203.0.113.0/24 2026-11 x' '# only this'; do
		printf '%s\n' "$bad" >"$T/bad"
		run "$rblctl" -c "$T/with.conf" providers update "$T/bad"
		status_is "refused: $bad" 1
	done
	is "the table is as it was" 0 "$(cmp -s "$T/new" "$T/providers"
	    echo $?)"
}

hostile() {
	step "what a stranger wrote cannot act on a terminal"
	spam_forwarded 203.0.127.9 mail.bulk.example nr9@bulk.example 9 |
	    sed "s/^Subject: You.*/Subject: $(printf 'a\033[31mb\342\200\256c')/" \
	    >"$T/mail"
	run_with "$T/mail" "$ingest" -c "$T/rbl.conf" --submitter \
	    postmaster@submitter.example.org
	ctl queue list
	item=$(printf '%s\n' "$OUT" | sed -n '/203\.0\.127\.9/s/ .*//p')
	for c in "queue list" "queue show $item" "queue show $item --json"; do
		ctl $c
		status_is "$c" 0
		is "  no escape, no bidi control" 0 "$(tr -d '\n' <"$T/out" |
		    LC_ALL=C grep -c "$(printf '\033')")"
	done
	ctl queue show "$item"
	has "it is visible instead" 'u\{' "$OUT"
	ctl queue show "$item" --raw
	is "into a file the mail goes byte for byte" 0 "$(
		cmp -s "$T/mail" "$T/out"
		echo $?
	)"
	script -qec "$rblctl -c $T/rbl.conf queue show $item --raw" \
	    /dev/null >"$T/typed" </dev/null
	is "but not onto a terminal" 0 "$(
		LC_ALL=C grep -c "$(printf '\033')" <"$T/typed"
	)"
	has "  where it is visible" 'u\{1B\}' "$(cat "$T/typed")"
}

servers() {
	step "selftest"
	flow_start rbld
	for road in "@127.0.0.1@$DNS4" ${DNS6:+"@::1@$DNS6"}; do
		ctl selftest bl.example.test "$road"
		status_is "selftest of the ip zone $road" 0
		lacks "  nothing wrong" '^wrong' "$OUT"
		has "  all asked" '^[0-9]+ asked, 0 wrong$' "$OUT"
		ctl selftest em.example.test. "$road"
		status_is "selftest of the address zone" 0
		lacks "  nothing wrong" '^wrong' "$OUT"
	done
	flow_stop TERM "$PID_rbld"
	ctl selftest bl.example.test "@127.0.0.1@$DNS4"
	status_is "nobody there" 1
	has "  says so" 'does not answer' "$ERR"
	refused 'no zone' selftest other.example
	refused '@ADDRESS@PORT' selftest bl.example.test 127.0.0.1
	refused '@ADDRESS@PORT' selftest bl.example.test @nonsense@53
	refused 'something is missing' selftest
}

digest() {
	step "digest"
	ctl digest --to mods@example.org --from rbl@example.org
	status_is "digest" 0
	has "to whom" '^To: mods@example\.org$' "$OUT"
	has "from whom" '^From: rbl@example\.org$' "$OUT"
	has "how many wait" '^Subject: \[.*\] [0-9]+ waiting' "$OUT"
	has "a machine sent it" '^Auto-Submitted: auto-generated$' "$OUT"
	has "nobody counted all day, and it says so" 'not all of it' "$OUT"
	has "the page" '/queue$' "$OUT"
	has "who asked to be taken off" '^ +[0-9]+  requests$' "$OUT"
	is "the head ends before the text" 6 \
	    "$(printf '%s\n' "$OUT" | sed '/^$/q' | grep -c :)"
	refused 'to is missing' digest
	refused 'one address' digest --to mods
	refused 'one address' digest --to 'a@example.org, b@example.org'
	refused 'one address' digest --to 'a b@example.org'
	refused 'something|one address|control' digest --to "a@example.org
Bcc: x@example.org"
	refused 'one address' digest --to a@example.org --from @
	refused 'too many' digest now --to a@example.org
}

totals() {
	step "stats, verify"
	ctl stats
	status_is "stats" 0
	has "serial" '^serial [0-9]+' "$OUT"
	has "lists" '^list ip \(ip\): [0-9]+ listed, [0-9]+ exempt$' "$OUT"
	has "queue" '^queue: [0-9]+ waiting' "$OUT"
	ctl stats --json
	is_json "stats"
	ctl verify
	status_is "verify" 0
	has "history" '^history: ok, [0-9]+ changes$' "$OUT"
	has "queue" '^queue: ok' "$OUT"
	has "lists" '^lists: ok' "$OUT"

	step "a standard output that takes nothing"
	"$rblctl" -c "$T/rbl.conf" list ip >/dev/full 2>"$T/err"
	STATUS=$?
	status_is "is told" 1
}

flow_begin
flow_config '"127.0.0.1@0", "::1@0"' '"127.0.0.1@0"' </dev/null
outside
before_init
entries
files
changes
people
decisions
providers
hostile
servers
digest
totals
flow_end

#!/bin/sh
# story.sh - the whole product with its real programs: first the tale that
# ./demo --script shows (tale.sh), then the corners of it: IPv6, networks,
# exemptions, names between, addresses in every digest, test points, raw mail
# from a trap, stale and forged forms, votes of two, expiry, SIGHUP.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/tale.sh"

bl=bl.example.test
em=em.example.test

# Listed by the command line, answered by the next query.
networks() {
	step "networks and exemptions, IPv4"
	ctl add ip 203.0.115.0/24 --reason "spam gang" --source hand
	status_is "add a /24" 0
	has "says its serial" '[0-9]' "$OUT"
	for last in 0 1 128 255; do
		dns_is "203.0.115.$last is listed" "NOERROR A 127.0.0.2" \
		    "$last.115.0.203.$bl" A
	done
	dns_is "the net before it is not" "NXDOMAIN +SOA" "255.114.0.203.$bl" A
	dns_is "the net behind it is not" "NXDOMAIN +SOA" "0.116.0.203.$bl" A

	ctl exempt ip 203.0.115.16/28 --reason "the good ones"
	status_is "exempt a /28 in it" 0
	ctl add ip 203.0.115.20 --reason "the bad one among the good"
	status_is "add an address in the hole" 0
	dns_is "before the hole" "NOERROR A 127.0.0.2" "15.115.0.203.$bl" A
	dns_is "first of the hole" "NXDOMAIN +SOA" "16.115.0.203.$bl" A
	dns_is "last of the hole" "NXDOMAIN +SOA" "31.115.0.203.$bl" A
	dns_is "behind the hole" "NOERROR A 127.0.0.2" "32.115.0.203.$bl" A
	dns_is "the one in the hole" "NOERROR A 127.0.0.2" "20.115.0.203.$bl" A
	dns_is "no text in the hole" "NXDOMAIN +SOA" "16.115.0.203.$bl" TXT
	ctl test 203.0.115.17
	status_is "rblctl test in the hole: not listed" 3
	ctl test 203.0.115.20
	status_is "and of the one in it: listed" 0

	step "names between: they exist, and have nothing"
	for name in 203 0.203 115.0.203; do
		for type in A TXT NS AAAA ANY; do
			dns_is "$name $type" "NOERROR +SOA" "$name.$bl" "$type"
		done
	done
	dns_is "a listed name has no AAAA" "NOERROR +SOA" \
	    "20.115.0.203.$bl" AAAA
	dns_is "nor a type that nobody knows" "NOERROR +SOA" \
	    "20.115.0.203.$bl" TYPE65280
	dns_is "nothing below 117.0.203" "NXDOMAIN +SOA" "117.0.203.$bl" A
	dns_is "nothing at five labels" "NXDOMAIN +SOA" \
	    "x.20.115.0.203.$bl" A
	dns_is "no leading zero" "NXDOMAIN +SOA" "020.115.0.203.$bl" A
	dns_is "no octet above 255" "NXDOMAIN +SOA" "256.115.0.203.$bl" A
}

networks6() {
	step "IPv6 keys"
	v6=$(reversed 2001:db8:1:2:3:4:5:6)
	ctl add ip 2001:db8:1:2:3:4:5:6 --reason "one address"
	status_is "add an address" 0
	ctl add ip 2001:db8:77::/48 --reason "a site"
	status_is "add a /48" 0
	ctl exempt ip 2001:db8:77:1::/64
	status_is "exempt a /64 in it" 0
	dns_is "the address" "NOERROR A 127.0.0.2" "$v6.$bl" A
	has "its text" 2001:db8:1:2:3:4:5:6 "$(ask udp4 "$v6.$bl" TXT
	    printf '%s' "$ANSWER")"
	dns_is "its neighbour" "NXDOMAIN +SOA" "7.${v6#*.}.$bl" A
	dns_is "its /64, a name between" "NOERROR +SOA" \
	    "$(printf '%s' "$v6" | cut -d. -f17-).$bl" A
	dns_is "its /4, a name between" "NOERROR +SOA" "2.$bl" A
	dns_is "within the /48" "NOERROR A 127.0.0.2" \
	    "$(reversed 2001:db8:77:ffff::1).$bl" A
	dns_is "the hole" "NXDOMAIN +SOA" \
	    "$(reversed 2001:db8:77:1::1).$bl" A
	dns_is "the hole's label" "NXDOMAIN +SOA" \
	    "$(reversed 2001:db8:77:1:: | cut -d. -f17-).$bl" A
	dns_is "a nibble that is none" "NXDOMAIN +SOA" "g.${v6#*.}.$bl" A
	dns_is "31 nibbles" "NOERROR +SOA" "${v6#*.}.$bl" A

	step "a mail over IPv6, raw as from a trap: its /64 is proposed"
	spam_raw 2001:db8:99:1::25 mx6.bulk-sender.example \
	    six@bulk-sender.example 1006 >"$T/six.eml"
	run_with "$T/six.eml" "$ingest" -c "$T/rbl.conf" --raw
	status_is "rbl-ingest --raw" 0
	ctl queue list --json
	has "the /64 waits" '2001:db8:99:1::/64' "$OUT"
	six=$(printf '%s\n' "$OUT" |
	    sed -n '/2001:db8:99:1::/s/.*"id": *\([0-9]*\).*/\1/p')
	dns_is "not listed yet" "NXDOMAIN +SOA" \
	    "$(reversed 2001:db8:99:1::25).$bl" A
	ctl queue approve "$six" --reason "trap"
	status_is "approve on the command line" 0
	dns_is "the next query has it" "NOERROR A 127.0.0.2" \
	    "$(reversed 2001:db8:99:1::25).$bl" A
	dns_is "all of the /64" "NOERROR A 127.0.0.2" \
	    "$(reversed 2001:db8:99:1:ffff::1).$bl" A
	dns_is "not the next /64" "NXDOMAIN +SOA" \
	    "$(reversed 2001:db8:99:2::25).$bl" A
}

addresses() {
	step "addresses by digest"
	who=spammer.name+tag@bulk.example.org
	cut=spammer.name@bulk.example.org
	ctl add address "$who" --reason "sells pills"
	status_is "add an address with a +tag" 0
	for label in "$(md5_of $who)" "$(sha1_of $who)" "$(sha256_of $who)" \
	    "$(sha1_of $cut)" "$(md5_of $cut)" \
	    "$(sha1_of $who | tr a-f A-F)"; do
		dns_is "$label" "NOERROR A 127.0.0.3" "$label.$em" A
	done
	dns_is "its text" 'NOERROR TXT "Listed: sells pills"' \
	    "$(sha1_of $who).$em" TXT
	dns_is "another's digest" "NXDOMAIN +SOA" \
	    "$(sha1_of other@bulk.example.org).$em" A
	dns_is "half a digest" "NXDOMAIN +SOA" \
	    "$(sha1_of $who | cut -c1-20).$em" A
	dns_is "a digest with a label before it" "NXDOMAIN +SOA" \
	    "a.$(sha1_of $who).$em" A
	ctl add address s.p.ammer@googlemail.com
	status_is "add a gmail address with dots" 0
	dns_is "as it stands" "NOERROR A 127.0.0.3" \
	    "$(sha1_of s.p.ammer@googlemail.com).$em" A
	dns_is "without its dots" "NOERROR A 127.0.0.3" \
	    "$(sha1_of spammer@gmail.com).$em" A
	ctl exempt address ok@bulk.example.org
	status_is "exempt an address" 0
	dns_is "it is not listed" "NXDOMAIN +SOA" \
	    "$(sha1_of ok@bulk.example.org).$em" A
	ctl remove address "$who"
	status_is "remove" 0
	dns_is "the next query knows" "NXDOMAIN +SOA" "$(sha1_of $who).$em" A
}

apex() {
	step "the apex and the test points"
	dns_is "NS" "NOERROR NS ns1.example.test. NS ns2.example.test." \
	    $bl NS
	for road in $ROADS; do
		ask "$road" $bl SOA
		has "SOA ($road)" \
		    '^NOERROR SOA ns1\.example\.test\. hostmaster\.example\.test\. [0-9]+ ' \
		    "$ANSWER"
	done
	dns_is "no A at the apex" "NOERROR +SOA" $bl A
	dns_is "127.0.0.2 is always listed" "NOERROR A 127.0.0.2" \
	    2.0.0.127.$bl A
	dns_is "127.0.0.1 never" "NXDOMAIN +SOA" 1.0.0.127.$bl A
	dns_is "the way to it exists" "NOERROR +SOA" 0.0.127.$bl A
	dns_is "::ffff:127.0.0.2" "NOERROR A 127.0.0.2" \
	    "$(reversed ::ffff:7f00:2).$bl" A
	dns_is "::ffff:127.0.0.1" "NXDOMAIN +SOA" \
	    "$(reversed ::ffff:7f00:1).$bl" A
	dns_is "test@example.com" "NOERROR A 127.0.0.3" \
	    "$(sha1_of test@example.com).$em" A
	dns_is "another's zone" "REFUSED" www.example.org A
	dns_is "case of the question is kept" "NOERROR A 127.0.0.2" \
	    2.0.0.127.BL.eXample.TEST A
	ask udp4 2.0.0.127.BL.eXample.TEST A
	has "in the answer" '^2\.0\.0\.127\.BL\.eXample\.TEST\.' \
	    "$(cat "$T/out")"
	ctl selftest $bl "@127.0.0.1@$DNS4"
	status_is "rblctl selftest" 0
	lacks "every point is right" '^wrong' "$OUT"
}

pages() {
	step "the pages refuse what is not a moderator's decision"
	spam_forwarded 203.0.114.40 mail.other-bulk.example \
	    offers@other-bulk.example 1040 >"$T/forty.eml"
	run_with "$T/forty.eml" "$ingest" -c "$T/rbl.conf" \
	    --submitter postmaster@submitter.example.org
	ctl queue list --json
	forty=$(printf '%s\n' "$OUT" |
	    sed -n '/203\.0\.114\.40/s/.*"id": *\([0-9]*\).*/\1/p')
	http "/queue/$forty"
	cp "$T/page" "$T/page.kept"
	button=$(form_button "/queue/$forty/decide" "List the IP")

	http "/queue/$forty/decide"
	is "a GET decides nothing" 405 "$CODE"
	http "/queue/$forty/decide" --data-urlencode "$button" \
	    --data-urlencode version=1
	is "nor does a form without its token" 403 "$CODE"
	http "/queue/$forty/decide" --data-urlencode "$button" \
	    --data-urlencode version=1 --data-urlencode \
	    token=00000000000000000000000000000000
	is "nor one with another's" 403 "$CODE"
	cp "$T/page.kept" "$T/page"
	token=$(form_hidden "/queue/$forty/decide" | sed -n 's/^token=//p')
	CODE=$(curl -s -o "$T/page" -w '%{http_code}' -X POST \
	    --data-urlencode "token=$token" --data-urlencode "$button" \
	    --data-urlencode version=1 "$WWW/queue/$forty/decide")
	is "nor one without a session" 401 "$CODE"
	http "/queue/$forty/decide" -H "Origin: http://evil.example" \
	    --data-urlencode "token=$token" --data-urlencode "$button" \
	    --data-urlencode version=1
	is "nor one from another site" 403 "$CODE"
	dns_is "nothing was listed" "NXDOMAIN +SOA" 40.114.0.203.$bl A

	ctl queue dismiss "$forty" --reason "a customer"
	status_is "somebody else dismisses it" 0
	cp "$T/page.kept" "$T/page"
	post "/queue/$forty/decide" "$button"
	is "a stale form is refused" 409 "$CODE"
	has "with who did what" 'Dismissed' "$(page_text)"
	dns_is "and lists nothing" "NXDOMAIN +SOA" 40.114.0.203.$bl A
	http "/queue/$forty"
	post "/queue/$forty/reopen"
	is "a dismissal is taken back" 303 "$CODE"

	step "everything that came from mail is text"
	spam_raw 203.0.114.41 mail.evil.example \
	    evil@evil.example '<script>alert(1)</script>' >"$T/evil.eml"
	run_with "$T/evil.eml" "$ingest" -c "$T/rbl.conf" --raw
	status_is "rbl-ingest took it" 0
	ctl queue list --json
	evil=$(printf '%s\n' "$OUT" |
	    sed -n '/203\.0\.114\.41/s/.*"id": *\([0-9]*\).*/\1/p')
	http /queue
	lacks "no script of the mail on the queue" '<script>' "$(page)"
	http "/queue/$evil"
	lacks "nor on the item" '<script>' "$(page)"
	has "but its text" '&lt;script' "$(page)"
	has "and a policy against it" "[Cc]ontent-[Ss]ecurity-[Pp]olicy: .*default-src 'none'" \
	    "$(cat "$T/head")"

	step "wrong passwords, and the way out"
	cp "$T/cookies" "$T/cookies.kept"
	: >"$T/cookies"
	http /login
	post /login user=anna "password=not the one"
	is "a wrong password" 401 "$CODE"
	http /login
	post /login user=nobody "password=not the one"
	is "a wrong name" 401 "$CODE"
	cp "$T/cookies.kept" "$T/cookies"
	http /queue
	post /logout
	is "log-out" 303 "$CODE"
	cp "$T/cookies.kept" "$T/cookies"
	http /queue
	is "the old cookie is worth nothing" 401 "$CODE"
}

votes() {
	step "a wide network wants two"
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add berta
	status_is "a second moderator" 0
	ctl add ip 203.0.120.0/22 --reason wide
	status_is "the command line is an administrator's: it counts in full" 0
	dns_is "listed" "NOERROR A 127.0.0.2" 9.121.0.203.$bl A
	ctl add ip 203.0.0.0/15
	status_is "but beyond the hard limit nobody may" 1
	has "and it says so" '/16' "$ERR"
}

expiry() {
	step "what expires is gone with the query, before any sweep"
	ctl add ip 203.0.114.50 --until 4s --reason brief
	status_is "add for four seconds" 0
	ask udp4 50.114.0.203.$bl A
	is "listed" "NOERROR A 127.0.0.2" "$ANSWER"
	ctl list ip 203.0.114.50
	has "with its end" '203\.0\.114\.50' "$OUT"
	until=$(($(date +%s) + flow_limit))
	while [ "$(date +%s)" -lt "$until" ]; do
		ask udp4 50.114.0.203.$bl A
		[ "$ANSWER" = "NOERROR A 127.0.0.2" ] || break
	done
	has "not listed when it is over" '^(NXDOMAIN|NOERROR) [+]SOA$' "$ANSWER"
	ctl test 203.0.114.50
	status_is "rblctl test agrees" 3
}

lists() {
	step "lists in and out"
	printf '%s\n' 203.0.116.1 203.0.116.0/30 2001:db8:5::/64 >"$T/plain"
	ctl import ip "$T/plain" --format plain --source friends
	status_is "import plain lines" 0
	dns_is "listed" "NOERROR A 127.0.0.2" 3.116.0.203.$bl A
	printf '%s\n' 203.0.116.9 127.0.0.1 nonsense 10.0.0.0/8 >"$T/bad"
	ctl import ip "$T/bad" --format plain --source friends
	status_is "one wrong line refuses all of it" 1
	has "with its number" '(^|[^0-9])2([^0-9]|$).*127\.0\.0\.1' "$ERR$OUT"
	dns_is "nothing of it is listed" "NXDOMAIN +SOA" 9.116.0.203.$bl A
	for format in plain rbldnsd jsonl; do
		ctl export ip --format $format --output "$T/ip.$format"
		status_is "export as $format" 0
		[ -s "$T/ip.$format" ] || wrong "it has contents" ""
	done
	ctl history --json
	status_is "history" 0
	has "as JSON" '^\{.*"serial"' "$OUT"
	ctl stats --json
	status_is "stats" 0
}

reload() {
	step "SIGHUP: a new configuration, or the old one when it is wrong"
	cp "$T/rbl.conf" "$T/rbl.conf.kept"
	cat >>"$T/rbl.conf" <<-END
	zone "second.example.test" { lists = {"ip"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test" }
	END
	ask udp4 2.0.0.127.second.example.test A
	is "a zone that is not there yet" "REFUSED" "$ANSWER"
	kill -HUP "$PID_rbld"
	reload_answer second.example.test "NOERROR A 127.0.0.2"
	is "is there after SIGHUP" "NOERROR A 127.0.0.2" "$ANSWER"
	echo 'nonsense = "' >>"$T/rbl.conf"
	said=$(wc -l <"$T/rbld.log")
	kill -HUP "$PID_rbld"
	reload_said "$said" 'rbl\.conf:[0-9]+'
	has "a wrong one is named with its line" 'rbl\.conf:[0-9]+' "$SAID"
	ask udp4 2.0.0.127.second.example.test A
	is "and the old one stays" "NOERROR A 127.0.0.2" "$ANSWER"
	mv "$T/rbl.conf.kept" "$T/rbl.conf"
}

# Ask until the answer is there: each question is one round trip.
reload_answer() {
	until=$(($(date +%s) + flow_limit))
	while :; do
		ask udp4 "2.0.0.127.$1" A
		[ "$ANSWER" != "$2" ] || break
		[ "$(date +%s)" -lt "$until" ] || break
	done
}

# What rbld has said since line $1 of its log, once $2 is in it; meanwhile it
# is asked questions, which it must go on to answer.
reload_said() {
	until=$(($(date +%s) + flow_limit))
	while :; do
		SAID=$(tail -n +$(($1 + 1)) "$T/rbld.log")
		if printf '%s\n' "$SAID" | grep -Eq -e "$2" ||
		    [ "$(date +%s)" -ge "$until" ]; then
			break
		fi
		ask udp4 "2.0.0.127.$bl" A
	done
}

ends() {
	step "the end"
	ctl verify
	status_is "the store is sound after all of it" 0
	flow_stop TERM "$PID_rbld"
	is "rbld ends on SIGTERM" 0 "$STATUS"
	flow_stop TERM "$PID_www"
	is "rbl-www ends on SIGTERM" 0 "$STATUS"
	lacks "nothing was said that is an error" \
	    '(AddressSanitizer|runtime error)' \
	    "$(cat "$T/rbld.log" "$T/rbl-www.log")"
}

flow_begin
listen='"127.0.0.1@0"'
if flow_has_ipv6; then
	listen="$listen, \"::1@0\""
else
	printf 'SKIP: this machine has no ::1, IPv6 transport is not tested\n'
fi
flow_config "$listen" '"127.0.0.1@0"' </dev/null
tale
networks
networks6
addresses
apex
pages
votes
expiry
lists
reload
ends
flow_end

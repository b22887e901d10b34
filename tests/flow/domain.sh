#!/bin/sh
# domain.sh - lists of domains with the real programs: listed by the command
# line, answered over DNS, looked up on the page, written and read back, taken
# out and undone.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

dbl=dbl.example.test
idn='παράδειγμα.gr'

listing() {
	step "d, .d, *.d and holes"
	ctl add domain .spam-gang.gr --reason "a gang"
	status_is "add .d" 0
	ctl add domain '*.Free-Shops.GR' one.gr --reason "its customers"
	status_is "add *.d and d" 0
	ctl exempt domain good.spam-gang.gr .clean.spam-gang.gr
	status_is "exempt within" 0
	ctl add domain bad.clean.spam-gang.gr --code 127.0.0.9
	status_is "add within the hole" 0

	a="NOERROR A 127.0.0.5"
	dns_is ".d" "$a" spam-gang.gr.$dbl A
	dns_is "below .d" "$a" a.b.spam-gang.gr.$dbl A
	dns_is "in capitals" "$a" WWW.Spam-Gang.GR.$dbl A
	dns_is "its text" 'NOERROR TXT "www.spam-gang.gr: a gang"' \
	    WWW.Spam-Gang.GR.$dbl TXT
	dns_is "an underscore below" "$a" _dmarc.spam-gang.gr.$dbl A
	dns_is "any octet below" "$a" '\000\255.spam-gang.gr.'$dbl A
	dns_is "a hole of one name" "NOERROR +SOA" good.spam-gang.gr.$dbl A
	dns_is "below it" "$a" x.good.spam-gang.gr.$dbl A
	dns_is "a whole hole with one in it" "NOERROR +SOA" \
	    clean.spam-gang.gr.$dbl A
	dns_is "in the hole" "NXDOMAIN +SOA" x.clean.spam-gang.gr.$dbl A
	dns_is "the one in it" "NOERROR A 127.0.0.9" \
	    bad.clean.spam-gang.gr.$dbl A
	dns_is "*.d by itself" "NOERROR +SOA" free-shops.gr.$dbl A
	dns_is "below *.d" "$a" any.free-shops.gr.$dbl A
	dns_is "d" "$a" one.gr.$dbl A
	dns_is "below d" "NXDOMAIN +SOA" x.one.gr.$dbl A
	dns_is "names between" "NOERROR +SOA" gr.$dbl NS
	dns_is "what ends like it" "NXDOMAIN +SOA" xspam-gang.gr.$dbl A
	dns_is "a dot within a label" "NXDOMAIN +SOA" 'spam-gang\046gr.'$dbl A
	dns_is "no name at all" "NXDOMAIN +SOA" '\255\000.'$dbl TXT
	long=$(printf 'a.%.0s' $(seq 60))
	dns_is "very many labels below" "$a" "${long}spam-gang.gr.$dbl" A
	dns_is "very many labels elsewhere" "NXDOMAIN +SOA" \
	    "${long}example.com.$dbl" A
	dns_is "TEST" "$a" TEST.$dbl A
	dns_is "INVALID" "NXDOMAIN +SOA" INVALID.$dbl A
	dns_is "below INVALID" "NXDOMAIN +SOA" x.invalid.$dbl A
	dns_is "its name server" "NOERROR A 203.0.113.53" ns1.$dbl A
	dns_is "its name server has no text" "NOERROR +SOA" ns1.$dbl TXT
	ctl selftest $dbl "@127.0.0.1@$DNS4"
	status_is "rblctl selftest" 0
}

idn() {
	step "a domain in Greek"
	ctl add domain ".$idn" --reason IDN
	status_is "add it as people write it" 0
	dns_is "asked by its A-label" "NOERROR A 127.0.0.5" \
	    www.xn--hxajbheg2az3al.gr.$dbl A
	# the same in UTF-8, as dig takes octets
	octets=$(printf %s "${idn%.gr}" | od -An -tu1 -v |
	    awk '{ for (i = 1; i <= NF; i++) printf "\\%03d", $i }')
	dns_is "asked in UTF-8" "NOERROR A 127.0.0.5" "$octets.gr.$dbl" A
	ctl test "$idn"
	status_is "rblctl test" 0
	has "names the entry" 'entry +\.xn--hxajbheg2az3al\.gr$' "$OUT"
}

asking() {
	step "rblctl test, remove, list, history"
	ctl test www.spam-gang.gr
	status_is "test" 0
	has "  by the wider entry" 'entry +\.spam-gang\.gr$' "$OUT"
	ctl test "www.spam-gang.gr.$dbl."
	status_is "test of the name as it is asked for" 0
	ctl test '*.spam-gang.gr'
	status_is "test of all below" 0
	ctl test .one.gr
	status_is "d does not cover .d" 3
	ctl test good.spam-gang.gr
	status_is "test in a hole" 3
	has "  says exempt" '^domain: exempt$' "$OUT"
	ctl test spam-gang.gr --json
	has "  as JSON" '"entry": ?"\.spam-gang\.gr"' "$OUT"
	ctl remove domain www.spam-gang.gr
	status_is "remove what has no entry" 1
	has "  names what covers it" 'listed by \.spam-gang\.gr' "$ERR"
	ctl remove domain spam-gang.gr
	status_is "remove d where there is .d" 1
	ctl list domain
	is "list, in the order of the tree" ".spam-gang.gr
.clean.spam-gang.gr
bad.clean.spam-gang.gr
good.spam-gang.gr" "$(printf '%s\n' "$OUT" | grep -o '[.*a-z]*spam-gang.gr')"
	ctl history one.gr
	has "history of one key" 'one\.gr' "$OUT"

	for key in .gr gr .co.uk '*.blogspot.com' test x.invalid $dbl \
	    .ours.gr; do
		ctl add domain "$key"
		status_is "never: $key" 1
	done
	ctl add domain 'a b.gr'
	status_is "no domain" 2
	ctl add domain 203.0.114.9
	status_is "an address is no domain" 2
}

files() {
	step "files"
	for format in plain jsonl rbldnsd; do
		ctl export domain --format $format --output "$T/a.$format"
		status_is "export $format" 0
		ctl import domain "$T/a.$format" --format $format --dry-run
		status_is "import of it" 0
	done
	ctl export domain --format plain
	has "plain: .d" '^\.spam-gang\.gr$' "$OUT"
	has "plain: *.d" '^\*\.free-shops\.gr$' "$OUT"
	has "plain: a hole" '^!good\.spam-gang\.gr$' "$OUT"
	cat >"$T/more" <<-'END'
	# more
	.imported-one.gr
	imported-two.gr
	!*.imported-one.gr
	END
	ctl import domain "$T/more" --format plain --source feed
	status_is "import" 0
	dns_is "imported" "NOERROR A 127.0.0.5" imported-one.gr.$dbl A
	dns_is "its hole" "NXDOMAIN +SOA" a.imported-one.gr.$dbl A
	printf '.fine.gr\n.com\n' >"$T/bad"
	ctl import domain "$T/bad" --format plain
	status_is "one line that must never be listed" 1
	dns_is "nothing of it is listed" "NXDOMAIN +SOA" fine.gr.$dbl A
	printf 'imported-two.gr\n' >"$T/less"
	ctl import domain "$T/less" --format plain --source feed --replace \
	    --force
	status_is "import --replace" 0
	dns_is "gone" "NXDOMAIN +SOA" imported-one.gr.$dbl A
	dns_is "still there" "NOERROR A 127.0.0.5" imported-two.gr.$dbl A
}

undoing() {
	step "remove, undo, expiry"
	ctl remove domain .spam-gang.gr
	status_is "remove" 0
	serial=${OUT#serial }
	dns_is "it is gone, what is deeper is not" "NOERROR +SOA" \
	    spam-gang.gr.$dbl A
	dns_is "the deeper one" "NOERROR A 127.0.0.9" \
	    bad.clean.spam-gang.gr.$dbl A
	dns_is "others below it" "NXDOMAIN +SOA" www.spam-gang.gr.$dbl A
	ctl undo "$serial"
	status_is "undo" 0
	dns_is "it is back" "NOERROR A 127.0.0.5" www.spam-gang.gr.$dbl A
	ctl add domain .short.gr --until 1h
	status_is "add with an end" 0
	dig @127.0.0.1 -p "$DNS4" +noall +answer short.gr.$dbl A >"$T/short"
	is "the TTL of a long life is the zone's" 900 \
	    "$(awk '{ print $2 }' "$T/short")"
	ctl add domain .short.gr --until 100s
	dig @127.0.0.1 -p "$DNS4" +noall +answer short.gr.$dbl A >"$T/short"
	ttl=$(awk '{ print $2 }' "$T/short")
	is "the TTL ends with the entry ($ttl)" yes \
	    "$([ "$ttl" -ge 1 ] && [ "$ttl" -le 100 ] && echo yes)"
}

pages() {
	step "the look-up page"
	http '/lookup.json?q=www.spam-gang.gr'
	has "listed" '"listed":true' "$(page)"
	has "by which entry" '"entry":"\.spam-gang\.gr"' "$(page)"
	http "/lookup.json?q=www.spam-gang.gr.$dbl"
	has "by the name as asked for" '"key":"www\.spam-gang\.gr"' "$(page)"
	http '/lookup.json?q=x.clean.spam-gang.gr'
	has "in a hole" '"verdict":"exempt"' "$(page)"
	http '/lookup.json?q=example.com'
	has "not listed" '"listed":false' "$(page)"
	http '/lookup.json?q=TEST'
	has "the test point" '"test_point":true' "$(page)"
	http '/lookup?q=www.spam-gang.gr'
	is "as a page" 200 "$CODE"
	has "it says by what" 'is covered by the entry \.spam-gang\.gr' \
	    "$(page_text)"
	http '/lookup?q=spam_gang.gr'
	is "no domain" 400 "$CODE"
	http "/lookup.json" -G --data-urlencode "q=$idn"
	has "a domain in Greek" '"entry":"\.xn--hxajbheg2az3al\.gr"' "$(page)"
}

flow_begin
listen='"127.0.0.1@0"'
ROADS="udp4 tcp4"
if flow_has_ipv6; then
	listen="$listen, \"::1@0\""
	ROADS="$ROADS udp6 tcp6"
fi
flow_config "$listen" '"127.0.0.1@0"' <<END
list "domain" { kind = "domain"  code = "127.0.0.5" }
zone "$dbl" {
    lists      = {"domain"}
    ns         = {"ns1.$dbl"}
    hostmaster = "hostmaster.example.test"
    ttl        = 15m
    text       = "\$: \$r"
    apex       = {"ns1 A 203.0.113.53"}
}
END
sed 's|^ingest { |&own-domains = {"ours.gr"} |' "$T/rbl.conf" >"$T/conf" &&
    mv "$T/conf" "$T/rbl.conf"
ctl init
status_is "init" 0
flow_start rbld
flow_start rbl-www
listing
idn
asking
files
undoing
pages
step "the end"
ctl verify
status_is "the store is sound" 0
flow_stop TERM "$PID_rbld"
is "rbld ends on SIGTERM" 0 "$STATUS"
flow_stop TERM "$PID_www"
flow_end

#!/bin/sh
# delist.sh - off the list, with the real programs: a visitor looks up, asks,
# and is gone from DNS with the answer; the second time a moderator decides on
# the page; the third on the command line. A GET changes nothing on the way.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"
. "$srcdir/tests/flow/tale.sh"

ip=203.0.114.9
name=$(reversed $ip).bl.example.test
net=203.0.115.0/24
in_net=$(reversed 203.0.115.7).bl.example.test

# Send the form for removal of the page in hand. The first try comes back at
# once, as programs send it; then as long is waited as the answer says.
visitor_post() {
	v_path=$1
	post "$@"
	is "a form that comes back at once is refused" 403 "$CODE"
	v_tries=0
	while [ "$CODE" = 403 ] && [ $v_tries -lt 10 ]; do
		v_wait=$(tr -d '\r' <"$T/head" |
		    sed -n 's/^[Rr]etry-[Aa]fter: //p')
		sleep "${v_wait:-1}"
		h_verb=POST
		http "$v_path" -X POST -K "$T/form"
		v_tries=$((v_tries + 1))
	done
}

state() {
	cat "$T/data/store/data.mdb" "$T/data/queue/data.mdb" \
	    "$T/data/accounts/data.mdb" | sha256sum
}

flow_begin
flow_config '"127.0.0.1@0", "::1@0"' '"127.0.0.1@0"' <<-END
	criterion "bulk" { text = "Sent bulk mail." }
END
tale_start

step "Listed: DNS and the look-up say so"
ctl add ip $ip --reason "sells pills" --criterion bulk --until 30d
status_is "add an address" 0
ctl add ip $net --reason "all of it" --until 30d
status_is "add a network" 0
dns_is "$ip is listed" "NOERROR A 127.0.0.2" "$name" A
before=$(state)
http "/lookup?q=$ip"
is "the look-up" 200 "$CODE"
has "says why" 'Sent bulk mail.*sells pills' "$(page_text)"
has "and until when" 'by itself on' "$(page_text)"
http "/lookup?q=https%3A%2F%2F203.0.115.7%3A25%2Fx"
has "a network covers this one" 'covered by the entry 203.0.115.0/24' \
    "$(page_text)"
http "/delist?q=$ip&list=ip&do=remove&reason=x&yes=1"
is "the page about removal" 200 "$CODE"
has "says what will happen" 'removed at once, no questions asked' \
    "$(page_text)"
is "and nothing was changed so far" "$before" "$(state)"
dns_is "$ip is listed" "NOERROR A 127.0.0.2" "$name" A

step "Asked: gone with the answer"
visitor_post /delist reason="the account was closed" contact= website=
is "the request is taken" 303 "$CODE"
ticket=$(location)
has "and has a ticket" '^/delist/[0-9a-f]{32}$' "$ticket"
dns_is "$ip is not listed any more" "NXDOMAIN +SOA" "$name" A
dns_is "the network still is" "NOERROR A 127.0.0.2" "$in_net" A
http "$ticket"
is "the ticket" 200 "$CODE"
has "says that it was removed" "$ip was taken off the list" "$(page_text)"
http "/lookup?q=$ip"
has "so does the look-up" 'its removal was asked for' "$(page_text)"
ctl history $ip
has "the log has who and which request" 'delist.*request 1|request 1.*delist' \
    "$(printf '%s' "$OUT" | tr '\n' ' ')"
lacks "and not the ticket" "${ticket#/delist/}" "$OUT"
ctl request list --closed
has "the request is closed" "^1 .*removed .*$ip" "$OUT"

step "A network: a person has to look"
http "/delist?q=203.0.115.7"
has "the page says so" 'a moderator looks at the request' "$(page_text)"
visitor_post /delist reason="a new customer" contact=me@example.org website=
is "the request is taken" 303 "$CODE"
second=$(location)
dns_is "the network is listed still" "NOERROR A 127.0.0.2" "$in_net" A
http "$second"
has "the ticket says that it waits" 'Waits for a moderator' "$(page_text)"
http "/delist?q=$net"
has "one request at a time" 'A request about it is open already' \
    "$(page_text)"

step "The moderator decides on the page"
http /login
post /login user=anna "password=$(cat "$T/password")"
is "logged in" 303 "$CODE"
http /requests
is "the requests" 200 "$CODE"
has "what the visitor said" 'a new customer' "$(page_text)"
http /requests/2
has "the dossier" 'The listing now.*all of it.*History' "$(page_text)"
post /requests/2/decide do=grant "answer=do take care"
is "granted" 303 "$CODE"
dns_is "the network is not listed any more" "NXDOMAIN +SOA" "$in_net" A
http "$second"
has "the visitor reads the answer" 'was taken off.*do take care' \
    "$(page_text)"
lacks "not who decided" anna "$(sed -n '/<main/,$p' "$T/page")"

step "Undone where it was done"
http /requests/2
post /requests/2/reopen
is "taken back" 303 "$CODE"
dns_is "the network is listed again" "NOERROR A 127.0.0.2" "$in_net" A

step "And on the command line"
ctl request list
has "it waits" "^2 .*waiting .*203.0.115.0/24 .*network" "$OUT"
ctl request ask 2
status_is "a question needs words" 2
ctl request ask 2 --answer "which customer?"
status_is "asked" 0
http "$second"
has "the visitor sees it" 'which customer' "$(page_text)"
visitor_post "$second" text="one in Patras" website=
is "and answers" 303 "$CODE"
ctl request show 2
has "that is kept" 'visitor: one in Patras' "$OUT"
ctl request deny 2 --answer "not yet"
status_is "denied" 0
dns_is "the network is listed" "NOERROR A 127.0.0.2" "$in_net" A
ctl request approve 2
status_is "decided already" 1
ctl request reopen 2
status_is "reopened" 0
ctl request approve 2 --answer "now"
status_is "approved" 0
has "with a serial" '^serial [0-9]+' "$OUT"
dns_is "the network is not listed any more" "NXDOMAIN +SOA" "$in_net" A
ctl request approve 99
status_is "there is none" 1
ctl request show x
status_is "no number" 2
http /removed.csv
has "counted by day" ',requested,[0-9]+' "$(page)"
lacks "without a key" '203\.0\.' "$(page)"
ctl verify
status_is "all is sound" 0
flow_end

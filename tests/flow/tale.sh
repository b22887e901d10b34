# tale.sh - the story of the product from one end to the other: a forwarded
# spam, the queue, a person's decision on the real page, DNS, exports, undo.
#
# Sourced after lib.sh by tests/flow/story.sh, which checks it and goes on to
# the corners, and by ./demo --script, which shows it. Needs flow_begin and a
# configuration; starts both servers, leaves them running and the moderator
# logged in.

tale_relay=203.0.114.9
tale_line=203.0.114.77
tale_sender=offers@bulk-sender.example

tale_start() {
	step "1. A data directory, a moderator, the two servers"
	ctl init
	status_is "init" 0
	od -An -N12 -tx1 /dev/urandom | tr -d ' \n' >"$T/password"
	echo >>"$T/password"
	run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add anna
	status_is "user add" 0
	flow_start rbld
	flow_start rbl-www
	ROADS="udp4 tcp4"
	[ -z "$DNS6" ] || ROADS="$ROADS udp6 tcp6"
	right "both are ready"
}

tale_forward() {
	step "2. Somebody forwards a spam as attachment: rbl-ingest reads it"
	spam_forwarded "$tale_relay" mail.bulk-sender.example \
	    "$tale_sender" 1001 >"$T/spam.eml"
	run_with "$T/spam.eml" "$ingest" -c "$T/rbl.conf" \
	    --submitter postmaster@submitter.example.org
	status_is "rbl-ingest took the mail" 0
	ctl queue list
	status_is "queue list" 0
	has "the relay that handed it over waits for a person" \
	    "$tale_relay .*list" "$OUT"
	lacks "the forwarder is no candidate" '198\.51\.100\.' "$OUT"
	tale_item=$(printf '%s\n' "$OUT" | sed -n "/$tale_relay/s/^\([0-9]*\) .*/\1/p")
	ctl queue show "$tale_item"
	has "with its hops, the boundary among them" 'boundary' "$OUT"
	lacks "what lies below the boundary is not proposed" \
	    'candidate.*192\.0\.2\.77' "$OUT"
}

tale_before() {
	step "3. DNS before the decision: not listed"
	tale_name=$(reversed "$tale_relay").bl.example.test
	dns_is "$tale_relay is not listed" "NXDOMAIN +SOA" "$tale_name" A
	dns_is "and has no text" "NXDOMAIN +SOA" "$tale_name" TXT
}

tale_login() {
	step "4. The moderator logs in through the page"
	http /queue
	is "the queue is for moderators" 401 "$CODE"
	http /login
	is "the form" 200 "$CODE"
	post /login user=anna "password=$(cat "$T/password")"
	is "the password fits" 303 "$CODE"
	http "$(location)"
	is "the queue" 200 "$CODE"
	has "shows the relay" "$tale_relay" "$(page_text)"
	http "/queue/$tale_item"
	is "the item" 200 "$CODE"
	has "shows the boundary" 'boundary' "$(page_text)"
	has "and the spam's subject" 'You have won number 1001' "$(page_text)"
}

# Press the button with the words $2 on the page of item $1.
tale_press() {
	http "/queue/$1"
	t_button=$(form_button "/queue/$1/decide" "$2")
	[ -n "$t_button" ] || wrong "a button \"$2\"" "$(page_text)"
	post "/queue/$1/decide" "$t_button" "reason=$3" until=
	is "\"$2\" was done" 303 "$CODE"
}

tale_approve() {
	step "5. The decision: list it"
	tale_press "$tale_item" "List the IP" "sent to our trap, too"
	http "$(location)"
	has "the item says by whom" 'Listed .*by anna' "$(page_text)"

	step "6. DNS after it: the very next query has the answer"
	dns_is "$tale_relay is listed" "NOERROR A 127.0.0.2" "$tale_name" A
	dns_is "with its text" \
	    "NOERROR TXT \"Listed, see http://bl.example.test/lookup?q=$tale_relay\"" \
	    "$tale_name" TXT
	dns_is "its neighbour is not" "NXDOMAIN +SOA" "10.${tale_name#*.}" A
}

tale_address() {
	step "7. A dynamic line sent the next one: the address is listed instead"
	spam_forwarded "$tale_line" \
	    ppp-203-0-114-77.dynamic.isp.example \
	    "$tale_sender" 1002 pass >"$T/spam2.eml"
	run_with "$T/spam2.eml" "$ingest" -c "$T/rbl.conf" \
	    --submitter postmaster@submitter.example.org
	status_is "rbl-ingest took it" 0
	ctl queue list --json
	has "the advice is to list the address instead" 'address-instead' "$OUT"
	tale_item2=$(printf '%s\n' "$OUT" |
	    sed -n "/$tale_line/s/.*\"id\": *\([0-9]*\).*/\1/p")
	tale_md5=$(md5_of "$tale_sender").em.example.test
	tale_sha1=$(sha1_of "$tale_sender").em.example.test
	dns_is "sha1 of $tale_sender before" "NXDOMAIN +SOA" "$tale_sha1" A
	tale_press "$tale_item2" "List the address" ""
	dns_is "sha1 of $tale_sender after" "NOERROR A 127.0.0.3" \
	    "$tale_sha1" A
	dns_is "md5 of it" "NOERROR A 127.0.0.3" "$tale_md5" A
	dns_is "the line itself is not listed" "NXDOMAIN +SOA" \
	    "$(reversed "$tale_line").bl.example.test" A
}

tale_export() {
	step "8. Exports and the public look-up"
	ctl export ip --format plain
	status_is "export as plain lines" 0
	has "holds the relay" "^$tale_relay" "$OUT"
	ctl export address --format spamassassin
	status_is "export for SpamAssassin" 0
	has "holds the address" "$tale_sender" "$OUT"
	ctl test "$tale_relay"
	status_is "test: listed" 0
	http "/lookup.json?q=$tale_relay"
	is "look-up without log-in" 200 "$CODE"
	has "says that it is listed" '"listed": *true|"verdict": *"listed"' \
	    "$(page)"
	[ -z "${FLOW_SHOW:-}" ] || page | cut -c1-150 | sed 's/^/    /'
}

tale_undo() {
	step "9. It was a mistake: undo it where it was done"
	http "/queue/$tale_item"
	tale_serial=$(tr '<' '\n' <"$T/page" |
	    sed -n 's,^form.* action="/log/\([0-9]*\)/undo".*,\1,p' | head -n 1)
	post "/log/$tale_serial/undo" "reason=the wrong one"
	is "undone" 303 "$CODE"
	dns_is "$tale_relay is not listed any more" "NXDOMAIN +SOA" \
	    "$tale_name" A
	dns_is "the address still is" "NOERROR A 127.0.0.3" "$tale_sha1" A

	step "10. The log has it all, with who and when"
	http /log
	is "the log" 200 "$CODE"
	has "the decision, and that it was taken back" \
	    "undo of #$tale_serial" "$(page_text)"
	ctl history "$tale_relay"
	status_is "history on the command line" 0
	has "by anna" anna "$OUT"
	ctl test "$tale_relay"
	status_is "test: not listed" 3
	ctl verify
	status_is "the store is sound" 0
}

tale() {
	tale_start
	tale_forward
	tale_before
	tale_login
	tale_approve
	tale_address
	tale_export
	tale_undo
}

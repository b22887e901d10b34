#!/bin/sh
# keep.sh - what becomes of mail in the queue, with the real programs:
# receipts, sightings of what is listed, export, expiry, and kill -9.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

mails=$srcdir/tests/data/mail
key=198.52.102.9

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
sed -i "s|^ingest .*|ingest { own-relays = {\"198.51.100.16/28\"}  max-age = never\\
    retention = never  receipts = registered  receipts-a-day = 1\\
    receipt-from = \"report@bl.example.test\"\\
    receipt-command = {\"$T/sendmail\", \"-t\", \"-i\", \"-f\", \"<>\"} }|" \
    "$T/rbl.conf"

# What stands in for sendmail: keeps its arguments and its input.
cat >"$T/sendmail" <<END
#!/bin/sh
printf '%s\n' "\$@" >"$T/argv"
cat >"$T/receipt.tmp"
mv "$T/receipt.tmp" "$T/receipt"
END
chmod +x "$T/sendmail"

# The spam as an attachment, and different bytes each time: $1 tells them
# apart.
mail() {
	sed "s/^Please block the sender.*/Number $1./" "$mails/attachment.eml"
}

# Send mail $1 in, with further arguments.
send() {
	mail "$1" >"$T/mail"
	shift
	run_with "$T/mail" "$ingest" -c "$T/rbl.conf" "$@"
}

wait_for() {
	w_end=$(($(date +%s) + flow_limit))
	while [ ! -e "$1" ] && [ "$(date +%s)" -lt "$w_end" ]; do
		:
	done
}

next_second() {
	n_now=$(date +%s)
	while [ "$(date +%s)" = "$n_now" ]; do
		:
	done
}

ctl init
step "receipts"
ctl submitter add nikos
status_is "registered" 0
ctl submitter token nikos
token=$(printf '%s\n' "$OUT" | grep -Eo '[a-z2-7]{26}' | head -n 1)
send one --submitter nikos@example.gr
status_is "somebody who did not use his secret" 0
lacks "  gets none" 'receipt' "$ERR"
send two --submitter nikos@example.gr \
    --recipient "report+$token@bl.example.test"
status_is "with it" 0
has "  he gets one" '^.*receipt submission=2' "$ERR"
wait_for "$T/receipt"
is "  handed over so" "-t -i -f <>" "$(tr '\n' ' ' <"$T/argv" | sed 's/ $//')"
tr -d '\r' <"$T/receipt" >"$T/text"
has "  to the sender" '^To: <nikos@example.gr>$' "$(cat "$T/text")"
has "  automatically" '^Auto-Submitted: auto-replied$' "$(cat "$T/text")"
has "  with its number" 'submission 2\.' "$(cat "$T/text")"
has "  and counts" '1 joins' "$(cat "$T/text")"
lacks "  and nothing of the mail" 'Fwd|offers|203\.|198\.|Number|a1@' \
    "$(cat "$T/text")"
send three --submitter nikos@example.gr \
    --recipient "report+$token@bl.example.test"
lacks "no second one that day" 'receipt' "$ERR"
run_with "$T/receipt" "$ingest" -c "$T/rbl.conf" \
    --submitter other@example.gr --recipient "report+$token@bl.example.test"
status_is "a receipt that comes back is taken" 0
lacks "  and not answered" 'receipt' "$ERR"
mv "$T/sendmail" "$T/gone"
send four --submitter maria@example.gr \
    --recipient "report+$token@bl.example.test"
status_is "no such program: the mail is stored all the same" 0
has "  and that is said" 'no receipt: No such file.*submission=5' "$ERR"
mv "$T/gone" "$T/sendmail"

step "seen again"
ctl queue list
id=$(printf '%s\n' "$OUT" | awk '/attach|report/ { print $1; exit }')
ctl queue show "$id"
has "four reports, two of them known as one" '4 reports, 2 submitters' "$OUT"
key=$(printf '%s\n' "$OUT" | awk '$1 == "*" && $3 == "ip" { print $4; exit }')
ctl queue approve "$id"
status_is "approved" 0
send five --submitter nikos@example.gr
has "nobody looks at the queue: it waits" 'new=1 joined=0' "$ERR"
ctl queue list
second=$(printf '%s\n' "$OUT" | awk -v k="$key" 'index($0, k) { print $1 }')
ctl queue approve "$second"
ctl queue expire --dry-run
status_is "a dry run" 0
ctl queue expire
status_is "somebody looks" 0
has "  there was nothing" 'waiting again 0' "$OUT"
send six --submitter nikos@example.gr
has "now it is a sighting" 'new=0 joined=0' "$ERR"
ctl test "$key"
status_is "still listed" 0
has "  and seen" 'seen +2 reports by 1 submitter, .*item '"$second"' \(listed' \
    "$OUT"
ctl test --json "$key"
has "  also in JSON" '"seen": ?\{"item": ?'"$second"',.*"count": ?2' "$OUT"
ctl queue expire
has "it stays so" 'waiting again 0' "$OUT"
ctl remove ip "$key"
ctl queue expire
has "removed, and not seen since" 'waiting again 0' "$OUT"
send seven --submitter nikos@example.gr
has "seen since" 'new=0 joined=0' "$ERR"
ctl queue expire
has "  waits again" 'waiting again 1' "$OUT"
ctl queue list
has "  in the list" "^$second .* 3 reports" "$OUT"

step "export"
ctl queue export
status_is "to standard output" 0
is "one line an item" \
    "$(for s in waiting listed dismissed; do
        "$rblctl" -c "$T/rbl.conf" queue list --state $s
    done | wc -l)" \
    "$("$rblctl" -c "$T/rbl.conf" queue export | wc -l)"
ctl queue export --output "$T/away"
status_is "to a folder" 0
is "every mail once" 8 "$(ls "$T/away" | grep -c '\.eml$')"
mail one >"$T/mail"
run cmp "$T/mail" "$T/away/1.eml"
status_is "  byte for byte" 0
is "for its owner only" "drwx------ -rw-------" \
    "$(ls -ld "$T/away" "$T/away/1.eml" | cut -c 1-10 | tr '\n' ' ' |
        sed 's/ $//')"
ctl queue export --output "$T/away"
status_is "not into a folder that is there" 1
ctl queue export --since 1h --mbox --output "$T/box"
status_is "as an mbox" 0
run "$ingest" -c "$T/rbl.conf" --explain --mbox "$T/box/mails.mbox"
status_is "  which can be read back" 0
is "  all of it" 8 "$(printf '%s\n' "$OUT" | grep -c '"kind"')"
ctl queue export --since 2100-01-01
status_is "of a time to come" 0
is "  there is nothing" "" "$OUT"
ctl queue export --output "$T/no/such"
status_is "nowhere" 1

step "expiry"
sed -i "s/retention = never/retention = 1s/" "$T/rbl.conf"
next_second
next_second
ctl queue expire --dry-run --json
has "old mails are counted" '"mails": ?[0-9]' "$OUT"
ctl queue expire
status_is "expired" 0
ctl queue show "$second" --raw
status_is "a waiting item keeps its mail" 0
ctl queue show "$id"
has "a listed one does not" 'no longer kept' "$OUT"
ctl queue show "$id" --json
has "  which JSON says" '"kept": ?false' "$OUT"
ctl verify
status_is "the environment is whole" 0

step "kill -9"
n=0
lost=0
while [ $n -lt 40 ]; do
	mail "kill $n" >"$T/mail.$n"
	"$ingest" -c "$T/rbl.conf" <"$T/mail.$n" 2>"$T/kill.err" &
	k_pid=$!
	"$rblctl" -c "$T/rbl.conf" queue expire >"$T/kill.out" 2>&1 &
	k_expire=$!
	k=0
	while [ $k -lt $((n * 150)) ]; do
		k=$((k + 1))
	done
	kill -9 $k_pid $k_expire 2>/dev/null
	wait $k_expire 2>/dev/null
	wait $k_pid 2>/dev/null
	if [ $? -eq 0 ]; then # it said that it has it
		"$ingest" -c "$T/rbl.conf" <"$T/mail.$n" 2>"$T/kill.err"
		grep -q 'known already' "$T/kill.err" || lost=$((lost + 1))
	else
		"$ingest" -c "$T/rbl.conf" <"$T/mail.$n" 2>"$T/kill.err" ||
		    lost=$((lost + 1))
	fi
	n=$((n + 1))
done
is "nothing was lost" 0 "$lost"
ctl verify
status_is "and all is whole" 0
ctl queue show "$second"
has "40 times, once each" '43 reports' "$OUT"

flow_end

#!/bin/sh
# upload.sh - a mail handed in on the page reaches the queue: the real rbl-www,
# the real rbl-ingest, a browser's form and a program's request by curl.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/lib.sh"

command -v curl >/dev/null 2>&1 || {
	echo 'SKIP: no curl'
	exit 77
}
flow_begin
TMPDIR=$T
export TMPDIR

flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
# by name: the section is there already
sed -i "s|^	*ingest { |ingest { listen = \"unix:$T/lmtp\" max-message = 1M |" \
    "$T/rbl.conf"
ctl init
status_is 'data are made' 0
ctl submitter add nikos --address nikos@example.test --relay 198.51.100.32/28
status_is 'a submitter' 0
ctl submitter token nikos
old=$(printf '%s\n' "$OUT" | grep -oE '[a-z2-7]{26}' | head -n 1)
ctl submitter token nikos
token=$(printf '%s\n' "$OUT" | grep -oE '[a-z2-7]{26}' | head -n 1)
is 'a token' 26 "${#token}"

# Start rbl-ingest and wait for its word.
ingest_start() {
	rm -f "$T/in.pipe"
	mkfifo "$T/in.pipe"
	"$ingest" -c "$T/rbl.conf" --lmtp </dev/null 2>"$T/in.pipe" &
	PID_ingest=$!
	flow_procs="$flow_procs $PID_ingest"
	exec 7<"$T/in.pipe"
	timeout "$flow_limit" sed -u '/rbl-ingest: ready/q' <&7 >>"$T/in.log"
	cat <&7 >>"$T/in.log" &
	flow_procs="$flow_procs $!"
	exec 7<&-
}

mail() {
	cat <<-END
	Received: from mx.example.test (mx.example.test [198.51.100.40])
	 by mail.example.test; Sat, 21 Nov 2026 10:00:02 +0000
	Received: from a.example.net (a.example.net [203.0.113.$1])
	 by mx.example.test; Sat, 21 Nov 2026 10:00:00 +0000
	From: Spammer <spam$1@example.net>
	To: nikos@example.test
	Subject: number $1
	Date: Sat, 21 Nov 2026 09:59:00 +0000
	Message-ID: <$1@a.example.net>

	.a line with a dot
	.
	Buy $1.
	END
}

# POST to /submit as a program with the file $1; $CODE, $OUT.
program() {
	p_file=$1
	shift
	run curl -sS -o "$T/body" -w '%{http_code}' \
	    -H 'Content-Type: message/rfc822' --data-binary "@$p_file" "$@"
	CODE=$OUT
	OUT=$(cat "$T/body")
}

# The same as a browser's form.
form() {
	run curl -sS -o "$T/body" -w '%{http_code}' "$@" "$WWW/submit"
	CODE=$OUT
	OUT=$(cat "$T/body")
}

waiting() {
	ctl queue list --json
	printf '%s\n' "$OUT" | grep -c '"id"'
}

for i in 1 2 3 4 5; do mail $i >"$T/$i.eml"; done
flow_start rbl-www

step 'Nobody takes it'
program "$T/1.eml" -H "Authorization: Bearer $token" "$WWW/submit"
is 'not now' 503 "$CODE"
is 'nothing waits' 0 "$(waiting)"

step 'A program hands in'
ingest_start
program "$T/1.eml" -H "Authorization: Bearer $token" "$WWW/submit"
is 'it is taken' 201 "$CODE"
has 'with its number' '^{"submission":1,"known":false}$' "$OUT"
is 'one waits' 1 "$(waiting)"
ctl queue show 1
has 'it is the relay behind his mail host' '203\.0\.113\.1([^0-9]|$)' "$OUT"
has 'and it is his' 'nikos' "$OUT"
program "$T/1.eml" -H "Authorization: Bearer $token" "$WWW/submit"
is 'the same again' 208 "$CODE"
has 'is known' '"submission":1,"known":true' "$OUT"
is 'and adds nothing' 1 "$(waiting)"

step 'A form hands in'
form -F "secret=$token" -F "mail=@$T/2.eml"
is 'it is taken' 201 "$CODE"
has 'and said' 'It is in the queue as number 2' "$OUT"
has 'with the hops' '<mark class="key">203\.0\.113\.2</mark>' "$OUT"
is 'two wait' 2 "$(waiting)"
form -F "secret=$token" -F "mail=@$T/2.eml"
is 'the same again' 208 "$CODE"
has 'is said' 'The very same mail was here already, as number 2' "$OUT"

step 'What is not taken'
form -F "secret=$old" -F "mail=@$T/3.eml"
is 'a token that was replaced' 403 "$CODE"
form -F "mail=@$T/3.eml"
is 'no token' 403 "$CODE"
form -F "secret=$token" -F "mail=@$T/3.eml" -F "more=@$T/4.eml"
is 'two files' 400 "$CODE"
form -F "secret=$token" -F "mail=text"
is 'no file' 400 "$CODE"
form --data-urlencode "secret=$token" --data-urlencode "mail@$T/3.eml"
is 'an ordinary form' 415 "$CODE"
form -H 'Origin: https://evil.example' -F "secret=$token" \
    -F "mail=@$T/3.eml"
is 'a form of another site' 403 "$CODE"
run curl -sS -o "$T/body" -w '%{http_code}' \
    "$WWW/submit?secret=$token&mail=x&dry-run=0"
is 'a look' 200 "$OUT"
head -c 1200000 /dev/zero >"$T/large"
form -F "secret=$token" -F "mail=@$T/large"
is 'too large' 413 "$CODE"
head -c 1060000 /dev/zero >"$T/large"
form -F "secret=$token" -F "mail=@$T/large"
is 'a little too large' 413 "$CODE"
program "$T/3.eml" -H "Authorization: Bearer $token" "$WWW/submit?dry-run=1"
is 'a dry run' 200 "$CODE"
is 'two wait as before' 2 "$(waiting)"
# half of it: the connection ends before all has come
{
	printf 'POST /submit HTTP/1.1\r\nHost: a\r\n'
	printf 'Authorization: Bearer %s\r\nContent-Length: 5000\r\n' "$token"
	printf 'Content-Type: message/rfc822\r\n\r\nReceived: half'
} >"$T/half"
run_with "$T/half" timeout 5 curl -sS --max-time 2 \
    "telnet://${WWW#http://}"
is 'a mail cut off adds nothing' 2 "$(waiting)"

step 'His own page'
run curl -sS -d "secret=$token" "$WWW/submit/mine"
has 'his reports' 'number 1' "$OUT"
has 'and the other' 'number 2' "$OUT"
has 'they wait' '2 waiting' "$OUT"

step 'The other side ends, and comes back'
flow_stop TERM "$PID_ingest"
program "$T/5.eml" -H "Authorization: Bearer $token" "$WWW/submit"
is 'not now' 503 "$CODE"
ingest_start
program "$T/5.eml" -H "Authorization: Bearer $token" "$WWW/submit"
is 'then it is taken' 201 "$CODE"
is 'three wait' 3 "$(waiting)"

step 'Nothing is left behind'
lacks 'the token stands in no log' "$token|$old" \
    "$(cat "$T/rbl-www.log" "$T/in.log")"
is 'no file of an upload' '' "$(find "$T" -name 'rbl-www.*' ! -name '*.log' \
    ! -name '*.pipe')"
flow_stop TERM "$PID_www"
is 'it ended well' 0 "$STATUS"
flow_end

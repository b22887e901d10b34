#!/bin/sh
# TLS by rbl-www itself: what it refuses to start with, what a browser gets,
# and another certificate while connections stay (SIGHUP).

builddir=${builddir:-.}
srcdir=${srcdir:-.}
. "$srcdir/tests/flow/lib.sh"

for tool in openssl curl; do
	command -v $tool >/dev/null || {
		echo "SKIP: no $tool"
		exit 77
	}
done

flow_begin

# A key and a certificate for localhost, $1: name, $2: days.
make_pair() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -keyout "$T/$1.key" -out "$T/$1.crt" -days "$2" \
	    -subj "/CN=$1" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
	    2>/dev/null || exit 99
	chmod 0600 "$T/$1.key"
}
make_pair one 30
make_pair two 30

flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
sed -i "s|^www .*|www { listen = {\"127.0.0.1@0\"} url = \"https://localhost\"\\
	tls-cert = \"$T/www.crt\" tls-key = \"$T/www.key\" password-cost = 64\\
	access-log = \"$T/access.log\" }|" "$T/rbl.conf"
use() {
	cp "$T/$1.crt" "$T/www.crt.new" && mv "$T/www.crt.new" "$T/www.crt"
	cp -p "$T/${2:-$1}.key" "$T/www.key.new" && mv "$T/www.key.new" "$T/www.key"
}

# ---- what cannot be used is said, with the file ------------------------------

step "files that cannot be used"
check_refused() {
	run "$www" -c "$T/rbl.conf" --check
	status_is "$1" 1
	has "$1" "$2" "$ERR"
}
check_refused "no certificate" "www.crt"
use one two
check_refused "another's key" "is not the key of the certificate"
use one
chmod 0644 "$T/www.key"
check_refused "a key for everybody" "everybody may use it"
chmod 0600 "$T/www.key"
echo "no certificate at all" >"$T/www.crt"
check_refused "no PEM" "no chain of certificates"
use one
echo "no key at all" >"$T/www.key"
check_refused "no key" "no private key"
use one
run "$www" -c "$T/rbl.conf" --check
status_is "the right ones" 0
run "$www" -c "$T/rbl.conf" --help
status_is "help" 0

# ---- what a browser gets -----------------------------------------------------

step "pages over TLS"
run "$rblctl" -c "$T/rbl.conf" init
status_is "init" 0
flow_start rbl-www
PORT=${WWW##*:}
WWW=https://localhost:$PORT
fetch() { # path, more arguments
	f_path=$1
	shift
	curl -s --max-time "$flow_limit" --cacert "$T/one.crt" -D "$T/head" \
	    -o "$T/page" -w '%{http_code}' "$@" "$WWW$f_path" 2>"$T/err"
}
is "a page" 200 "$(fetch /)"
has "HSTS over TLS" "strict-transport-security: max-age=31536000" \
    "$(tr 'A-Z' 'a-z' <"$T/head")"
has "no sniffing" "x-content-type-options: nosniff" \
    "$(tr 'A-Z' 'a-z' <"$T/head")"
is "not in the clear" 000 "$(curl -s -o /dev/null --max-time 20 \
    -w '%{http_code}' "http://127.0.0.1:$PORT/")"
for version in -tls1 -tls1_1; do
	lacks "$version is refused" "Cipher is ECDHE" \
	    "$(openssl s_client -connect 127.0.0.1:$PORT $version \
	    -cipher DEFAULT@SECLEVEL=0 </dev/null 2>&1)"
done
for version in -tls1_2 -tls1_3; do
	has "$version is spoken" "Verification: OK" \
	    "$(openssl s_client -connect 127.0.0.1:$PORT $version \
	    -CAfile "$T/one.crt" </dev/null 2>&1)"
done
is "and still a page" 200 "$(fetch /login)"

# ---- another certificate, while a connection stays ---------------------------

step "another certificate"
subject() {
	openssl s_client -connect 127.0.0.1:$PORT </dev/null 2>/dev/null |
	    openssl x509 -noout -subject 2>/dev/null
}
# Wait until the log holds the line $1 for the $2nd time.
said() {
	timeout "$flow_limit" sh -c '
		while [ "$(grep -c -- "$1" "$2")" -lt "$3" ]; do sleep 0.1; done
	' sh "$1" "$T/rbl-www.log" "$2"
	is "said: $1" 0 $?
}
mkfifo "$T/in"
openssl s_client -quiet -connect 127.0.0.1:$PORT -CAfile "$T/one.crt" \
    <"$T/in" >"$T/kept" 2>/dev/null &
KEPT=$!
flow_procs="$flow_procs $KEPT"
exec 9>"$T/in"
ask_kept() {
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n' "$1" >&9
	timeout "$flow_limit" sh -c '
		while ! grep -q "$1" "$2"; do sleep 0.1; done
	' sh "$2" "$T/kept"
	is "the connection that stays: $1" 0 $?
}
ask_kept /robots.txt "User-agent"
has "the first" "CN = one" "$(subject)"
use two
kill -HUP "$PID_www"
said "configuration read again" 1
has "the second" "CN = two" "$(subject)"
ask_kept /healthz "^ok"

step "a wrong one leaves the one before"
echo "broken" >"$T/www.crt"
kill -HUP "$PID_www"
said "configuration not taken" 1
has "still the second" "CN = two" "$(subject)"
use one two
kill -HUP "$PID_www"
said "configuration not taken" 2
has "still the second" "CN = two" "$(subject)"
ask_kept /lookup.json "\"error\""
exec 9>&-
use one
kill -HUP "$PID_www"
said "configuration read again" 2
has "the first again" "CN = one" "$(subject)"

# ---- the access log ----------------------------------------------------------

step "the access log"
fetch "/lookup?q=192.0.2.77&token=secret" -H "Cookie: secret=1" \
    -A "secret browser" >/dev/null
fetch "/nothing/secret-path" >/dev/null
timeout "$flow_limit" sh -c '
	while ! grep -q "status=404" "$1"; do sleep 0.1; done' sh "$T/access.log"
LOG=$(cat "$T/access.log")
has "a line" "client=127.0.0.1 method=GET route=/lookup status=200" "$LOG"
has "what is nowhere" "route=- status=404" "$LOG"
has "over TLS" "tls=yes" "$LOG"
lacks "no query" "192.0.2.77" "$LOG"
lacks "no secret" "secret" "$LOG"
is "others do not read it" "640" "$(stat -c %a "$T/access.log")"
mv "$T/access.log" "$T/access.log.1"
kill -HUP "$PID_www"
said "configuration read again" 3
is "after it was moved away" 200 "$(fetch /policy-or-not -o /dev/null -w 200)"
timeout "$flow_limit" sh -c 'while ! [ -s "$1" ]; do sleep 0.1; done' sh \
    "$T/access.log"
has "a new file" "method=GET" "$(cat "$T/access.log")"

flow_stop TERM "$PID_www"
is "it ends well" 0 "$STATUS"
flow_end

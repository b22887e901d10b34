#!/bin/sh
# People over real HTTP: the first log-in with a one-time password, codes from
# another program for them, sessions of two browsers, what an exporter gets,
# and what is left of all that in the log of rblctl.

builddir=${builddir:-.}
srcdir=${srcdir:-.}
. "$srcdir/tests/flow/lib.sh"

for tool in curl python3; do
	command -v $tool >/dev/null || {
		echo "SKIP: no $tool"
		exit 77
	}
done

flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
sed -i 's/^\twww .*//; s/^www .*/www { listen = {"127.0.0.1@0"} password-cost = 64 }/' \
    "$T/rbl.conf"
ctl init
status_is "init" 0
echo 'a first password' >"$T/password"
run_with "$T/password" "$rblctl" -c "$T/rbl.conf" user add anna --role admin \
    --one-time
status_is "user add" 0
flow_start rbl-www

# The code that a telephone shows for the key $1, $2 steps from now: by another
# program than the one that is tested.
code() {
	python3 - "$1" "$2" <<'END'
import base64, hashlib, hmac, struct, sys, time
key = base64.b32decode(sys.argv[1])
step = int(time.time()) // 30 + int(sys.argv[2])
mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
at = mac[19] & 15
print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 10**6))
END
}

log_in() { # name, password
	http /login
	post /login "user=$1" "password=$2"
}

# ---- the first log-in --------------------------------------------------------

step "a one-time password"
log_in anna 'a first password'
is "let in" 303 "$CODE"
is "to the account" /account "$(location)"
http /queue
is "nothing else before that" 303 "$CODE"
http /account
is "the account" 200 "$CODE"
has "says why" "Somebody else made your password" "$(cat "$T/page")"
post /account/password "old=a wrong one" "new=anna has a horse" \
    "again=anna has a horse"
is "the old one is asked for" 403 "$CODE"
http /account
post /account/password "old=a first password" "new=anna has a horse" \
    "again=anna has a horse"
is "changed" 303 "$CODE"
http /queue
is "then on" 200 "$CODE"

# ---- codes -------------------------------------------------------------------

step "codes"
http /account/codes
KEY=$(form_hidden /account/codes/on | sed -n 's/^secret=//p')
is "a key of 160 bits" 32 "${#KEY}"
has "for the telephone" "otpauth://totp/[^\"]*secret=$KEY" "$(cat "$T/page")"
post /account/codes/on "code=000000" "password=anna has a horse"
is "a wrong code" 400 "$CODE"
post /account/codes/on "code=$(code "$KEY" -1)" "password=anna has a horse"
is "on" 200 "$CODE"
RECOVERY=$(sed -n 's/.*<code>\(....-....-....-....\)<.*/\1/p' "$T/page" |
    head -n 1)
is "a recovery code" 19 "${#RECOVERY}"
mv "$T/cookies" "$T/cookies.one"
log_in anna 'anna has a horse'
is "the code is asked for" 200 "$CODE"
lacks "no session yet" "__Host-sid" "$(cat "$T/cookies")"
post /login "code=$(code "$KEY" -1)"
is "not the same again" 401 "$CODE"
NOW=$(code "$KEY" 1)
post /login "code=$NOW"
is "the next" 303 "$CODE"
mv "$T/cookies" "$T/cookies.two"
log_in anna 'anna has a horse'
post /login "code=$NOW"
is "a replay" 401 "$CODE"
post /login "code=$RECOVERY"
is "a recovery code" 303 "$CODE"

# ---- sessions ----------------------------------------------------------------

step "sessions"
cp "$T/cookies" "$T/cookies.three"
http /account -A "Mozilla/5.0 (X11; Linux x86_64) Firefox/115.0"
has "the network in words" "127\.0\.0\.0/24" "$(cat "$T/page")"
is "three of them" 3 "$(grep -o 'name="session" value="[0-9a-f]*"' \
    "$T/page" | wc -l)"
TOKEN=$(form_hidden /account/sessions/end | sed -n 's/^token=//p')
http /account/sessions/end -d "token=$TOKEN" -d session=others
is "all but this" 303 "$CODE"
for n in one two; do
	cp "$T/cookies.$n" "$T/cookies"
	http /queue
	is "$n is out" 401 "$CODE"
done
cp "$T/cookies.three" "$T/cookies"
http /queue
is "this one is not" 200 "$CODE"

# ---- others ------------------------------------------------------------------

step "an exporter"
http /users
post /users/add "user=mirror" "role=exporter" "weight=1"
is "added" 200 "$CODE"
ONCE=$(sed -n 's/.*<code>\(....-....-....-....\)<.*/\1/p' "$T/page")
is "a password, once" 19 "${#ONCE}"
http /users
lacks "not a second time" "$ONCE" "$(cat "$T/page")"
mv "$T/cookies" "$T/cookies.anna"
log_in mirror "$ONCE"
is "let in" 303 "$CODE"
http /account
post /account/password "old=$ONCE" "new=a mirror's own" "again=a mirror's own"
is "a password of its own" 303 "$CODE"
for path in /queue /entries /log /users /queue/1 /queue/1/raw; do
	http $path
	is "not $path" 403 "$CODE"
done
for path in / /account '/lookup?q=192.0.2.1' /healthz; do
	http "$path"
	is "but $path" 200 "$CODE"
done
rm -f "$T/cookies"
for n in 1 2 3; do
	log_in mirror "a guess"
	is "guess $n" 401 "$CODE"
done
log_in mirror "a mirror's own"
is "then even the right one waits" 429 "$CODE"
has "and says how long" "^[Rr]etry-[Aa]fter: [0-9]" "$(cat "$T/head")"
log_in anna 'anna has a horse'
is "nobody else does" 200 "$CODE"

step "with rblctl"
cp "$T/cookies.anna" "$T/cookies"
ctl user totp-reset anna
status_is "totp-reset" 0
ctl user logout anna
status_is "logout" 0
http /queue
is "is out" 401 "$CODE"
log_in anna 'anna has a horse'
is "without a code again" 303 "$CODE"
ctl user log
status_is "the log is whole" 0
for what in added password totp-on recovery-code totp-off logged-out; do
	has "it has $what" "  $what  " "$OUT"
done
lacks "and no secret" "$KEY|horse|$ONCE" "$OUT"

step "two languages"
http '/?lang=el'
has "Greek" '<html lang="el">' "$(cat "$T/page")"
http /login
http /lookup
has "stays" '<html lang="el">' "$(cat "$T/page")"
has "varies" "^[Vv]ary: .*Accept-Language" "$(cat "$T/head")"

flow_stop TERM "$PID_www"
is "it ends well" 0 "$STATUS"
flow_end

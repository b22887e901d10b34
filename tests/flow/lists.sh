#!/bin/sh
# lists.sh - what is published, fetched over HTTP by subscribers.

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
. "$srcdir/tests/flow/lib.sh"

command -v curl >/dev/null 2>&1 || {
	echo "SKIP: no curl"
	exit 77
}
flow_begin
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<-END
	publish { dir = "$T/exports"  formats = {"plain", "csv", "zonefile"} }
	zone "ip.example.test" {
	    lists = {"address"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test"
	}
END
ctl init
ctl add ip 203.0.113.0/24
ctl add address ann@example.test
ctl subscriber add all
ALL=$(printf '%s\n' "$OUT" | sed -n 's/^token //p')
ctl subscriber add Some --list ip
SOME=$(printf '%s\n' "$OUT" | sed -n 's/^token //p')
ctl subscriber add over --until 1s
OVER=$(printf '%s\n' "$OUT" | sed -n 's/^token //p')
flow_start rbl-www

# CURL-ARGUMENTS... PATH: $CODE, headers $HEAD, body in $T/body
get() {
	rm -f "$T/body"
	CODE=$(curl -s -D "$T/head" -o "$T/body" -w '%{http_code}' "$@")
	HEAD=$(tr -d '\r' <"$T/head")
	BODY=$(head -c 3000 "$T/body" 2>/dev/null | tr -d '\0')
}
L=$WWW/lists

step "nothing is published yet"
get -u "all:$ALL" "$L/ip.plain"
is "503" 503 "$CODE"
ctl publish
status_is "publish" 0

step "who may"
get "$L/ip.plain"
is "nobody" 401 "$CODE"
has "  is asked who he is" '^WWW-Authenticate: Basic realm=' "$HEAD"
lacks "  and sees nothing" '203' "$BODY"
get -u "all:$ALL" "$L/ip.plain"
is "name and token" 200 "$CODE"
cmp -s "$T/body" "$T/exports/current/ip.plain"
is "  the very file" 0 $?
has "  not for others' caches" '^Cache-Control: private, no-cache$' "$HEAD"
get -H "Authorization: Bearer $ALL" "$L/ip.plain"
is "the token alone" 200 "$CODE"
get -u "ALL:$ALL" "$L/ip.csv"
is "a name has no case" 200 "$CODE"
get -u "some:$SOME" "$L/ip.plain"
is "a list of his" 200 "$CODE"
get -u "some:$SOME" "$L/address.plain"
is "a list that is not" 403 "$CODE"
get -u "some:$SOME" "$L/address.plain.sha256"
is "  nor its sum" 403 "$CODE"
get -u "some:$SOME" "$L/ip.example.test.zonefile"
is "  nor a zone, whatever its name" 403 "$CODE"
get -u "all:$ALL" "$L/ip.example.test.zonefile"
is "a zone, for who may have all" 200 "$CODE"
get -u "some:$ALL" "$L/ip.plain"
is "another's token" 401 "$CODE"
timeout 20 sh -c "until [ \"\$(curl -s -o /dev/null -w '%{http_code}' \
    -u 'over:$OVER' '$L/ip.plain')\" != 200 ]; do sleep 0.2; done"
get -u "over:$OVER" "$L/ip.plain"
has "whose time is over" '401|429' "$CODE"
for bad in 'Basic !!' 'Basic' 'Basic OmE=' 'Bearer' 'Bearer x' 'Digest x' "Basic $(head -c 400 /dev/zero | base64 -w0)"; do
	get -H "Authorization: $bad" "$L/ip.plain"
	has "refused: $(printf '%.20s' "$bad")" '401|429' "$CODE"
done
get -H "Authorization: Bearer wrong" "$L/ip.plain"
is "wrong ones are slowed down" 429 "$CODE"
has "  for how long" '^Retry-After: [0-9]+$' "$HEAD"
get -u "all:$ALL" "$L/ip.plain"
is "the right one is not" 200 "$CODE"

step "names"
for bad in nothing.here .lock ..%2f..%2frbl.conf %2e%2e/rbl.conf ip.plain/ 'ip.plain%00' IP.PLAIN v2-0 current; do
	get --path-as-is -u "all:$ALL" "$L/$bad"
	has "$bad is nothing" '^40[04]$' "$CODE"
done
get --path-as-is -u "all:$ALL" "$L/../rbl.conf"
has "no way up" '^40[04]$' "$CODE"
get -u "all:$ALL" -X POST -d x=1 "$L/ip.plain"
has "not by POST" '^40[35]$' "$CODE"

step "conditions"
get -u "all:$ALL" "$L/ip.plain"
etag=$(printf '%s\n' "$HEAD" | sed -n 's/^ETag: //p')
mod=$(printf '%s\n' "$HEAD" | sed -n 's/^Last-Modified: //p')
size=$(wc -c <"$T/exports/current/ip.plain")
get -u "all:$ALL" -H "If-None-Match: $etag" "$L/ip.plain"
is "If-None-Match" 304 "$CODE"
is "  no body" "" "$BODY"
has "  the ETag again" "^ETag: $etag\$" "$HEAD"
get -u "all:$ALL" -H 'If-None-Match: "x", W/"y"' "$L/ip.plain"
is "another" 200 "$CODE"
get -u "all:$ALL" -H "If-Modified-Since: $mod" "$L/ip.plain"
is "If-Modified-Since" 304 "$CODE"
get -u "all:$ALL" -H "If-Modified-Since: $mod" -H 'If-None-Match: "x"' "$L/ip.plain"
is "the tag counts before the time" 200 "$CODE"
get -u "all:$ALL" -H "If-Modified-Since: soon" "$L/ip.plain"
is "no time at all" 200 "$CODE"
get -u "all:$ALL" -I "$L/ip.plain"
is "HEAD" 200 "$CODE"
has "  with the length" "^Content-Length: $size\$" "$HEAD"

step "packed"
get -u "all:$ALL" -H 'Accept-Encoding: br;q=1, gzip;q=0.5' "$L/ip.plain"
has "gzip is welcome" '^Content-Encoding: gzip$' "$HEAD"
gzip -dc <"$T/body" | cmp -s - "$T/exports/current/ip.plain"
is "  and is the file" 0 $?
lacks "  with a tag of its own" "^ETag: $etag\$" "$HEAD"
has "  depends" '^Vary: Accept-Encoding$' "$HEAD"
get -u "all:$ALL" -H 'Accept-Encoding: gzip;q=0, *' "$L/ip.plain"
lacks "gzip is not" '^Content-Encoding' "$HEAD"
get -u "all:$ALL" -H 'Accept-Encoding: gzip' "$L/ip.plain.gz"
lacks "the packed file itself is packed once" '^Content-Encoding' "$HEAD"

step "ranges"
range() {
	get -u "all:$ALL" -H "Range: $1" "$L/ip.plain"
	is "$1" "$2" "$CODE"
	if [ "$2" = 206 ]; then
		has "  says so" "^Content-Range: bytes $3-$4/$size\$" "$HEAD"
		tail -c "+$(($3 + 1))" "$T/exports/current/ip.plain" |
		    head -c $(($4 - $3 + 1)) | cmp -s - "$T/body"
		is "  those bytes" 0 $?
	fi
}
range bytes=0-0 206 0 0
range bytes=5-9 206 5 9
range bytes=5- 206 5 $((size - 1))
range bytes=-7 206 $((size - 7)) $((size - 1))
range bytes=-999999 206 0 $((size - 1))
range bytes=3-999999999999 206 3 $((size - 1))
range "bytes=$size-" 416
has "  the size" "^Content-Range: bytes \*/$size\$" "$HEAD"
range bytes=-0 416
for whole in bytes=9-5 bytes=1-2,4-5 bytes=a-b bytes=- lines=1-2 \
    bytes=99999999999999999999-; do
	range "$whole" 200
done
get -u "all:$ALL" -H "Range: bytes=1-2" -H "If-Range: $etag" "$L/ip.plain"
is "If-Range holds" 206 "$CODE"
get -u "all:$ALL" -H "Range: bytes=1-2" -H 'If-Range: "x"' "$L/ip.plain"
is "If-Range does not" 200 "$CODE"
head -c 10 "$T/exports/current/ip.plain" >"$T/part"
curl -s -u "all:$ALL" -C - -o "$T/part" "$L/ip.plain"
cmp -s "$T/part" "$T/exports/current/ip.plain"
is "curl goes on where it stopped" 0 $?

step "what there is, what changed"
get -u "some:$SOME" "$L/"
has "his list" '"ip.plain"' "$BODY"
lacks "  not the other" 'address|zonefile' "$BODY"
get -u "all:$ALL" "$L/manifest.json"
has "all" '"address.plain"' "$BODY"
get -u "some:$SOME" "$L/changes?since=0"
is "changes" 200 "$CODE"
has "  of his list" '"list":"ip","key":"203.0.113.0/24","state":"listed"' "$BODY"
lacks "  not of the other" ann "$BODY"
ctl remove address ann@example.test
get -u "all:$ALL" "$L/changes?since=2"
has "a removal, at once" '"key":"ann@example.test","state":"absent"' "$BODY"
lacks "  nothing before it" '203' "$BODY"
get -u "all:$ALL" "$L/changes?since=3"
is "nothing since" 1 "$(printf '%s\n' "$BODY" | grep -c .)"
for bad in '' '?since=' '?since=x' '?since=-1' '?since=99999999999999999999'; do
	get -u "all:$ALL" "$L/changes$bad"
	is "changes$bad" 400 "$CODE"
done
get -u "all:$ALL" "$L/changes?since=99"
is "a serial to come" 410 "$CODE"
get "$L/changes?since=0"
has "for subscribers alone" '401|429' "$CODE"
get "$WWW/subscribers"
lacks "who they are is no stranger's business" 'some' "$BODY"

step "a large file, taken slowly, is not held in memory"
i=0
python3 -c '
for a in range(200000): print("45.%d.%d.%d" % (a >> 16, a >> 8 & 255, a & 255))' >"$T/many"
ctl import ip "$T/many" --format plain --skip-bad
ctl publish
before=$(awk '/VmRSS/ { print $2 }' "/proc/$PID_www/status")
while [ $i -lt 8 ]; do
	i=$((i + 1))
	curl -s -u "all:$ALL" --limit-rate 2M -o "$T/big$i" "$L/ip.csv" &
	big="${big:-} $!"
done
wait $big
after=$(awk '/VmRSS/ { print $2 }' "/proc/$PID_www/status")
cmp -s "$T/big8" "$T/exports/current/ip.csv"
is "whole" 0 $?
size=$(($(wc -c <"$T/big8") / 1024))
[ $((after - before)) -lt "$size" ]
is "eight at once took less than one ($((after - before)) of $size KiB)" 0 $?

step "removed"
ctl subscriber remove all
get -u "all:$ALL" "$L/ip.plain"
has "fetches nothing any more" '401|429' "$CODE"
flow_stop TERM "$PID_www"
is "rbl-www ends" 0 "$STATUS"
ctl subscriber list --json
has "what was fetched is counted" '"name":"some".*"fetches":[1-9]' "$OUT"
has "  and when" '"name":"some".*"last_fetch":"20' "$OUT"
flow_end

# lib.sh - what the flow tests and ./demo share: a folder with a configuration
# of its own, the real programs on free ports, questions and comparisons.
#
# Sourced with $builddir (where the programs are) and $srcdir (the source
# tree) set. Nothing here sleeps: a program is waited for by reading what it
# says. FLOW_SHOW=1 shows each command with what came back, as ./demo --script
# does; otherwise each check is one line.
#
#   flow_begin            folder $T, removed by flow_end or when all ends
#   flow_config           $T/rbl.conf, and $T/data by "rblctl init"
#   flow_start rbld       ... and $DNS4, $DNS6 hold ports, or rbl-www: $WWW
#   run COMMAND...        $OUT, $ERR, $STATUS
#   is WHAT WANT GOT      one check; also has, lacks, status_is, dns_is
#   flow_end              "N checks, N wrong"; exits 1 if any was wrong

LC_ALL=C
export LC_ALL
unset RBL_CONF

rbld=$builddir/rbld/rbld
rblctl=$builddir/zone/rblctl
ingest=$builddir/ingest/rbl-ingest
www=$builddir/www/rbl-www

flow_checks=0
flow_wrong=0
flow_procs=
flow_limit=${FLOW_LIMIT:-60} # seconds for a program to be ready or to end

# ---- a place of one's own ---------------------------------------------------

flow_begin() {
	for f_prog in "$rbld" "$rblctl" "$ingest" "$www"; do
		[ -x "$f_prog" ] || {
			printf '%s is not built\n' "$f_prog" >&2
			exit 99
		}
	done
	T=$(mktemp -d "${TMPDIR:-/tmp}/rbld-flow.XXXXXX") || exit 99
	trap flow_clean EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	trap 'exit 141' PIPE
}

flow_clean() {
	for f_pid in $flow_procs; do
		kill -9 "$f_pid" 2>/dev/null
	done
	wait 2>/dev/null
	[ ! -d "$T/tiny" ] || umount "$T/tiny" 2>/dev/null
	chmod -R u+rwX "$T" 2>/dev/null
	rm -rf "$T"
}

flow_end() {
	printf '%s: %d checks, %d wrong\n' "${0##*/}" "$flow_checks" \
	    "$flow_wrong"
	[ "$flow_wrong" -eq 0 ] || exit 1
	exit 0
}

flow_has_ipv6() {
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null
}

# The configuration of the tests. Places to listen on are $1 (dns) and $2
# (www), as the file wants them; lines from standard input are added to it.
flow_config() {
	f_dns=$1
	f_www=$2
	cat >"$T/rbl.conf" <<-END
	data-dir = "$T/data"
	map-size = "1G"

	list "ip"      { kind = "ip"  wide-v4 = 24  wide-at = 2 }
	list "address" { kind = "address"  code = "127.0.0.3" }

	zone "bl.example.test" {
	    lists        = {"ip"}
	    ns           = {"ns1.example.test", "ns2.example.test"}
	    hostmaster   = "hostmaster.example.test"
	    ttl          = 15m
	    negative-ttl = 5m
	    text         = "Listed, see http://bl.example.test/lookup?q=\$"
	}
	zone "em.example.test" {
	    lists        = {"address"}
	    ns           = {"ns1.example.test"}
	    hostmaster   = "hostmaster.example.test"
	    text         = "Listed: \$r"
	}

	# documentation ranges stand for the Internet here
	guard { allow = {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
	                 "2001:db8::/32"} }

	dns    { listen = {$f_dns}  rate-limit = 0 }
	ingest { own-relays = {"198.51.100.16/28"}  max-age = never }
	www    { listen = {$f_www} }
	END
	cat >>"$T/rbl.conf"
}

# ---- programs ---------------------------------------------------------------

# Start a program and read what it says until it is ready. All it says is in
# $T/PROGRAM.log; its process is $PID and $PID_rbld or $PID_www.
flow_start() {
	f_name=$1
	case $f_name in
	rbld) f_path=$rbld ;;
	rbl-www) f_path=$www ;;
	esac
	shift
	f_pipe=$T/$f_name.pipe
	rm -f "$f_pipe"
	mkfifo "$f_pipe"
	: >"$T/$f_name.log"
	"$f_path" -c "$T/rbl.conf" "$@" </dev/null 2>"$f_pipe" &
	PID=$!
	flow_procs="$flow_procs $PID"
	exec 8<"$f_pipe"
	# -u: not a byte more than the line is taken from the pipe
	timeout "$flow_limit" sed -u "/$f_name: ready/q" <&8 >"$T/$f_name.log"
	if ! grep -q "$f_name: ready" "$T/$f_name.log"; then
		printf '%s did not become ready; it said:\n' "$f_name" >&2
		sed 's/^/  /' "$T/$f_name.log" >&2
		exit 1
	fi
	cat <&8 >>"$T/$f_name.log" &
	flow_procs="$flow_procs $!"
	exec 8<&-
	case $f_name in
	rbld)
		PID_rbld=$PID
		DNS4=$(flow_port rbld '127\.0\.0\.1')
		DNS6=$(flow_port rbld '::1')
		;;
	rbl-www)
		PID_www=$PID
		WWW=http://127.0.0.1:$(flow_port rbl-www '127\.0\.0\.1')
		;;
	esac
}

flow_port() {
	sed -n "s/.*listening on \[\{0,1\}$2\]\{0,1\}@\([0-9]*\).*/\1/p" \
	    "$T/$1.log" | head -n 1
}

# Signal $1 to process $2, then wait for its end: $STATUS.
flow_stop() {
	kill "-$1" "$2"
	# a process that does not end is ended, and its status tells
	timeout "$flow_limit" tail --pid="$2" -f /dev/null ||
	    kill -9 "$2" 2>/dev/null
	wait "$2" 2>/dev/null
	STATUS=$?
}

# ---- commands ---------------------------------------------------------------

# Run a command; what a person would type is shown when FLOW_SHOW is set.
run() {
	"$@" >"$T/out" 2>"$T/err"
	STATUS=$?
	OUT=$(cat "$T/out")
	ERR=$(cat "$T/err")
	flow_show "$*"
}

# The same with the file $1 as standard input.
run_with() {
	f_in=$1
	shift
	"$@" <"$f_in" >"$T/out" 2>"$T/err"
	STATUS=$?
	OUT=$(cat "$T/out")
	ERR=$(cat "$T/err")
	flow_show "$* < $f_in"
}

flow_show() {
	if [ -z "${FLOW_SHOW:-}" ]; then
		return 0
	fi
	printf '%s\n' "$1" | sed "s,$builddir/[a-z]*/,,g; s,$T/,,g; s/^/  \$ /"
	cat "$T/out" "$T/err" | head -n "${FLOW_LINES:-12}" | cut -c1-150 |
	    sed 's/^/    /'
}

ctl() {
	run "$rblctl" -c "$T/rbl.conf" "$@"
}

# A chapter of the story.
step() {
	printf '\n%s\n' "$*"
}

# ---- comparisons ------------------------------------------------------------

right() {
	flow_checks=$((flow_checks + 1))
	if [ -n "${FLOW_SHOW:-}" ]; then
		printf '  ok: %s\n' "$1"
	fi
}

wrong() {
	flow_checks=$((flow_checks + 1))
	flow_wrong=$((flow_wrong + 1))
	printf '  WRONG: %s\n' "$1"
	shift
	for f_line in "$@"; do
		printf '%s\n' "$f_line" | head -n 20 | sed 's/^/    /'
	done
}

is() {
	if [ "$2" = "$3" ]; then
		right "$1"
	else
		wrong "$1" "expected: $2" "found:    $3"
	fi
}

# $3 has a line that the extended regular expression $2 matches.
has() {
	if printf '%s\n' "$3" | grep -Eq -e "$2"; then
		right "$1"
	else
		wrong "$1" "expected: $2" "found:    $3"
	fi
}

lacks() {
	if printf '%s\n' "$3" | grep -Eq -e "$2"; then
		wrong "$1" "not expected: $2" "found:    $3"
	else
		right "$1"
	fi
}

# How the last command ended.
status_is() {
	if [ "$STATUS" -eq "$2" ]; then
		right "$1"
	else
		wrong "$1" "expected: exit $2" "found:    exit $STATUS" \
		    "$OUT" "$ERR"
	fi
}

# ---- DNS --------------------------------------------------------------------

# Ask for NAME TYPE by ROAD (udp4 udp6 tcp4 tcp6), with further arguments of
# dig. $ANSWER: the code, the records, "+SOA" if the authority section has it:
# "NOERROR A 127.0.0.2", "NXDOMAIN +SOA".
ask() {
	a_road=$1
	shift
	case $a_road in
	*4) a_to="@127.0.0.1 -p $DNS4" ;;
	*6) a_to="@::1 -p $DNS6" ;;
	esac
	case $a_road in
	tcp*) a_to="$a_to +tcp" ;;
	*) a_to="$a_to +notcp +ignore" ;;
	esac
	dig $a_to +norecurse +tries=1 +timeout=10 +noall +comments +answer \
	    +authority "$@" >"$T/out" 2>"$T/err"
	ANSWER=$(flow_digest <"$T/out")
	if [ -n "${FLOW_SHOW:-}" ]; then
		printf '  $ dig %s %s\n' "${a_to% +notcp*}" "$*"
		sed -n '/^[^;]/p
			s/^;; ->>HEADER<<-.*\(status: [A-Z]*\).*/\1/p' \
		    "$T/out" | sed 's/^/    /'
	fi
}

flow_digest() {
	awk '
		/^;; ->>HEADER<<-/ { sub(/.*status: /, ""); sub(/,.*/, "")
			printf "%s", $0 }
		/^;; ANSWER SECTION/ { part = 1 }
		/^;; AUTHORITY SECTION/ { part = 2 }
		/^;; (ADDITIONAL|connection)/ { part = 0 }
		/^;; (no servers|communications error|.*timed out)/ {
			printf "no answer" }
		/^[^;]/ && part == 1 { type = $4
			sub(/^[^ \t]+[ \t]+[0-9]+[ \t]+IN[ \t]+[A-Z0-9]+[ \t]+/,
			    "")
			printf " %s %s", type, $0 }
		/^[^;]/ && part == 2 { printf " +%s", $4 }'
}

# Every road there is gives the same answer; the first one's is shown.
dns_is() {
	d_what=$1
	d_want=$2
	shift 2
	d_show=${FLOW_SHOW:-}
	d_right=
	for d_road in $ROADS; do
		ask "$d_road" "$@"
		FLOW_SHOW=
		if [ "$ANSWER" = "$d_want" ]; then
			right "$d_what"
			d_right="$d_right $d_road"
		else
			wrong "$d_what ($d_road)" "expected: $d_want" \
			    "found:    $ANSWER"
		fi
	done
	FLOW_SHOW=$d_show
	if [ -n "$d_show" ]; then
		printf '  ok: %s (%s)\n' "$d_what" "${d_right# }"
	fi
}

# The query name of an address below a zone, RFC 5782.
reversed() {
	awk -v ip="$1" 'BEGIN {
		if (index(ip, ":") == 0) {
			n = split(ip, p, ".")
			for (i = n; i > 0; i--)
				printf "%s%s", p[i], (i > 1 ? "." : "")
			exit
		}
		at = index(ip, "::")
		if (at > 0) {
			head = substr(ip, 1, at - 1)
			tail = substr(ip, at + 2)
			n = split(head, h, ":")
			m = split(tail, t, ":")
			all = ""
			for (i = 1; i <= n; i++)
				all = all sprintf("%4s", h[i])
			for (i = n + m; i < 8; i++)
				all = all "0000"
			for (i = 1; i <= m; i++)
				all = all sprintf("%4s", t[i])
		} else {
			n = split(ip, h, ":")
			for (i = 1; i <= n; i++)
				all = all sprintf("%4s", h[i])
		}
		gsub(/ /, "0", all)
		for (i = 32; i > 0; i--)
			printf "%s%s", substr(all, i, 1), (i > 1 ? "." : "")
	}'
}

# Labels of an address in a zone of addresses.
md5_of() { printf '%s' "$1" | md5sum | cut -d' ' -f1; }
sha1_of() { printf '%s' "$1" | sha1sum | cut -d' ' -f1; }
sha256_of() { # RFC 4648 base32 without its padding
	printf '%s' "$1" | sha256sum | cut -d' ' -f1 |
	    tr -d '\n' | tr a-f A-F | basenc --base16 -d |
	    basenc --base32 -w0 | tr -d = | tr A-Z a-z
}

# ---- the pages --------------------------------------------------------------

# A request as a browser makes it, with its cookies: $CODE, and the page in
# $T/page, its headers in $T/head.
http() {
	h_path=$1
	shift
	CODE=$(curl -s -b "$T/cookies" -c "$T/cookies" --max-time "$flow_limit" \
	    -D "$T/head" -o "$T/page" -w '%{http_code}' "$@" \
	    "$WWW$h_path" 2>"$T/err")
	if [ -n "${FLOW_SHOW:-}" ]; then
		printf '  %s %s -> %s\n' "${h_verb:-GET}" "$h_path" "$CODE"
	fi
	h_verb=
}

# Send the form of the page in hand whose action is $1: its hidden fields, and
# the fields name=value behind it.
post() {
	p_action=$1
	shift
	{
		form_hidden "$p_action"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} | sed 's/[\\"]/\\&/g; s/.*/data-urlencode = "&"/' >"$T/form"
	h_verb=POST
	http "$p_action" -X POST -K "$T/form"
}

# The form of the page in hand that posts to $1, on one line.
form_of() {
	tr '\n' ' ' <"$T/page" | sed 's/<form/\n<form/g; s,</form>,&\n,g' |
	    grep -F -e " action=\"$1\"" | grep -F 'method="post"' | head -n 1
}

# Its hidden fields name=value, one a line.
form_hidden() {
	form_of "$1" | sed 's/</\n</g' |
	    sed -n 's/^<input type="hidden" name="\([^"]*\)" value="\([^"]*\)".*/\1=\2/p'
}

# name=value of its first button whose words contain $2.
form_button() {
	form_of "$1" | sed 's/<button/\n<button/g' |
	    sed -n 's,</button>.*,,
		s/^<button.* name="\([^"]*\)" value="\([^"]*\)">/\1=\2|/p' |
	    sed 's/<[^>]*>//g' |
	    grep -F -e "$2" | head -n 1 | cut -d'|' -f1
}

# Where the last answer sends the browser to.
location() {
	tr -d '\r' <"$T/head" | sed -n 's/^[Ll]ocation: //p'
}

page() {
	cat "$T/page"
}

# The page as a person reads it: no markup, blanks run together.
page_text() {
	sed 's/<[^>]*>/ /g' "$T/page" | tr '\n' ' ' | tr -s ' '
}

# ---- mail -------------------------------------------------------------------

# A spam from $1 (relay) with rDNS $2 and From: $3, forwarded as attachment by
# a submitter. $4 makes it differ from others; $5 is what the submitter's
# server found out about From: ("pass", or nothing).
spam_forwarded() {
	cat <<-END
	Received: from ws7.office.example.org (ws7.office.example.org [198.51.100.20])
	 by mail.submitter.example.org (Postfix) with ESMTPSA id 4F1A2B3C4D
	 for <spam@bl.example.test>; Fri, 20 Nov 2026 11:02:00 +0200 (EET)
	Message-ID: <forward-$4@submitter.example.org>
	Date: Fri, 20 Nov 2026 11:02:00 +0200
	From: Postmaster <postmaster@submitter.example.org>
	To: spam@bl.example.test
	Subject: Fwd: spam
	MIME-Version: 1.0
	Content-Type: multipart/mixed; boundary="=_outer_$4"

	--=_outer_$4
	Content-Type: text/plain; charset=us-ascii

	One more for the list.

	--=_outer_$4
	Content-Type: message/rfc822
	Content-Disposition: attachment; filename="spam.eml"

	END
	spam_raw "$1" "$2" "$3" "$4" "${5:-}"
	printf '\n--=_outer_%s--\n' "$4"
}

# The spam itself, as the submitter's server got it.
spam_raw() {
	r_ip=$1
	case $1 in
	*:*) r_ip=IPv6:$1 ;;
	esac
	printf 'Return-Path: <%s>\n' "$3"
	[ -z "${5:-}" ] || printf '%s\n' \
	    "Authentication-Results: mx.submitter.example.org;" \
	    " dmarc=$5 header.from=${3#*@}"
	cat <<-END
	Received: from mx.submitter.example.org (mx.submitter.example.org [198.51.100.18])
	 by store.submitter.example.org (Postfix) with ESMTP id 3B9ACA00AA
	 for <someone@submitter.example.org>; Fri, 20 Nov 2026 10:00:02 +0200 (EET)
	Received: from $2 ($2 [$r_ip])
	 by mx.submitter.example.org (Postfix) with ESMTP id 1A2B3C4D5E
	 for <someone@submitter.example.org>; Fri, 20 Nov 2026 10:00:01 +0200 (EET)
	Received: from unknown (HELO user) (192.0.2.77)
	 by $2 with SMTP; Fri, 20 Nov 2026 09:59:58 +0200
	Message-ID: <spam-$4@bulk.example>
	Date: Fri, 20 Nov 2026 09:59:58 +0200
	From: "Cheap Offers" <$3>
	To: someone@submitter.example.org
	Subject: You have won number $4
	MIME-Version: 1.0
	Content-Type: text/plain; charset=utf-8

	Click here, before midnight. Offer $4.
	END
}

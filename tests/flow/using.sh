#!/bin/sh
# using.sh - the snippets of /use, as the real programs read them: taken out of
# the text that rbl-www gives for three configurations, each program checks its
# own. Nothing is asked in DNS. That they also hit is tests/clients/*.sh.
#
# Programs are found beside $PEERS (./check unpacks some there), in PATH, and
# below $MTAS, a folder into which packages were unpacked, for example
#
#   apt-get download exim4-daemon-light libidn12 sendmail-cf opensmtpd rspamd \
#       libhyperscan5 postfix spamassassin
#   for deb in *.deb; do dpkg -x "$deb" "$MTAS"; done
#
# One that is not there is said and left out; none at all skips the test.
set -u
: "${srcdir:=.}" "${builddir:=.}" "${MTAS:=/nonexistent}"
. "$srcdir/tests/flow/lib.sh"

command -v curl >/dev/null 2>&1 || {
	echo 'SKIP: no curl'
	exit 77
}
flow_begin
PATH=$PATH:/usr/sbin
unpacked=$MTAS
libs_in=usr/lib/$(gcc -print-multiarch 2>/dev/null || uname -m)
checked=0

# The program $1, installed or unpacked: $PROGRAM runs it, $MTAS is the folder
# it is in and $libs that of its libraries. ./check unpacks each set of
# packages into a folder of its own, beside its commands.
program() {
	for p_root in $(printf '%s\n' "${PEERS:-}" | tr : ' '); do
		for p_dir in usr/bin usr/sbin; do
			if [ -x "$p_root/../root/$p_dir/$1" ]; then
				MTAS=$(CDPATH= cd -- "$p_root/../root" && pwd)
				libs=$MTAS/$libs_in
				PROGRAM=$MTAS/$p_dir/$1
				return 0
			fi
		done
	done
	MTAS=$unpacked
	libs=$MTAS/$libs_in
	PROGRAM=$(command -v "$1") && return 0
	for p_dir in usr/bin usr/sbin; do
		if [ -x "$MTAS/$p_dir/$1" ]; then
			PROGRAM=$MTAS/$p_dir/$1
			return 0
		fi
	done
	printf 'SKIP: no %s, its page is not looked at\n' "$1"
	return 1
}

# All snippets of page $1 for the file that begins with $2, in order.
snippets() {
	curl -fsS "$WWW/use/$1?as=text" | awk -v want="$2" '
		/^```/ { take = !in_one && index(substr($0, 5), want) == 1
			in_one = !in_one; next }
		in_one && take { print }'
}

spamassassin_reads() {
	program spamassassin || return 0
	mkdir -p "$T/sa/site"
	cp "$T/snippet" "$T/sa/site/rbl.cf"
	echo 'required_score 5' >"$T/sa/stock.cf"
	# the tables that the plug-ins want, and nothing else
	{
		printf 'loadplugin Mail::SpamAssassin::Plugin::%s\n' Check DNSEval \
		    HashBL URIDNSBL
		printf 'util_rb_tld gr com\ndns_available no\n'
		printf 'use_bayes 0\n'
	} >"$T/sa/site/init.pre"
	run perl -I"$MTAS/usr/share/perl5" -T "$PROGRAM" -L --lint \
	    -C "$T/sa" --siteconfigpath="$T/sa/site" -p /dev/null
	[ "$STATUS" -eq 0 ] || [ -z "$ERR" ] || printf '%s\n' "$ERR"
	status_is "$1: SpamAssassin takes it" 0
	lacks "$1: without a warning" 'warn' "$ERR"
	checked=$((checked + 1))
}

postfix_reads() {
	program postconf || return 0
	rm -rf "$T/pf" && mkdir "$T/pf"
	{
		printf 'compatibility_level = 3.6\n'
		cat "$T/snippet"
	} >"$T/pf/main.cf"
	: >"$T/pf/master.cf"
	run env LD_LIBRARY_PATH="$libs:$MTAS/usr/lib/postfix" "$PROGRAM" \
	    -c "$T/pf" -n
	status_is "$1: postconf reads it" 0
	is "$1: without a warning" "" "$ERR"
	is "$1: every line is one of Postfix's" \
	    "$(grep -c '^[a-z]' "$T/snippet")" \
	    "$(printf '%s\n' "$OUT" | grep -c -e '^smtpd_recipient_re' -e \
		'^postscreen_dnsbl_')"
	lacks "$1: nothing without a code" \
	    'reject_rbl_client [^ =]*,|reject_rhsbl_[a-z_]* [^ =]*,' "$OUT"
	checked=$((checked + 1))
}

# Exim wants a user of its own, as root: only its own rights are left then.
exim_reads() {
	program exim4 || return 0
	{
		printf 'exim_user = %s\nexim_group = %s\n' "$(id -u)" "$(id -g)"
		printf 'primary_hostname = mx.example.test\n'
		printf 'acl_smtp_rcpt = acl_check_rcpt\n'
		printf 'acl_smtp_data = acl_check_data\nbegin acl\n'
		printf 'acl_check_rcpt:\n'
		cat "$T/snippet"
		printf '  accept\nacl_check_data:\n'
		cat "$T/snippet.data"
		printf '  accept\nbegin routers\nbegin transports\n'
	} >"$T/exim.conf"
	chmod 644 "$T/exim.conf"
	cp /etc/passwd "$T/passwd"
	cp /etc/group "$T/group"
	grep -q '^Debian-exim:' "$T/passwd" || {
		echo 'Debian-exim:x:64990:64990::/nonexistent:/bin/false' \
		    >>"$T/passwd"
		echo 'Debian-exim:x:64990:' >>"$T/group"
	}
	unshare -m true 2>/dev/null || {
		printf 'SKIP: no namespaces, the page of Exim is not looked at\n'
		return 0
	}
	run unshare -m sh -c '
		mount --bind "$1/passwd" /etc/passwd &&
		mount --bind "$1/group" /etc/group || exit 77
		cd / && LD_LIBRARY_PATH=$2 exec "$3" -C "$1/exim.conf" -bV' \
	    sh "$T" "$libs" "$PROGRAM"
	if [ "$STATUS" -eq 77 ]; then
		printf 'SKIP: no mounts, the page of Exim is not looked at\n'
		return 0
	fi
	status_is "$1: Exim takes it" 0
	checked=$((checked + 1))
}

sendmail_reads() {
	cf=/usr/share/sendmail/cf
	for s_root in $(printf '%s\n' "${PEERS:-}" | tr : ' '); do
		[ -d "$cf" ] || cf=$s_root/../root/usr/share/sendmail/cf
	done
	[ -d "$cf" ] || cf=$unpacked/usr/share/sendmail/cf
	if [ ! -d "$cf" ] || ! command -v m4 >/dev/null 2>&1; then
		printf 'SKIP: no %s, its page is not looked at\n' \
		    'm4 or sendmail-cf'
		return 0
	fi
	{
		printf 'divert(0)dnl\nOSTYPE(`linux'\'')dnl\n'
		cat "$T/snippet"
		printf 'MAILER(`smtp'\'')dnl\n'
	} >"$T/sendmail.mc"
	run sh -c 'cd "$1" && m4 "-D_CF_DIR_=$1/" "$1/m4/cf.m4" "$2"' sh \
	    "$cf" "$T/sendmail.mc"
	status_is "$1: m4 takes it" 0
	lacks "$1: without a warning" 'WARNING|ERROR|Warning' "$OUT$ERR"
	has "$1: the code is compared with its dot" \
	    '127\.0\.0\.2\.' "$OUT"
	has "$1: the zone is asked" '\$-\.\$-\.\$-\.\$-' "$OUT"
	checked=$((checked + 1))
}

rspamd_reads() {
	program rspamadm || return 0
	share=/usr/share/rspamd etc=/etc/rspamd
	[ -d $share ] || share=$MTAS$share
	[ -d $etc ] || etc=$MTAS$etc
	mkdir -p "$T/rs"
	cp -r "$etc/." "$T/rs/"
	mkdir -p "$T/rs/local.d"
	cp "$T/snippet" "$T/rs/local.d/rbl.conf"
	cp "$T/snippet.data" "$T/rs/local.d/rbl_group.conf"
	set -- "$1" --var=CONFDIR="$T/rs" --var=LOCAL_CONFDIR="$T/rs" \
	    --var=SHAREDIR="$share" --var=RULESDIR="$share/rules" \
	    --var=LUALIBDIR="$share/lualib" --var=PLUGINSDIR="$share/plugins" \
	    --var=DBDIR="$T" --var=RUNDIR="$T" --var=LOGDIR="$T"
	name=$1
	shift
	run env "LD_LIBRARY_PATH=$libs:$MTAS/usr/lib/rspamd" "$PROGRAM" "$@" \
	    configtest -c "$T/rs/rspamd.conf"
	status_is "$name: rspamadm takes it" 0
	has "$name: and says so" 'syntax OK' "$OUT"
	run env "LD_LIBRARY_PATH=$libs:$MTAS/usr/lib/rspamd" "$PROGRAM" "$@" \
	    configdump -c "$T/rs/rspamd.conf" rbl
	has "$name: the zone is among its lists" 'example\.test' "$OUT"
	checked=$((checked + 1))
}

opensmtpd_reads() {
	program smtpd || return 0
	{
		cat "$T/snippet" | sed 's/listen on all/listen on lo/'
		printf 'action "relay" relay\nmatch for any action "relay"\n'
	} >"$T/smtpd.conf"
	run env LD_LIBRARY_PATH="$libs" "$PROGRAM" -n -f "$T/smtpd.conf"
	case $ERR in
	*[Uu]ser*|*getpwnam*)
		printf 'SKIP: smtpd wants users of its own: %s\n' "$ERR"
		return 0
		;;
	esac
	status_is "$1: smtpd takes it" 0
	checked=$((checked + 1))
}

qmail_reads() {
	run sh -n "$T/snippet"
	status_is "$1: the shell reads rblsmtpd's" 0
	has "$1: rblsmtpd asks a zone" 'rblsmtpd -r [a-zA-Z.0-9]*\.test' \
	    "$(cat "$T/snippet")"
}

# Every page of the site that runs, under the name $1.
look() {
	snippets spamassassin /etc >"$T/snippet"
	spamassassin_reads "$1"
	snippets postfix /etc/postfix/main.cf >"$T/snippet"
	postfix_reads "$1"
	snippets exim 'exim.conf acl_check_rcpt' >"$T/snippet"
	snippets exim 'exim.conf acl_check_data' >"$T/snippet.data"
	exim_reads "$1"
	snippets rspamd /etc/rspamd/local.d/rbl.conf >"$T/snippet"
	snippets rspamd /etc/rspamd/local.d/rbl_group.conf >"$T/snippet.data"
	rspamd_reads "$1"
	snippets sendmail sendmail.mc >"$T/snippet"
	sendmail_reads "$1"
	snippets opensmtpd /etc >"$T/snippet"
	opensmtpd_reads "$1"
	snippets qmail /service >"$T/snippet"
	qmail_reads "$1"
	run curl -fsS "$WWW/use?as=text"
	status_is "$1: the overview" 0
	lacks "$1: no word of the template is left" \
	    '@[A-Z]+@|^@(for|if|else|end)' \
	    "$OUT$(for p in spamassassin postfix exim rspamd sendmail \
		opensmtpd qmail; do curl -fsS "$WWW/use/$p?as=text"; done)"
}

step 'Two zones, as the tests have them'
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' </dev/null
ctl init
status_is 'data are made' 0
flow_start rbl-www
look two
flow_stop TERM "$PID_www"

step 'Every kind, two zones of one, several codes, a subscriber'\''s key'
flow_config '"127.0.0.1@0"' '"127.0.0.1@0"' <<'END'
list "dynamic" { kind = "ip"  code = "127.0.0.4" }
list "domain"  { kind = "domain" }
zone "all.example.test" {
    lists = {"ip", "dynamic"}  ns = {"ns1.example.test"}
    hostmaster = "hostmaster.example.test"
}
zone "keyed.example.test" {
    lists = {"dynamic"}  ns = {"ns1.example.test"}  access-keys = yes
    hostmaster = "hostmaster.example.test"
}
zone "8-and-so-on.dbl.example.test" {
    lists = {"domain"}  ns = {"ns1.example.test"}
    hostmaster = "hostmaster.example.test"
}
END
flow_start rbl-www
look every
flow_stop TERM "$PID_www"

[ "$checked" -gt 0 ] || {
	echo 'SKIP: none of the programs is here, see $MTAS'
	[ "$flow_wrong" -gt 0 ] || exit 77
}
flow_end

#!/bin/sh
# sendmail.sh - Debian's Sendmail with the lines of /use/sendmail: see client.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/clients/client.sh"
client_outside Sendmail mailstats "$@"
client_inside
sendmail=/usr/libexec/sendmail/sendmail
cf=/usr/share/sendmail/cf
[ -x $sendmail ] && [ -f $cf/m4/cf.m4 ] || skip "no Sendmail"
command -v m4 >/dev/null 2>&1 || skip "no m4"
add_user smmta 64105
add_user smmsp 64106

# A daemon at port $1 with the lines of the file $2.
daemon() {
	{
		cat <<-END
		divert(0)dnl
		OSTYPE(\`linux')dnl
		define(\`confDOMAIN_NAME', \`mx.example.test')dnl
		define(\`confDEF_USER_ID', \`65534:65534')dnl
		define(\`confSERVICE_SWITCH_FILE', \`/etc/mail/switch')dnl
		define(\`ALIAS_FILE', \`')dnl
		define(\`QUEUE_DIR', \`/var/spool/mqueue')dnl
		define(\`STATUS_FILE', \`/var/lib/statistics')dnl
		define(\`confPID_FILE', \`$T/sendmail.$1.pid')dnl
		define(\`confDELIVERY_MODE', \`queueonly')dnl
		define(\`confTO_IDENT', \`0')dnl
		define(\`confTO_RESOLVER_RETRANS', \`1s')dnl
		define(\`confTO_RESOLVER_RETRY', \`1')dnl
		define(\`confBAD_RCPT_THROTTLE', \`0')dnl
		define(\`confDONT_PROBE_INTERFACES', \`true')dnl
		DAEMON_OPTIONS(\`Name=four, Family=inet, Port=$1')dnl
		DAEMON_OPTIONS(\`Name=six, Family=inet6, Addr=::1, Port=$1')dnl
		FEATURE(\`no_default_msa')dnl
		FEATURE(\`nocanonify')dnl
		FEATURE(\`accept_unresolvable_domains')dnl
		RELAY_DOMAIN(\`example.test')dnl
		END
		cat "$2"
		printf 'MAILER(`local'\'')dnl\nMAILER(`smtp'\'')dnl\n'
	} >"$T/sendmail.mc"
	run m4 -D_CF_DIR_=$cf/ $cf/m4/cf.m4 "$T/sendmail.mc"
	status_is "m4 takes it" 0
	is "without a word" "" "$ERR"
	printf '%s\n' "$OUT" >"/etc/mail/sendmail.$1.cf"
	$sendmail -C "/etc/mail/sendmail.$1.cf" -Am -bD >"$T/sm.$1.log" 2>&1 &
	flow_procs="$flow_procs $!"
	greets "$1"
}

mkdir -p /var/spool/mqueue /etc/mail
chmod 700 /var/spool/mqueue
chmod 755 /etc/mail
echo 'hosts files dns' >/etc/mail/switch
: >/etc/mail/sendmail.cf # makemap wants one
printf '127.0.0.1 %s.example.test %s mx.example.test localhost\n' \
    "$(uname -n)" "$(uname -n)" >/etc/hosts
# so that looking for a client's name takes no time
for ip in $listed4 $listed4b $clean4 127.0.0.2 $listed6 $clean6; do
	echo "$ip client.example.gr" >>/etc/hosts
done
to=someone@example.test
exported ip sendmail /etc/mail/rbl_ip
exported address sendmail /etc/mail/rbl_address

step "the lines of the guide"
guide sendmail sendmail.mc >"$T/dns.mc"
guide sendmail /etc/mail/sendmail.mc >"$T/file.mc"
guide sendmail sh >"$T/file.sh"
has "the guide has lines for files" access_db "$(cat "$T/file.mc")"
printf 'Connect:127.0.0.9\tOK\n' >/etc/mail/access
run sh "$T/file.sh"
status_is "its command makes the map" 0
daemon 25 "$T/dns.mc"
daemon 27 "$T/file.mc"

step "by DNS"
PORT=25
forget
taken "a clean server" "$clean4" "$clean_from" $to
taken "the null sender" "$clean4" "" $to
taken "127.0.0.1" 127.0.0.1 "$clean_from" $to
taken "by IPv6, which it never asks about" "$clean6" "$clean_from" $to
taken "so a listed one too" $listed6 "$clean_from" $to
no='(connect|ehlo|mail|rcpt) 55[04] .*'
refused "a listed server" \
    "${no}Mail from $listed4 refused - see http.*/lookup\?q=$listed4" $listed4 \
    "$clean_from" $to
refused "by the other code" "$no refused" $listed4b "$clean_from" $to
refused "127.0.0.2" "$no refused" 127.0.0.2 "$clean_from" $to
asked "a $(reversed $listed4).bl.example.test"
not_asked '.*\.f\.f\.f\.[0-9a-f.]*bl.example.test'

step "by file"
PORT=27
forget
taken "a clean server" "$clean4" "$clean_from" $to
taken "by IPv6" "$clean6" "$clean_from" $to
refused "a listed server" "$no" $listed4 "$clean_from" $to
refused "by IPv6" "$no" $listed6 "$clean_from" $to
refused "a listed sender" "$no" "$clean4" "$listed_from" $to
not_asked '.*\.example\.test'

PORT=25
for mode in servfail refused dead lie sell; do
	step "a resolver that does this: $mode"
	resolver $mode
	forget
	taken "a listed server" $listed4 "$clean_from" $to
	asked "a $(reversed $listed4).bl.example.test"
done
flow_end

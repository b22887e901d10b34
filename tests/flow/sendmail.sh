#!/bin/sh
# sendmail.sh - a real Sendmail hands mail over, by the mailer of rbl-ingest(1)
# as it stands there, and none is lost: see mta.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/flow/mta.sh"
mta_outside Sendmail makemap "$@"
mta_inside
sendmail=/usr/libexec/sendmail/sendmail
cf=/usr/share/sendmail/cf
[ -x $sendmail ] && [ -f $cf/m4/cf.m4 ] || skip "no Sendmail"
command -v m4 >/dev/null 2>&1 || skip "no m4"

add_user smmta 64105
add_user smmsp 64106

sendmail_mc() {
	cat <<-END
	divert(0)
	OSTYPE(\`linux')
	define(\`confDOMAIN_NAME', \`mx.example.test')
	define(\`confDEF_USER_ID', \`65534:65534')
	define(\`confSERVICE_SWITCH_FILE', \`/etc/mail/switch')
	define(\`ALIAS_FILE', \`')
	define(\`QUEUE_DIR', \`/var/spool/mqueue')
	define(\`STATUS_FILE', \`/var/lib/statistics')
	define(\`confPID_FILE', \`/var/run/sendmail.test.pid')
	define(\`confTO_QUEUERETURN', \`1h')
	define(\`confDONT_PROBE_INTERFACES', \`true')
	FEATURE(\`nocanonify')
	FEATURE(\`accept_unresolvable_domains')
	FEATURE(\`mailertable', \`hash /etc/mail/mailertable')
	MAILER(\`local')
	MAILER(\`smtp')
	END
	mta_example "From Sendmail, in"
}

mta_send() {
	$sendmail -C /etc/mail/sendmail.cf -Am -odq -oi -f a@x.test "$1"
}
mta_theirs() {
	find /var/spool/mqueue -name 'qf*' 2>/dev/null | wc -l
}
mta_flush() {
	$sendmail -C /etc/mail/sendmail.cf -Am -q >/dev/null 2>&1 9>&- &
	$sendmail -C /etc/mail/sendmail.cf -Am -q >/dev/null 2>&1 9>&- &
}

mkdir -p /var/spool/mqueue /etc/mail
chmod 700 /var/spool/mqueue
chmod 755 /etc/mail
echo 'hosts files' >/etc/mail/switch
: >/etc/resolv.conf
# it asks for its own name, and sleeps when nobody knows it
printf '127.0.0.1 %s.example.test %s mx.example.test localhost\n' \
    "$(uname -n)" "$(uname -n)" >/etc/hosts
sendmail_mc >"$T/sendmail.mc"
m4 -D_CF_DIR_=$cf/ $cf/m4/cf.m4 "$T/sendmail.mc" >/etc/mail/sendmail.cf \
    2>"$T/err" || wrong "sendmail.cf" "$(cat "$T/err")"
sed -n 's/.*Dq \([^ ]* rblingest:[^ ]*\)$/\1/p' \
    "$srcdir/doc/man/rbl-ingest.1" | sed 's/bl\.example\.gr/pipe.test/g' |
    makemap hash /etc/mail/mailertable
run $sendmail -C /etc/mail/sendmail.cf -bv "report+Secret@pipe.test"
has "Sendmail knows the way" 'mailer rblingest' "$OUT$ERR"

step "by pipe"
mta_story pipe 6
flow_end

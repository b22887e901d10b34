#!/bin/sh
# opensmtpd.sh - Debian's OpenSMTPD with the files of /use/opensmtpd: see
# client.sh. The filter that asks by DNS is not in Debian.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/clients/client.sh"
client_outside OpenSMTPD smtpd "$@"
client_inside
add_user opensmtpd 64108
add_user opensmtpq 64109
mkdir -p /etc/mail /var/spool/smtpd /var/lib/opensmtpd/empty
chmod 711 /var/spool/smtpd

to=someone@example.test
step "the files of the guide"
exported ip opensmtpd /etc/mail/rbl_ip
exported address opensmtpd /etc/mail/rbl_address
guide opensmtpd smtpd.conf >"$T/guide"
has "the guide has lines for files" '^table' "$(cat "$T/guide")"
{
	sed 's/^listen on all/listen on lo/' "$T/guide"
	printf 'table sinks { "@" = "nobody" }\n'
	printf 'action "keep" maildir "%s/mail" virtual <sinks>\n' "$T"
	printf 'match from any for domain "example.test" action "keep"\n'
} >"$T/smtpd.conf"
mkdir "$T/mail" && chmod 777 "$T/mail"
chmod 644 "$T/smtpd.conf"
run smtpd -n -f "$T/smtpd.conf"
status_is "smtpd takes it" 0
smtpd -d -f "$T/smtpd.conf" >"$T/smtpd.log" 2>&1 &
flow_procs="$flow_procs $!"
greets 25

forget
taken "a clean server" "$clean4" "$clean_from" $to
taken "by IPv6" "$clean6" "$clean_from" $to
taken "the null sender" "$clean4" "" $to
taken "127.0.0.1" 127.0.0.1 "$clean_from" $to
refused "a listed server" '[a-z]+ 550 .*listed' $listed4 "$clean_from" $to
refused "a listed sender" 'mail 550 .*listed' "$clean4" \
    Spammer.Name@Example.GR $to
refused "with a tag" 'mail 550 .*listed' "$clean4" "$listed_from" $to
not_asked '.*\.example\.test'

command -v filter-dnsbl >/dev/null 2>&1 ||
    echo "SKIP: no filter-dnsbl, OpenSMTPD's questions by DNS are not tried"
flow_end

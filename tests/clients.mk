# Real programs that ask our lists, set up from the guide's own text. They need
# ports, users and folders of their own: see tests/clients/client.sh. What they
# show of us is the same with a sanitizer's build, so that leaves them out.
client_tests = \
	tests/clients/exim.sh \
	tests/clients/opensmtpd.sh \
	tests/clients/postfix.sh \
	tests/clients/rblsmtpd.sh \
	tests/clients/rspamd.sh \
	tests/clients/sendmail.sh \
	tests/clients/spamassassin.sh
if !SANITIZE
TESTS += $(client_tests)
endif
EXTRA_DIST += $(client_tests) \
	tests/clients/client.sh \
	tests/clients/resolver.py \
	tests/clients/smtp.py

# The whole programs: see tests/flow/lib.sh. A name that ends in .sh is run by
# the shell; "make check-quick" leaves these out.
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = $(SHELL)

flow_tests = \
	tests/flow/abuse.sh \
	tests/flow/accounts.sh \
	tests/flow/badinput.sh \
	tests/flow/browser.sh \
	tests/flow/clients.sh \
	tests/flow/counters.sh \
	tests/flow/damage.sh \
	tests/flow/delist.sh \
	tests/flow/domain.sh \
	tests/flow/import.sh \
	tests/flow/keep.sh \
	tests/flow/kill.sh \
	tests/flow/live.sh \
	tests/flow/mails.sh \
	tests/flow/rbldnsd.sh \
	tests/flow/resolvers.sh \
	tests/flow/secondaries.sh \
	tests/flow/story.sh \
	tests/flow/units.sh \
	tests/flow/tls.sh \
	tests/flow/upkeep.sh
TESTS += $(flow_tests)
# Minutes of waiting for the mail servers' own clocks: once is enough.
mta_tests = \
	tests/flow/exim.sh \
	tests/flow/postfix.sh \
	tests/flow/sendmail.sh
if !SANITIZE
TESTS += $(mta_tests)
endif
EXTRA_DIST += $(flow_tests) $(mta_tests) tests/flow/mta.sh \
	tests/flow/browser.py \
	tests/flow/lib.sh \
	tests/flow/mails.py \
	tests/flow/tale.sh \
	tests/tools/bare-debian.sh \
	tests/tools/sanitize.sh \
	tests/tools/setup.sh

# What they ask with: built for "make check", run by the scripts alone.
flow_programs = \
	tests/flow/abuse \
	tests/flow/follow \
	tests/flow/hold \
	tests/flow/load \
	tests/flow/peer \
	tests/flow/rbldiff
EXTRA_PROGRAMS += $(flow_programs)
check_DATA += $(flow_programs)
CLEANFILES += $(flow_programs)
tests_flow_abuse_SOURCES = tests/flow/abuse.c tests/flow/peer.h \
	tests/unit/reply.h
tests_flow_follow_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_flow_follow_SOURCES = tests/flow/follow.c tests/unit/draw_keys.h \
	tests/unit/reply.h
tests_flow_follow_LDADD = $(ZONE_LIBS) $(LDNS_LIBS)
tests_flow_load_SOURCES = tests/flow/load.c tests/flow/peer.h \
	tests/unit/reply.h
tests_flow_peer_SOURCES = tests/flow/peer.c tests/flow/peer.h \
	tests/unit/reply.h
tests_flow_peer_LDADD = $(BASE_LIBS)
tests_flow_rbldiff_SOURCES = tests/flow/rbldiff.c tests/flow/rbldiff.h \
	tests/flow/rbldiff_make.c
tests_flow_rbldiff_LDADD = $(BASE_LIBS)
tests_flow_hold_SOURCES = tests/flow/hold.c
tests_flow_hold_LDADD = $(ZONE_LIBS)

# Unit, property and fuzz corpus: no other server, no network, no browser.
check-quick: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(check_PROGRAMS)'
.PHONY: check-quick

# The script "check" cannot stand in EXTRA_DIST: make would take the name for
# its own target and run all tests to make a tarball.
dist-hook:
	cp -p $(srcdir)/check $(distdir)/check

# What visitors are given to copy.
public_flow_tests = \
	tests/flow/upload.sh \
	tests/flow/using.sh
TESTS += $(public_flow_tests)
EXTRA_DIST += $(public_flow_tests)

# The pages in a real browser: tests/browser is what drives it.
page_tests = \
	tests/flow/pages-day.sh \
	tests/flow/pages-looks.sh \
	tests/flow/pages-visitor.sh \
	tests/flow/pages-xss.sh
TESTS += $(page_tests)
EXTRA_DIST += $(page_tests) tests/flow/pages.sh \
	tests/browser/day.mjs \
	tests/browser/get.sh \
	tests/browser/hostile.mjs \
	tests/browser/lib.mjs \
	tests/browser/looks.mjs \
	tests/browser/mails.mjs \
	tests/browser/modules \
	tests/browser/more.conf \
	tests/browser/visitor.mjs \
	tests/browser/xss.mjs
distclean-local: distclean-pages
distclean-pages:
	rm -rf tests/browser/modules.d tests/out
.PHONY: distclean-pages
backup_tests = tests/flow/backup.sh
TESTS += $(backup_tests)
EXTRA_DIST += $(backup_tests)

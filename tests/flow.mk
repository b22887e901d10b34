# The whole programs: see tests/flow/lib.sh. A name that ends in .sh is run by
# the shell; "make check-quick" leaves these out.
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = $(SHELL)

flow_tests = \
	tests/flow/badinput.sh \
	tests/flow/browser.sh \
	tests/flow/kill.sh \
	tests/flow/story.sh
TESTS += $(flow_tests)
EXTRA_DIST += $(flow_tests) \
	tests/flow/browser.py \
	tests/flow/lib.sh \
	tests/flow/tale.sh \
	tests/tools/bare-debian.sh \
	tests/tools/sanitize.sh \
	tests/tools/setup.sh

# Unit, property and fuzz corpus: no other server, no network, no browser.
check-quick: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(check_PROGRAMS)'
.PHONY: check-quick

# The script "check" cannot stand in EXTRA_DIST: make would take the name for
# its own target and run all tests to make a tarball.
dist-hook:
	cp -p $(srcdir)/check $(distdir)/check

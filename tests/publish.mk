# Export, publication and what fetches it.
publish_tests = \
	tests/flow/check.sh \
	tests/flow/formats.sh \
	tests/flow/lists.sh \
	tests/flow/publish.sh \
	tests/flow/rsync.sh
TESTS += $(publish_tests)
EXTRA_DIST += $(publish_tests)

check_PROGRAMS += tests/unit/test_zone_subscribers
tests_unit_test_zone_subscribers_SOURCES = tests/unit/test_zone_subscribers.c
tests_unit_test_zone_subscribers_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_www_fetch
tests_unit_test_www_fetch_SOURCES = tests/unit/test_www_fetch.c
tests_unit_test_www_fetch_LDADD = $(WWW_LIBS)

# rblctl and the list formats.
check_PROGRAMS += \
	tests/unit/test_zone_format \
	tests/fuzz/fuzz_format \
	tests/fuzz/fuzz_reply

tests_unit_test_zone_format_SOURCES = \
	tests/unit/test_zone_format.c tests/unit/check.h
tests_unit_test_zone_format_LDADD = $(ZONE_LIBS)

tests_fuzz_fuzz_format_SOURCES = tests/fuzz/fuzz_format.c $(tests_replay)
tests_fuzz_fuzz_format_LDADD = $(ZONE_LIBS)

# The program's own reader of replies: it is in no library.
tests_fuzz_fuzz_reply_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c $(tests_replay) \
	zone/ctl_ask.c zone/ctl_ask.h
tests_fuzz_fuzz_reply_LDADD = $(ZONE_LIBS)

TESTS += tests/flow/rblctl.sh
EXTRA_DIST += tests/flow/rblctl.sh tests/fuzz/format.in tests/fuzz/reply.in

check_PROGRAMS += tests/unit/test_zone_rbldnsd
tests_unit_test_zone_rbldnsd_SOURCES = tests/unit/test_zone_rbldnsd.c
tests_unit_test_zone_rbldnsd_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_format_out
tests_unit_test_zone_format_out_SOURCES = tests/unit/test_zone_format_out.c
tests_unit_test_zone_format_out_LDADD = $(tests_zone)

# What keeps the lists in order: sweep, purge, applied configuration, verify.

check_PROGRAMS += tests/unit/test_zone_sweep
tests_unit_test_zone_sweep_SOURCES = tests/unit/test_zone_sweep.c \
	tests/unit/store_world.h
tests_unit_test_zone_sweep_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_purge
tests_unit_test_zone_purge_SOURCES = tests/unit/test_zone_purge.c \
	tests/unit/store_world.h
tests_unit_test_zone_purge_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_cover
tests_unit_test_zone_cover_SOURCES = tests/unit/test_zone_cover.c
tests_unit_test_zone_cover_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_past
tests_unit_test_zone_past_SOURCES = tests/unit/test_zone_past.c \
	tests/unit/store_world.h
tests_unit_test_zone_past_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_applied
tests_unit_test_zone_applied_SOURCES = tests/unit/test_zone_applied.c \
	tests/unit/store_world.h
tests_unit_test_zone_applied_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_verify
tests_unit_test_zone_verify_SOURCES = tests/unit/test_zone_verify.c \
	tests/unit/store_world.h
tests_unit_test_zone_verify_LDADD = $(tests_zone)

# What every test may use; then one fragment a room, and the whole programs.
tests_zone = $(ZONE_LIBS)

# A fuzz target is a function; replay.c feeds it the stored corpus so that
# "make check" runs it with any compiler, no fuzzer needed.
tests_replay = tests/fuzz/replay.c

EXTRA_DIST += tests/unit/check.h tests/unit/scratch.h tests/tools/arrows.sh
EXTRA_DIST += tests/fuzz/run

include tests/base.mk
include tests/zone.mk
include tests/upkeep.mk
include tests/rblctl.mk
include tests/rbld.mk
include tests/ingest.mk
include tests/www.mk
include tests/flow.mk
include tests/publish.mk
include tests/bench.mk
include tests/clients.mk

TESTS += $(check_PROGRAMS)

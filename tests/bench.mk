# The benchmarks: "make bench" measures against other servers and writes
# doc/BENCHMARKS, "make bench-small" only sees that all of it works. No test
# asserts a time. The programs are built by "make check", so that they stay
# whole.
bench_programs = \
	tests/bench/bench_ask \
	tests/bench/bench_bare \
	tests/bench/bench_first \
	tests/bench/bench_mails \
	tests/bench/bench_lmtp \
	tests/bench/bench_make \
	tests/bench/bench_room \
	tests/bench/bench_waiting \
	tests/bench/bench_write
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)

tests_bench_bench_ask_SOURCES = tests/bench/ask.c tests/bench/clock.h \
	tests/bench/packet.h tests/bench/spent.c tests/bench/spent.h
tests_bench_bench_bare_SOURCES = tests/bench/bare.c
tests_bench_bench_first_SOURCES = tests/bench/first.c tests/bench/clock.h \
	tests/bench/packet.h
tests_bench_bench_mails_SOURCES = tests/bench/mails.c tests/bench/clock.h
tests_bench_bench_mails_CFLAGS = $(AM_CFLAGS) $(GMIME_CFLAGS)
tests_bench_bench_mails_LDADD = $(INGEST_LIBS)
tests_bench_bench_lmtp_SOURCES = tests/bench/lmtp.c tests/bench/clock.h
tests_bench_bench_make_SOURCES = tests/bench/make.c tests/bench/draw.c \
	tests/bench/draw.h tests/bench/make_ip4.c tests/bench/make_ip6.c \
	tests/bench/make_names.c
tests_bench_bench_make_LDADD = $(BASE_LIBS)
tests_bench_bench_room_SOURCES = tests/bench/room.c
tests_bench_bench_room_LDADD = $(ZONE_LIBS)
tests_bench_bench_waiting_SOURCES = tests/bench/waiting.c
tests_bench_bench_waiting_LDADD = $(ZONE_LIBS)
tests_bench_bench_write_SOURCES = tests/bench/write.c tests/bench/clock.h
tests_bench_bench_write_LDADD = $(ZONE_LIBS)

bench_files = \
	tests/bench/run \
	tests/bench/lists.py \
	tests/bench/mails.py \
	tests/bench/measure.py \
	tests/bench/report.py \
	tests/bench/servers.py
EXTRA_DIST += $(bench_files)

check-local: $(bench_programs)

bench: all $(bench_programs)
	$(srcdir)/tests/bench/run --build . --fetch --perf \
	    --output $(srcdir)/doc/BENCHMARKS $(BENCH_ARGS)

bench-small: all $(bench_programs)
	$(srcdir)/tests/bench/run --build . --small $(BENCH_ARGS)
.PHONY: bench bench-small

clean-local:
	rm -rf tests/bench/work

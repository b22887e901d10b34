# Tests of the responder. ldns is their oracle, so they link it themselves.
rbld_tests = \
	tests/unit/test_rbld_access \
	tests/unit/test_rbld_answer \
	tests/unit/test_rbld_apex \
	tests/unit/test_rbld_cookie \
	tests/unit/test_rbld_control \
	tests/unit/test_rbld_crew \
	tests/unit/test_rbld_expand \
	tests/unit/test_rbld_flood \
	tests/unit/test_rbld_handle \
	tests/unit/test_rbld_name \
	tests/unit/test_rbld_notify \
	tests/unit/test_rbld_oracle \
	tests/unit/test_rbld_query \
	tests/unit/test_rbld_rate \
	tests/unit/test_rbld_signs \
	tests/unit/test_rbld_sketch \
	tests/unit/test_rbld_stream \
	tests/unit/test_rbld_tally \
	tests/unit/test_rbld_transfer \
	tests/unit/test_rbld_tsig \
	tests/unit/test_rbld_warm \
	tests/fuzz/fuzz_packet
check_PROGRAMS += $(rbld_tests)

tests_unit_test_rbld_access_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_access_SOURCES = tests/unit/test_rbld_access.c
tests_unit_test_rbld_access_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_answer_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_answer_SOURCES = tests/unit/test_rbld_answer.c \
	tests/unit/test_rbld_world.h
tests_unit_test_rbld_answer_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_apex_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_apex_SOURCES = tests/unit/test_rbld_apex.c
tests_unit_test_rbld_apex_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_cookie_SOURCES = tests/unit/test_rbld_cookie.c
tests_unit_test_rbld_cookie_LDADD = $(RBLD_LIBS)
tests_unit_test_rbld_control_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS) \
	$(JANSSON_CFLAGS)
tests_unit_test_rbld_control_SOURCES = tests/unit/test_rbld_control.c \
	tests/unit/prometheus.h
tests_unit_test_rbld_control_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_crew_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_crew_SOURCES = tests/unit/test_rbld_crew.c
tests_unit_test_rbld_crew_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_expand_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_expand_SOURCES = tests/unit/test_rbld_expand.c \
	tests/unit/draw_keys.h tests/unit/test_rbld_world.h \
	tests/unit/reply.h
tests_unit_test_rbld_expand_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_flood_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_flood_SOURCES = tests/unit/test_rbld_flood.c
tests_unit_test_rbld_flood_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_handle_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_handle_SOURCES = tests/unit/test_rbld_handle.c
tests_unit_test_rbld_handle_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_name_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_name_SOURCES = tests/unit/test_rbld_name.c
tests_unit_test_rbld_name_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_notify_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_notify_SOURCES = tests/unit/test_rbld_notify.c \
	tests/unit/test_rbld_world.h tests/unit/reply.h
tests_unit_test_rbld_notify_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_oracle_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_oracle_SOURCES = tests/unit/test_rbld_oracle.c
tests_unit_test_rbld_oracle_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_query_SOURCES = tests/unit/test_rbld_query.c
tests_unit_test_rbld_query_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_rate_SOURCES = tests/unit/test_rbld_rate.c
tests_unit_test_rbld_rate_LDADD = $(RBLD_LIBS)
tests_unit_test_rbld_signs_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_signs_SOURCES = tests/unit/test_rbld_signs.c
tests_unit_test_rbld_signs_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_sketch_SOURCES = tests/unit/test_rbld_sketch.c
tests_unit_test_rbld_sketch_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_tally_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_tally_SOURCES = tests/unit/test_rbld_tally.c
tests_unit_test_rbld_tally_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_transfer_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_transfer_SOURCES = tests/unit/test_rbld_transfer.c \
	tests/unit/test_rbld_world.h
tests_unit_test_rbld_transfer_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_tsig_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_tsig_SOURCES = tests/unit/test_rbld_tsig.c
tests_unit_test_rbld_tsig_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_warm_SOURCES = tests/unit/test_rbld_warm.c
tests_unit_test_rbld_warm_LDADD = $(RBLD_LIBS)

tests_unit_test_rbld_stream_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_rbld_stream_SOURCES = tests/unit/test_rbld_stream.c
tests_unit_test_rbld_stream_LDADD = $(RBLD_LIBS)

tests_fuzz_fuzz_packet_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_fuzz_fuzz_packet_SOURCES = tests/fuzz/fuzz_packet.c $(tests_replay)
tests_fuzz_fuzz_packet_LDADD = $(RBLD_LIBS)
EXTRA_DIST += tests/fuzz/packet.in

# Whole answers against a model: see tests/property/prop_answers.c.
check_PROGRAMS += tests/property/prop_answers
tests_property_prop_answers_SOURCES = tests/property/prop_answers.c \
	tests/property/answer_ask.h tests/property/answer_model.h \
	tests/property/answer_want.h tests/property/answer_world.h \
	tests/unit/reply.h
tests_property_prop_answers_LDADD = $(RBLD_LIBS)

# The conformance table: every statement of a standard by its id.
check_PROGRAMS += tests/conformance/conformance
tests_conformance_conformance_CFLAGS = $(AM_CFLAGS) $(LDNS_CFLAGS)
tests_conformance_conformance_SOURCES = \
	tests/conformance/ask.c \
	tests/conformance/base.c \
	tests/conformance/conform.h \
	tests/conformance/cookies.c \
	tests/conformance/edns.c \
	tests/conformance/errors.c \
	tests/conformance/negative.c \
	tests/conformance/rfc5782.c \
	tests/conformance/rfc6471.c \
	tests/conformance/run.c \
	tests/conformance/tcp.c \
	tests/conformance/tree.c \
	tests/conformance/world.c \
	tests/conformance/world.h
tests_conformance_conformance_LDADD = $(RBLD_LIBS)

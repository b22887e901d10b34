# Tests of the room ingest; paths from the top.
ingest_tests = \
	tests/unit/test_ingest_boxes \
	tests/unit/test_ingest_cmd \
	tests/unit/test_ingest_head \
	tests/unit/test_ingest_hostile \
	tests/unit/test_ingest_language \
	tests/unit/test_ingest_lmtp \
	tests/unit/test_ingest_excerpt \
	tests/unit/test_ingest_links \
	tests/unit/test_ingest_mails \
	tests/unit/test_ingest_mime \
	tests/unit/test_ingest_paste \
	tests/unit/test_ingest_providers \
	tests/unit/test_ingest_receipt \
	tests/unit/test_ingest_received \
	tests/unit/test_ingest_roads \
	tests/unit/test_ingest_sandbox \
	tests/unit/test_ingest_sender \
	tests/unit/test_ingest_serve \
	tests/unit/test_ingest_unwrap \
	tests/unit/test_ingest_walk \
	tests/unit/test_ingest_watch \
	tests/unit/test_ingest_worker \
	tests/fuzz/fuzz_box \
	tests/fuzz/fuzz_from \
	tests/fuzz/fuzz_lmtp \
	tests/fuzz/fuzz_links \
	tests/fuzz/fuzz_mail \
	tests/fuzz/fuzz_mime \
	tests/fuzz/fuzz_paste \
	tests/fuzz/fuzz_received
check_PROGRAMS += $(ingest_tests)

tests_unit_test_ingest_boxes_SOURCES = \
	tests/unit/test_ingest_boxes.c tests/unit/check.h
tests_unit_test_ingest_boxes_CFLAGS = $(AM_CFLAGS) $(ARCHIVE_CFLAGS)
tests_unit_test_ingest_boxes_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_cmd_SOURCES = \
	tests/unit/test_ingest_cmd.c tests/unit/check.h
tests_unit_test_ingest_cmd_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_language_SOURCES = \
	tests/unit/test_ingest_language.c tests/unit/check.h
tests_unit_test_ingest_language_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_excerpt_SOURCES = \
	tests/unit/test_ingest_excerpt.c tests/unit/check.h
tests_unit_test_ingest_excerpt_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_links_SOURCES = \
	tests/unit/test_ingest_links.c tests/unit/check.h
tests_unit_test_ingest_links_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_lmtp_SOURCES = \
	tests/unit/test_ingest_lmtp.c tests/unit/check.h
tests_unit_test_ingest_lmtp_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_head_SOURCES = \
	tests/unit/test_ingest_head.c tests/unit/check.h
tests_unit_test_ingest_head_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_hostile_SOURCES = \
	tests/unit/test_ingest_hostile.c tests/unit/check.h
tests_unit_test_ingest_hostile_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_mails_SOURCES = \
	tests/unit/test_ingest_mails.c tests/unit/check.h
tests_unit_test_ingest_mails_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_mime_SOURCES = \
	tests/unit/test_ingest_mime.c tests/unit/check.h
tests_unit_test_ingest_mime_CFLAGS = $(AM_CFLAGS) $(GMIME_CFLAGS)
tests_unit_test_ingest_mime_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_paste_SOURCES = \
	tests/unit/test_ingest_paste.c tests/unit/check.h
tests_unit_test_ingest_paste_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_providers_SOURCES = \
	tests/unit/test_ingest_providers.c tests/unit/check.h
tests_unit_test_ingest_providers_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_receipt_SOURCES = \
	tests/unit/test_ingest_receipt.c tests/unit/check.h
tests_unit_test_ingest_receipt_LDADD = $(INGEST_LIBS)

tests_unit_test_ingest_received_SOURCES = \
	tests/unit/test_ingest_received.c tests/unit/check.h
tests_unit_test_ingest_received_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_roads_SOURCES = \
	tests/unit/test_ingest_roads.c tests/unit/check.h
tests_unit_test_ingest_roads_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_sandbox_SOURCES = \
	tests/unit/test_ingest_sandbox.c tests/unit/check.h
tests_unit_test_ingest_sandbox_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_sender_SOURCES = \
	tests/unit/test_ingest_sender.c tests/unit/check.h
tests_unit_test_ingest_sender_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_serve_SOURCES = \
	tests/unit/test_ingest_serve.c tests/unit/check.h
tests_unit_test_ingest_serve_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_unwrap_SOURCES = \
	tests/unit/test_ingest_unwrap.c tests/unit/check.h
tests_unit_test_ingest_unwrap_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_walk_SOURCES = \
	tests/unit/test_ingest_walk.c tests/unit/check.h
tests_unit_test_ingest_walk_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_watch_SOURCES = \
	tests/unit/test_ingest_watch.c tests/unit/check.h
tests_unit_test_ingest_watch_LDADD = $(INGEST_LIBS)
tests_unit_test_ingest_worker_SOURCES = \
	tests/unit/test_ingest_worker.c tests/unit/check.h
tests_unit_test_ingest_worker_LDADD = $(INGEST_LIBS)

tests_fuzz_fuzz_box_SOURCES = tests/fuzz/fuzz_box.c $(tests_replay)
tests_fuzz_fuzz_box_LDADD = $(INGEST_LIBS)
tests_fuzz_fuzz_from_SOURCES = tests/fuzz/fuzz_from.c $(tests_replay)
tests_fuzz_fuzz_from_LDADD = $(INGEST_LIBS)
tests_fuzz_fuzz_lmtp_SOURCES = tests/fuzz/fuzz_lmtp.c $(tests_replay)
tests_fuzz_fuzz_lmtp_LDADD = $(INGEST_LIBS)
tests_fuzz_fuzz_links_SOURCES = tests/fuzz/fuzz_links.c $(tests_replay)
tests_fuzz_fuzz_links_LDADD = $(INGEST_LIBS)
tests_fuzz_fuzz_mail_SOURCES = tests/fuzz/fuzz_mail.c $(tests_replay)
tests_fuzz_fuzz_mail_LDADD = $(INGEST_LIBS)
tests_fuzz_fuzz_mime_SOURCES = tests/fuzz/fuzz_mime.c $(tests_replay)
tests_fuzz_fuzz_mime_LDADD = $(INGEST_LIBS)
tests_fuzz_fuzz_paste_SOURCES = tests/fuzz/fuzz_paste.c $(tests_replay)
tests_fuzz_fuzz_paste_LDADD = $(INGEST_LIBS)
tests_fuzz_fuzz_received_SOURCES = tests/fuzz/fuzz_received.c $(tests_replay)
tests_fuzz_fuzz_received_LDADD = $(INGEST_LIBS)

EXTRA_DIST += tests/data/mail \
	tests/data/unwrap \
	tests/fuzz/box.in \
	tests/fuzz/from.in \
	tests/fuzz/links.in \
	tests/fuzz/lmtp.in \
	tests/fuzz/mail.in \
	tests/fuzz/mime.in \
	tests/fuzz/paste.in \
	tests/fuzz/received.in

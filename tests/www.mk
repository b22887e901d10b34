# Tests of the pages.
www_tests = \
	tests/unit/test_www_account \
	tests/unit/test_www_analysis \
	tests/unit/test_www_chart \
	tests/unit/test_www_clients \
	tests/unit/test_www_crowd \
	tests/unit/test_www_decide \
	tests/unit/test_www_delist \
	tests/unit/test_www_form \
	tests/unit/test_www_html \
	tests/unit/test_www_http \
	tests/unit/test_www_entry \
	tests/unit/test_www_item \
	tests/unit/test_www_lang \
	tests/unit/test_www_limit \
	tests/unit/test_www_listen \
	tests/unit/test_www_matrix \
	tests/unit/test_www_lookup \
	tests/unit/test_www_log \
	tests/unit/test_www_pages \
	tests/unit/test_www_qr \
	tests/unit/test_www_raw \
	tests/unit/test_www_review \
	tests/unit/test_www_route \
	tests/unit/test_www_session \
	tests/unit/test_www_stats \
	tests/unit/test_www_submitters \
	tests/unit/test_www_throttle \
	tests/fuzz/fuzz_form
check_PROGRAMS += $(www_tests)
EXTRA_DIST += tests/unit/http_peer.h
EXTRA_DIST += tests/unit/www_world.h tests/fuzz/form.in

tests_unit_test_www_analysis_SOURCES = tests/unit/test_www_analysis.c
tests_unit_test_www_analysis_LDADD = $(WWW_LIBS)
tests_unit_test_www_clients_SOURCES = tests/unit/test_www_clients.c
tests_unit_test_www_clients_LDADD = $(WWW_LIBS)
tests_unit_test_www_crowd_SOURCES = tests/unit/test_www_crowd.c
tests_unit_test_www_crowd_LDADD = $(WWW_LIBS)
tests_unit_test_www_decide_SOURCES = tests/unit/test_www_decide.c
tests_unit_test_www_decide_LDADD = $(WWW_LIBS)
tests_unit_test_www_delist_SOURCES = tests/unit/test_www_delist.c
tests_unit_test_www_delist_LDADD = $(WWW_LIBS)
tests_unit_test_www_limit_SOURCES = tests/unit/test_www_limit.c
tests_unit_test_www_limit_LDADD = $(WWW_LIBS)
tests_unit_test_www_lookup_SOURCES = tests/unit/test_www_lookup.c
tests_unit_test_www_lookup_LDADD = $(WWW_LIBS)
tests_unit_test_www_form_SOURCES = tests/unit/test_www_form.c
tests_unit_test_www_form_LDADD = $(WWW_LIBS)
tests_unit_test_www_html_SOURCES = tests/unit/test_www_html.c
tests_unit_test_www_html_LDADD = $(WWW_LIBS)
tests_unit_test_www_http_SOURCES = tests/unit/test_www_http.c
tests_unit_test_www_http_LDADD = $(WWW_LIBS)
tests_unit_test_www_entry_SOURCES = tests/unit/test_www_entry.c
tests_unit_test_www_entry_LDADD = $(WWW_LIBS)
tests_unit_test_www_item_SOURCES = tests/unit/test_www_item.c
tests_unit_test_www_item_LDADD = $(WWW_LIBS)
tests_unit_test_www_lang_SOURCES = tests/unit/test_www_lang.c
tests_unit_test_www_lang_LDADD = $(WWW_LIBS)
tests_unit_test_www_listen_SOURCES = tests/unit/test_www_listen.c
tests_unit_test_www_listen_LDADD = $(WWW_LIBS)
tests_unit_test_www_account_SOURCES = tests/unit/test_www_account.c
tests_unit_test_www_account_LDADD = $(WWW_LIBS)
tests_unit_test_www_matrix_SOURCES = tests/unit/test_www_matrix.c
tests_unit_test_www_matrix_LDADD = $(WWW_LIBS)
tests_unit_test_www_pages_SOURCES = tests/unit/test_www_pages.c
tests_unit_test_www_pages_LDADD = $(WWW_LIBS)
tests_unit_test_www_qr_SOURCES = tests/unit/test_www_qr.c
tests_unit_test_www_qr_LDADD = $(WWW_LIBS)
tests_unit_test_www_raw_SOURCES = tests/unit/test_www_raw.c
tests_unit_test_www_raw_LDADD = $(WWW_LIBS)
tests_unit_test_www_route_SOURCES = tests/unit/test_www_route.c
tests_unit_test_www_route_LDADD = $(WWW_LIBS)
tests_unit_test_www_session_SOURCES = tests/unit/test_www_session.c
tests_unit_test_www_session_LDADD = $(WWW_LIBS)
tests_unit_test_www_throttle_SOURCES = tests/unit/test_www_throttle.c
tests_unit_test_www_throttle_LDADD = $(WWW_LIBS)
tests_fuzz_fuzz_form_SOURCES = tests/fuzz/fuzz_form.c $(tests_replay)
tests_fuzz_fuzz_form_LDADD = $(WWW_LIBS)
tests_unit_test_www_chart_SOURCES = tests/unit/test_www_chart.c
tests_unit_test_www_chart_LDADD = $(WWW_LIBS)
tests_unit_test_www_stats_SOURCES = tests/unit/test_www_stats.c
tests_unit_test_www_stats_LDADD = $(WWW_LIBS)

# Pages for visitors.
public_tests = \
	tests/unit/test_www_status \
	tests/unit/test_www_submit \
	tests/unit/test_www_policy \
	tests/unit/test_www_use
check_PROGRAMS += $(public_tests)
tests_unit_test_www_policy_SOURCES = tests/unit/test_www_policy.c
tests_unit_test_www_policy_LDADD = $(WWW_LIBS)
tests_unit_test_www_status_SOURCES = tests/unit/test_www_status.c
tests_unit_test_www_status_LDADD = $(WWW_LIBS)
tests_unit_test_www_submit_SOURCES = tests/unit/test_www_submit.c
tests_unit_test_www_submit_LDADD = $(WWW_LIBS)
tests_unit_test_www_use_SOURCES = tests/unit/test_www_use.c
tests_unit_test_www_use_LDADD = $(WWW_LIBS)

# The queue's page.
queue_tests = \
	tests/unit/test_www_bulk \
	tests/unit/test_www_filter \
	tests/unit/test_www_queue
check_PROGRAMS += $(queue_tests)
tests_unit_test_www_bulk_SOURCES = tests/unit/test_www_bulk.c
tests_unit_test_www_bulk_LDADD = $(WWW_LIBS)
tests_unit_test_www_filter_SOURCES = tests/unit/test_www_filter.c
tests_unit_test_www_filter_LDADD = $(WWW_LIBS)
tests_unit_test_www_queue_SOURCES = tests/unit/test_www_queue.c
tests_unit_test_www_queue_LDADD = $(WWW_LIBS)
tests_unit_test_www_log_SOURCES = tests/unit/test_www_log.c
tests_unit_test_www_log_LDADD = $(WWW_LIBS)
tests_unit_test_www_review_SOURCES = tests/unit/test_www_review.c
tests_unit_test_www_review_LDADD = $(WWW_LIBS)
tests_unit_test_www_submitters_SOURCES = tests/unit/test_www_submitters.c
tests_unit_test_www_submitters_LDADD = ingest/libingest.a $(WWW_LIBS) \
	$(GMIME_LIBS)

# Every word of the pages in Greek, too.
TESTS += tests/tools/greek.sh
EXTRA_DIST += tests/tools/greek.sh

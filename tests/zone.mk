# Tests of zone/, but for rblctl and the list formats (rblctl.mk).

check_PROGRAMS += tests/unit/test_zone_access
tests_unit_test_zone_access_SOURCES = tests/unit/test_zone_access.c
tests_unit_test_zone_access_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_accounts
tests_unit_test_zone_accounts_SOURCES = tests/unit/test_zone_accounts.c
tests_unit_test_zone_accounts_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_block
tests_unit_test_zone_block_SOURCES = tests/unit/test_zone_block.c
tests_unit_test_zone_block_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_decide
tests_unit_test_zone_decide_SOURCES = tests/unit/test_zone_decide.c
tests_unit_test_zone_decide_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_amend
tests_unit_test_zone_amend_SOURCES = tests/unit/test_zone_amend.c
tests_unit_test_zone_amend_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_note
tests_unit_test_zone_note_SOURCES = tests/unit/test_zone_note.c
tests_unit_test_zone_note_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_bulk
tests_unit_test_zone_bulk_SOURCES = tests/unit/test_zone_bulk.c
tests_unit_test_zone_bulk_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_config
tests_unit_test_zone_config_SOURCES = tests/unit/test_zone_config.c
tests_unit_test_zone_config_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_delist
tests_unit_test_zone_delist_SOURCES = tests/unit/test_zone_delist.c
tests_unit_test_zone_delist_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_lately
tests_unit_test_zone_lately_SOURCES = tests/unit/test_zone_lately.c
tests_unit_test_zone_lately_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_domain
tests_unit_test_zone_domain_SOURCES = tests/unit/test_zone_domain.c
tests_unit_test_zone_domain_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_entry
tests_unit_test_zone_entry_SOURCES = tests/unit/test_zone_entry.c
tests_unit_test_zone_entry_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_find
tests_unit_test_zone_find_SOURCES = tests/unit/test_zone_find.c
tests_unit_test_zone_find_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_guard
tests_unit_test_zone_guard_SOURCES = tests/unit/test_zone_guard.c
tests_unit_test_zone_guard_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_key
tests_unit_test_zone_key_SOURCES = tests/unit/test_zone_key.c
tests_unit_test_zone_key_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_key_forms
tests_unit_test_zone_key_forms_SOURCES = tests/unit/test_zone_key_forms.c
tests_unit_test_zone_key_forms_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_moderate
tests_unit_test_zone_moderate_SOURCES = tests/unit/test_zone_moderate.c
tests_unit_test_zone_moderate_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_people
tests_unit_test_zone_people_SOURCES = tests/unit/test_zone_people.c
tests_unit_test_zone_people_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_providers
tests_unit_test_zone_providers_SOURCES = tests/unit/test_zone_providers.c
tests_unit_test_zone_providers_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_queue
tests_unit_test_zone_queue_SOURCES = tests/unit/test_zone_queue.c tests/unit/queue.h
tests_unit_test_zone_queue_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_queue_damage
tests_unit_test_zone_queue_damage_SOURCES = tests/unit/test_zone_queue_damage.c tests/unit/queue.h
tests_unit_test_zone_queue_damage_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_store
tests_unit_test_zone_store_SOURCES = tests/unit/test_zone_store.c
tests_unit_test_zone_store_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_submitters
tests_unit_test_zone_submitters_SOURCES = tests/unit/test_zone_submitters.c
tests_unit_test_zone_submitters_LDADD = $(tests_zone)

check_PROGRAMS += tests/property/prop_domain
tests_property_prop_domain_SOURCES = tests/property/prop_domain.c
tests_property_prop_domain_LDADD = $(tests_zone)

check_PROGRAMS += tests/property/prop_kept
tests_property_prop_kept_SOURCES = tests/property/prop_kept.c
tests_property_prop_kept_LDADD = $(tests_zone)

check_PROGRAMS += tests/property/prop_store
tests_property_prop_store_SOURCES = tests/property/prop_store.c
tests_property_prop_store_LDADD = $(tests_zone)

check_PROGRAMS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c $(tests_replay)
tests_fuzz_fuzz_conf_LDADD = $(tests_zone)

check_PROGRAMS += tests/fuzz/fuzz_key
tests_fuzz_fuzz_key_SOURCES = tests/fuzz/fuzz_key.c $(tests_replay)
tests_fuzz_fuzz_key_LDADD = $(tests_zone)

EXTRA_DIST += tests/fuzz/conf.in tests/fuzz/key.in

check_PROGRAMS += tests/unit/test_zone_queue_seen
tests_unit_test_zone_queue_seen_SOURCES = tests/unit/test_zone_queue_seen.c tests/unit/queue.h
tests_unit_test_zone_queue_seen_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_queue_expire
tests_unit_test_zone_queue_expire_SOURCES = tests/unit/test_zone_queue_expire.c tests/unit/queue.h
tests_unit_test_zone_queue_expire_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_series
tests_unit_test_zone_series_SOURCES = tests/unit/test_zone_series.c
tests_unit_test_zone_series_LDADD = $(tests_zone)
check_PROGRAMS += tests/unit/test_zone_totp
tests_unit_test_zone_totp_SOURCES = tests/unit/test_zone_totp.c
tests_unit_test_zone_totp_LDADD = $(tests_zone)

check_PROGRAMS += tests/unit/test_zone_backup
tests_unit_test_zone_backup_SOURCES = tests/unit/test_zone_backup.c
tests_unit_test_zone_backup_LDADD = $(tests_zone)

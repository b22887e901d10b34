# Tests of base/.

check_PROGRAMS += tests/unit/test_base_bytes
tests_unit_test_base_bytes_SOURCES = tests/unit/test_base_bytes.c
tests_unit_test_base_bytes_LDADD = $(BASE_LIBS)

check_PROGRAMS += tests/unit/test_base_conf
tests_unit_test_base_conf_SOURCES = tests/unit/test_base_conf.c
tests_unit_test_base_conf_LDADD = $(BASE_LIBS)

check_PROGRAMS += tests/unit/test_base_crc
tests_unit_test_base_crc_SOURCES = tests/unit/test_base_crc.c
tests_unit_test_base_crc_LDADD = $(BASE_LIBS)

check_PROGRAMS += tests/unit/test_base_digest
tests_unit_test_base_digest_SOURCES = tests/unit/test_base_digest.c
tests_unit_test_base_digest_LDADD = $(BASE_LIBS)

check_PROGRAMS += tests/unit/test_base_gzip
tests_unit_test_base_gzip_CFLAGS = $(AM_CFLAGS) $(ZLIB_CFLAGS)
tests_unit_test_base_gzip_SOURCES = tests/unit/test_base_gzip.c
tests_unit_test_base_gzip_LDADD = $(BASE_LIBS) $(ZLIB_LIBS)

check_PROGRAMS += tests/unit/test_base_net
tests_unit_test_base_net_SOURCES = tests/unit/test_base_net.c
tests_unit_test_base_net_LDADD = $(BASE_LIBS)

check_PROGRAMS += tests/unit/test_base_text
tests_unit_test_base_text_SOURCES = tests/unit/test_base_text.c
tests_unit_test_base_text_LDADD = $(BASE_LIBS)

check_PROGRAMS += tests/unit/test_base_when
tests_unit_test_base_when_SOURCES = tests/unit/test_base_when.c
tests_unit_test_base_when_LDADD = $(BASE_LIBS)

check_PROGRAMS += tests/unit/test_base_secret
tests_unit_test_base_secret_SOURCES = tests/unit/test_base_secret.c
tests_unit_test_base_secret_LDADD = $(BASE_LIBS)

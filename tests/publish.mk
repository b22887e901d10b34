# Export, publication and what fetches it.
publish_tests = \
	tests/flow/formats.sh \
	tests/flow/publish.sh
TESTS += $(publish_tests)
EXTRA_DIST += $(publish_tests)

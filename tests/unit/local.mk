# Unit tests: cmocka programs, each linked with the library under test.
if CMOCKA
check_PROGRAMS += tests/unit/test_base
TESTS += tests/unit/test_base
tests_unit_test_base_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
endif

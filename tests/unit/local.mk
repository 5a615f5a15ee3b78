# Unit tests: cmocka programs, each linked with the library under test.
if CMOCKA
check_PROGRAMS += tests/unit/test_base
TESTS += tests/unit/test_base
tests_unit_test_base_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_key
TESTS += tests/unit/test_key
tests_unit_test_key_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_key_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_record
TESTS += tests/unit/test_record
tests_unit_test_record_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_record_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_subject
TESTS += tests/unit/test_subject
tests_unit_test_subject_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_subject_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_rule
TESTS += tests/unit/test_rule
tests_unit_test_rule_SOURCES = tests/unit/test_rule.c \
	tests/unit/model.c tests/unit/model.h
tests_unit_test_rule_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rule_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_votes
TESTS += tests/unit/test_votes
tests_unit_test_votes_SOURCES = tests/unit/test_votes.c \
	tests/unit/model.c tests/unit/model.h
tests_unit_test_votes_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_votes_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_feed
TESTS += tests/unit/test_feed
tests_unit_test_feed_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_feed_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_listing
TESTS += tests/unit/test_listing
tests_unit_test_listing_SOURCES = tests/unit/test_listing.c \
	tests/unit/model.c tests/unit/model.h
tests_unit_test_listing_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) -pthread
tests_unit_test_listing_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_batch
TESTS += tests/unit/test_batch
tests_unit_test_batch_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_batch_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_card
TESTS += tests/unit/test_card
tests_unit_test_card_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_card_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_chain
TESTS += tests/unit/test_chain
tests_unit_test_chain_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_chain_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_gossip_msg
TESTS += tests/unit/test_gossip_msg
tests_unit_test_gossip_msg_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_gossip_msg_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_policy
TESTS += tests/unit/test_policy
tests_unit_test_policy_SOURCES = tests/unit/test_policy.c \
	tests/unit/model.c tests/unit/model.h
tests_unit_test_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_rehearse
TESTS += tests/unit/test_rehearse
tests_unit_test_rehearse_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rehearse_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_engine
TESTS += tests/unit/test_engine
tests_unit_test_engine_SOURCES = tests/unit/test_engine.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_test_engine_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-I$(srcdir)/tests/unit
tests_unit_test_engine_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_engine_sync
TESTS += tests/unit/test_engine_sync
tests_unit_test_engine_sync_SOURCES = tests/unit/test_engine_sync.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_test_engine_sync_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-I$(srcdir)/tests/unit
tests_unit_test_engine_sync_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_engine_bad
TESTS += tests/unit/test_engine_bad
tests_unit_test_engine_bad_SOURCES = tests/unit/test_engine_bad.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_test_engine_bad_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-I$(srcdir)/tests/unit
tests_unit_test_engine_bad_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
endif

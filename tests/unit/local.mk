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
check_PROGRAMS += tests/unit/test_http_answer
TESTS += tests/unit/test_http_answer
tests_unit_test_http_answer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_http_answer_LDADD = libvirbl.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_spool
TESTS += tests/unit/test_spool
tests_unit_test_spool_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_spool_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_subject
TESTS += tests/unit/test_subject
tests_unit_test_subject_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_subject_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_rule
TESTS += tests/unit/test_rule
tests_unit_test_rule_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rule_LDADD = libsim.a libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_votes
TESTS += tests/unit/test_votes
tests_unit_test_votes_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_votes_LDADD = libsim.a libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_exempts
TESTS += tests/unit/test_exempts
tests_unit_test_exempts_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_exempts_LDADD = libsim.a libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_feed
TESTS += tests/unit/test_feed
tests_unit_test_feed_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_feed_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_listing
TESTS += tests/unit/test_listing
tests_unit_test_listing_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) -pthread
tests_unit_test_listing_LDADD = libsim.a libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
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
check_PROGRAMS += tests/unit/test_vectors
TESTS += tests/unit/test_vectors
tests_unit_test_vectors_CPPFLAGS = $(AM_CPPFLAGS) \
	-DVECTORS='"$(srcdir)/tests/vectors"'
tests_unit_test_vectors_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_vectors_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_policy
TESTS += tests/unit/test_policy
tests_unit_test_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_LDADD = libsim.a libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_rehearse
TESTS += tests/unit/test_rehearse
tests_unit_test_rehearse_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rehearse_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_shuffle
TESTS += tests/unit/test_shuffle
tests_unit_test_shuffle_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_shuffle_LDADD = libsim.a libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)

check-shuffle: tests/unit/test_shuffle
	tests/unit/test_shuffle 1000
check_PROGRAMS += tests/unit/test_engine
TESTS += tests/unit/test_engine
tests_unit_test_engine_SOURCES = tests/unit/test_engine.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_test_engine_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-I$(srcdir)/tests/unit
tests_unit_test_engine_LDADD = libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_engine_exempt
TESTS += tests/unit/test_engine_exempt
tests_unit_test_engine_exempt_SOURCES = tests/unit/test_engine_exempt.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_test_engine_exempt_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-I$(srcdir)/tests/unit
tests_unit_test_engine_exempt_LDADD = libsim.a libvirbl.a $(CMOCKA_LIBS) $(SODIUM_LIBS)
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
check_PROGRAMS += tests/unit/test_conf
TESTS += tests/unit/test_conf
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c \
	tests/unit/conf_mistakes.h
tests_unit_test_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_conf_LDADD = libshell.a libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(CONFUSE_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_derive
TESTS += tests/unit/test_derive
tests_unit_test_derive_SOURCES = tests/unit/test_derive.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_test_derive_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(SQLITE_CFLAGS) -I$(srcdir)/tests/unit
tests_unit_test_derive_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS) $(SQLITE_LIBS)
check_PROGRAMS += tests/unit/test_keyfile
TESTS += tests/unit/test_keyfile
tests_unit_test_keyfile_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keyfile_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_log
TESTS += tests/unit/test_log
tests_unit_test_log_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_log_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_tlscert
TESTS += tests/unit/test_tlscert
tests_unit_test_tlscert_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SODIUM_CFLAGS) $(GNUTLS_CFLAGS)
tests_unit_test_tlscert_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS) $(GNUTLS_LIBS)
check_PROGRAMS += tests/unit/test_store
TESTS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c \
	tests/unit/storehouse.c tests/unit/storehouse.h
tests_unit_test_store_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(SQLITE_CFLAGS) -I$(srcdir)/tests/unit -pthread
tests_unit_test_store_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS) $(SQLITE_LIBS)
check_PROGRAMS += tests/unit/test_store_desk
TESTS += tests/unit/test_store_desk
tests_unit_test_store_desk_SOURCES = tests/unit/test_store_desk.c \
	tests/unit/store_old.h \
	tests/unit/storehouse.c tests/unit/storehouse.h
tests_unit_test_store_desk_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(SQLITE_CFLAGS) -I$(srcdir)/tests/unit -pthread
tests_unit_test_store_desk_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS) $(SQLITE_LIBS)
check_PROGRAMS += tests/unit/test_store_crash
TESTS += tests/unit/test_store_crash
tests_unit_test_store_crash_SOURCES = tests/unit/test_store_crash.c \
	tests/unit/storehouse.c tests/unit/storehouse.h
tests_unit_test_store_crash_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(SQLITE_CFLAGS) -I$(srcdir)/tests/unit -pthread
tests_unit_test_store_crash_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS) $(SQLITE_LIBS)
check_PROGRAMS += tests/unit/test_sighting
TESTS += tests/unit/test_sighting
tests_unit_test_sighting_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sighting_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(JANSSON_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_page
TESTS += tests/unit/test_page
tests_unit_test_page_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_page_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(JANSSON_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_petition
TESTS += tests/unit/test_petition
tests_unit_test_petition_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_petition_LDADD = libshell.a libview.a libvirbl.a \
	$(CMOCKA_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_export
TESTS += tests/unit/test_export
tests_unit_test_export_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_export_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_bouncer
TESTS += tests/unit/test_bouncer
tests_unit_test_bouncer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_bouncer_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_answers
TESTS += tests/unit/test_answers
tests_unit_test_answers_SOURCES = tests/unit/test_answers.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_test_answers_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-I$(srcdir)/tests/unit
tests_unit_test_answers_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(JANSSON_LIBS) $(SODIUM_LIBS)
if LDNS
check_PROGRAMS += tests/unit/test_dns
TESTS += tests/unit/test_dns
tests_unit_test_dns_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(LDNS_CFLAGS)
tests_unit_test_dns_LDADD = libview.a libvirbl.a $(CMOCKA_LIBS) \
	$(LDNS_LIBS) $(SODIUM_LIBS)
endif
check_PROGRAMS += tests/unit/test_dns_parts
TESTS += tests/unit/test_dns_parts
tests_unit_test_dns_parts_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_dns_parts_LDADD = libshell.a libview.a libvirbl.a \
	$(CMOCKA_LIBS) $(SODIUM_LIBS)
check_PROGRAMS += tests/unit/test_fetch
TESTS += tests/unit/test_fetch
tests_unit_test_fetch_SOURCES = tests/unit/test_fetch.c \
	tests/unit/tlsnode.c tests/unit/tlsnode.h
tests_unit_test_fetch_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(GNUTLS_CFLAGS) -I$(srcdir)/tests/unit -pthread
tests_unit_test_fetch_LDADD = libshell.a libvirbl.a $(CMOCKA_LIBS) \
	$(SODIUM_LIBS) $(CURL_LIBS) $(GNUTLS_LIBS)
endif

# The same vectors, by an implementation that shares no code.
TESTS += tests/verify.sh
EXTRA_DIST += \
	tests/verify.py \
	tests/verify.sh \
	tests/vectors/batches-invalid.txt \
	tests/vectors/batches-valid.txt \
	tests/vectors/cards.txt \
	tests/vectors/chains.txt \
	tests/vectors/forks.txt \
	tests/vectors/generate.py \
	tests/vectors/nodeids.txt \
	tests/vectors/signatures.txt

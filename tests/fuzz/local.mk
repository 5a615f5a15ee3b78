# Fuzz targets (./configure --enable-fuzz CC=clang); without libFuzzer they run
# over their corpus.
fuzz_programs =
check_PROGRAMS += $(fuzz_programs)
TESTS += tests/fuzz/corpus.sh
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/corpus.sh
if FUZZ
fuzz_main =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/driver.c
fuzz_ldflags = $(AM_LDFLAGS)
endif

fuzz_programs += tests/fuzz/fuzz_batch
tests_fuzz_fuzz_batch_SOURCES = tests/fuzz/fuzz_batch.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_batch_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_batch_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_card
tests_fuzz_fuzz_card_SOURCES = tests/fuzz/fuzz_card.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_card_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_card_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_chain
tests_fuzz_fuzz_chain_SOURCES = tests/fuzz/fuzz_chain.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_chain_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_chain_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_gossip_msg
tests_fuzz_fuzz_gossip_msg_SOURCES = tests/fuzz/fuzz_gossip_msg.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_gossip_msg_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_gossip_msg_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_nodeid
tests_fuzz_fuzz_nodeid_SOURCES = tests/fuzz/fuzz_nodeid.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_nodeid_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_nodeid_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_record
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_record_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_record_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_subject
tests_fuzz_fuzz_subject_SOURCES = tests/fuzz/fuzz_subject.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_subject_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_subject_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_sighting
tests_fuzz_fuzz_sighting_SOURCES = tests/fuzz/fuzz_sighting.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_sighting_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_sighting_LDADD = libview.a libvirbl.a $(JANSSON_LIBS) \
	$(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_dns
tests_fuzz_fuzz_dns_SOURCES = tests/fuzz/fuzz_dns.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_dns_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_dns_LDADD = libview.a libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_pending
tests_fuzz_fuzz_pending_SOURCES = tests/fuzz/fuzz_pending.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_pending_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_pending_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_order
tests_fuzz_fuzz_order_SOURCES = tests/fuzz/fuzz_order.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_order_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_order_LDADD = libview.a libvirbl.a $(JANSSON_LIBS) \
	$(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_petition
tests_fuzz_fuzz_petition_SOURCES = tests/fuzz/fuzz_petition.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_petition_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_petition_LDADD = libview.a libvirbl.a $(JANSSON_LIBS) \
	$(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_rehearse
tests_fuzz_fuzz_rehearse_SOURCES = tests/fuzz/fuzz_rehearse.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_rehearse_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_rehearse_LDADD = libview.a libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_text
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_text_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_text_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c tests/fuzz/fuzz.h \
	$(fuzz_main)
tests_fuzz_fuzz_conf_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_conf_LDADD = libshell.a libview.a libvirbl.a $(CONFUSE_LIBS) \
	$(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_dns_stream
tests_fuzz_fuzz_dns_stream_SOURCES = tests/fuzz/fuzz_dns_stream.c \
	tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_dns_stream_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_dns_stream_LDADD = libvirbl.a $(SODIUM_LIBS)
fuzz_programs += tests/fuzz/fuzz_dnsask
tests_fuzz_fuzz_dnsask_SOURCES = tests/fuzz/fuzz_dnsask.c tests/fuzz/fuzz.h \
	src/prog/dnsask.c $(fuzz_main)
tests_fuzz_fuzz_dnsask_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_dnsask_LDADD = libvirbl.a $(SODIUM_LIBS)

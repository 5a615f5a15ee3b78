# Layer view: questions to answers, pure functions of const state.
view_files = \
	src/view/bouncer.c src/view/bouncer.h \
	src/view/changes.c src/view/changes.h \
	src/view/decision.c src/view/decision.h \
	src/view/delta.c src/view/delta.h \
	src/view/digest.c src/view/digest.h \
	src/view/dns_answer.c src/view/dns_answer.h \
	src/view/dns_probe.c src/view/dns_probe.h \
	src/view/dns_text.c src/view/dns_text.h \
	src/view/dns_zones.c src/view/dns_zones.h \
	src/view/export.c src/view/export.h \
	src/view/export_formats.h \
	src/view/export_bind.c \
	src/view/export_crowdsec.c \
	src/view/export_ipset.c \
	src/view/export_mikrotik.c \
	src/view/export_misp.c \
	src/view/export_nft.c \
	src/view/export_postfix.c \
	src/view/export_rbldnsd.c \
	src/view/export_rpz.c \
	src/view/export_stix.c \
	src/view/html.c src/view/html.h \
	src/view/lookup.c src/view/lookup.h \
	src/view/exemptions.c src/view/exemptions.h \
	src/view/metrics.c src/view/metrics.h \
	src/view/merge.c src/view/merge.h \
	src/view/order.c src/view/order.h \
	src/view/page_lookup.c src/view/page_lookup.h \
	src/view/peers.c src/view/peers.h \
	src/view/petition.c src/view/petition.h \
	src/view/problem.c src/view/problem.h \
	src/view/rehearse.c src/view/rehearse.h \
	src/view/sighting.c src/view/sighting.h \
	src/view/status.c src/view/status.h \
	src/view/uuid.c src/view/uuid.h
noinst_LIBRARIES += libview.a
libview_a_SOURCES = $(view_files)
libview_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)

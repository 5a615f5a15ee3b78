# Layer core: the engine and its parts.
core_files = \
	src/core/agenda.c src/core/agenda.h \
	src/core/backlog.c src/core/backlog.h \
	src/core/engine.c src/core/engine_parts.h \
	src/core/engine_exempt.c \
	src/core/engine_list.c \
	src/core/engine_own.c \
	src/core/engine_read.c \
	src/core/engine_report.c \
	src/core/engine_sync.c \
	src/core/engine_why.c \
	src/core/exempts.c src/core/exempts.h \
	src/core/engine_time.c \
	src/core/feed.c src/core/feed.h \
	src/core/gossip.c src/core/gossip.h \
	src/core/gossip_ask.c \
	src/core/gossip_parts.h \
	src/core/gossip_read.c \
	src/core/gossip_tell.c \
	src/core/hearing.c src/core/hearing.h \
	src/core/journal.c src/core/journal.h \
	src/core/listing.c src/core/listing.h \
	src/core/members.c src/core/members.h \
	src/core/outbox.c src/core/outbox.h \
	src/core/policy.c \
	src/core/prefixset.c src/core/prefixset.h \
	src/core/rule.c \
	src/core/threats.c src/core/threats.h \
	src/core/touched.c src/core/touched.h \
	src/core/votes.c src/core/votes.h \
	src/core/waivers.c src/core/waivers.h \
	src/core/writes.c src/core/writes.h

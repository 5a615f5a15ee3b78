# Layer core: the engine and its parts.
core_files = \
	src/core/feed.c src/core/feed.h \
	src/core/listing.c src/core/listing.h \
	src/core/policy.c \
	src/core/prefixset.c src/core/prefixset.h \
	src/core/rule.c \
	src/core/votes.c src/core/votes.h

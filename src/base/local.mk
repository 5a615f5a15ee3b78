# Layer base: things that know nothing of this project.
base_files = \
	src/base/buf.c src/base/buf.h \
	src/base/hash.c src/base/hash.h \
	src/base/jsonw.c src/base/jsonw.h \
	src/base/map64.c src/base/map64.h \
	src/base/mem.c src/base/mem.h \
	src/base/promw.c src/base/promw.h \
	src/base/text.c src/base/text.h \
	src/base/wire.c src/base/wire.h

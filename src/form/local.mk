# Layer form: bytes on wire and disk.
form_files = \
	src/form/category.c \
	src/form/ipaddr.c src/form/ipaddr.h \
	src/form/key.c \
	src/form/merkle.c src/form/merkle.h \
	src/form/nodeid.c \
	src/form/pending.c src/form/pending.h \
	src/form/prefix.c \
	src/form/record.c \
	src/form/subject.c

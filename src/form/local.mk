# Layer form: bytes on wire and disk.
form_files = \
	src/form/batch.c \
	src/form/batch_build.c \
	src/form/batch_root.c src/form/batch_root.h \
	src/form/card.c \
	src/form/category.c \
	src/form/chain.c \
	src/form/dns_msg.c src/form/dns_msg.h \
	src/form/dns_stream.c src/form/dns_stream.h \
	src/form/gossip_msg.c src/form/gossip_msg.h \
	src/form/http_answer.c src/form/http_answer.h \
	src/form/ipaddr.c src/form/ipaddr.h \
	src/form/key.c \
	src/form/merkle.c src/form/merkle.h \
	src/form/nodeid.c \
	src/form/pending.c src/form/pending.h \
	src/form/prefix.c \
	src/form/record.c \
	src/form/subject.c

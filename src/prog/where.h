/*
 * where: the address of a listener, as programs on the same host use it.
 */
#ifndef WHERE_H
#define WHERE_H

struct where {
	char address[64]; /* numeric, without brackets */
	char port[8];
};

/**
 * where_local(listen, ret):
 * Fill *${ret} from ADDR:PORT of the configuration; of a listener on all
 * addresses it is loopback. Return 0, or -1 if ${listen} is NULL or not of
 * that form.
 */
int where_local(const char *listen, struct where *ret);

#endif

/*
 * initconf: the configuration file of a new node.
 */
#ifndef INITCONF_H
#define INITCONF_H

#include <stdbool.h>
#include <stddef.h>

#include <virbl/card.h>

#include "base/buf.h"
#include "shell/confvalue.h"

/* Texts are the caller's; NULL where not given. */
struct initconf {
	const char *name;
	const char *group;
	const char *contact;
	const char *url;
	const char *prefixes[CARD_PREFIXES];
	size_t	 nprefixes;
	const char *peers;
	const char *http;
	const char *dns;
	char	 zone[CONFVALUE_ZONE + 1]; /* "" none */
	bool	 system;	/* /etc, /var, /run instead of one directory */
	const char *user;	/* whom the daemon becomes */
	char	 host[CARD_NAME + 1]; /* room for a default name */
};

/**
 * initconf_write(ic, out):
 * Append the file, with comments that tell a newcomer what everything is.
 */
void initconf_write(const struct initconf *ic, struct buf *out);

#endif

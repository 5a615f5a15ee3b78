/*
 * confexport: an export section of the configuration: a file that the daemon
 * keeps fresh.
 */
#ifndef CONFEXPORT_H
#define CONFEXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/card.h>

#include "view/export.h"

#define CONFEXPORT_MAX 64 /* most sections */
#define CONFEXPORT_HOOK 64 /* most words of a hook */

struct conf_export {
	char name[CARD_NAME + 1];
	char list[CARD_NAME + 1];
	const struct export_format *format;
	char *path; /* owned */
	struct export_filter filter;
	uint32_t interval; /* s: at least so long between two writes */
	bool sign; /* write PATH.sig, too */
	bool rising; /* the serial of a zone is the time */
	char **hook; /* nhook words, owned; run after a change */
	size_t nhook;
	uint32_t hook_timeout; /* s */
	unsigned line; /* where it stands */
};

/**
 * confexport_init(x):
 * Make ${x} a section of which nothing was said.
 */
void confexport_init(struct conf_export *x);

/**
 * confexport_set(x, key, value, why, size):
 * Set ${key} to ${value}, or add that to the hook. Return 0, or -1 with what is
 * wrong in ${why}.
 */
int confexport_set(struct conf_export *x, const char *key, const char *value,
    char *why, size_t size);

/**
 * confexport_copy(to, from):
 * Make ${to}, in which there is nothing, a copy of ${from}.
 */
void confexport_copy(struct conf_export *to, const struct conf_export *from);

/**
 * confexport_same(a, b):
 * True if both say the same, wherever they stand.
 */
bool confexport_same(const struct conf_export *a, const struct conf_export *b);

/**
 * confexport_free(x):
 * Free what is ${x}'s own, and make it empty.
 */
void confexport_free(struct conf_export *x);

#endif

/*
 * export: a list as a file, one short writer a format.
 *
 * Rows come in ascending order of subject. An empty list is a valid file.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/engine.h>

#include "base/buf.h"
#include "core/listing.h"

/* The file as a whole. */
struct export_file {
	const char *list;
	uint32_t at;		/* the moment it is true of */
	size_t	 rows;		/* written so far */
	size_t	 four;		/* of them IPv4 */
	unsigned family;	/* 4, 6 or 0 for both */
	uint32_t code;		/* the list's answer, 127.0.0.x */
	uint32_t serial;	/* of zones: 1 to 2^31 - 1, by the contents */
};

/* One listed subject. */
struct export_row {
	uint64_t subject;
	/* Only for formats with details: */
	struct verdict verdict;
	char	 threat[BATCH_NAME + 1]; /* of the latest sighting, "" none */
};

struct export_format {
	const char *name;
	const char *type;	/* media type */
	bool	 details;	/* rows need more than the subject */
	void	(*begin)(struct buf *out, const struct export_file *f);
	void	(*row)(struct buf *out, const struct export_file *f,
		    const struct export_row *row);
	void	(*end)(struct buf *out, const struct export_file *f);
};

/* What of a list is wanted. */
struct export_filter {
	unsigned family;	/* 4, 6 or 0 for both */
	bool	 within;	/* only what ${prefix} touches */
	struct prefix prefix;
	size_t	 limit;		/* most rows, 0 all */
};

/**
 * export_find(name):
 * Return the format called ${name}, NULL if there is none.
 */
const struct export_format *export_find(const char *name);

/**
 * export_names(out):
 * Append the names of all formats, separated by ", ".
 */
void export_names(struct buf *out);

/**
 * export_slice(rows, n, filter, from):
 * Return how many of the ${n} ascending ${rows} are wanted, and in *${from} the
 * index of the first of them: they are neighbours.
 */
size_t export_slice(const struct listing_row *rows, size_t n,
    const struct export_filter *filter, size_t *from);

/**
 * export_detail(e, rule, list, at, row):
 * Fill in the details of row->subject on ${list} at ${at}; ${rule} is working
 * memory. Return false if it is not listed.
 */
bool export_detail(const struct engine *e, struct rule *rule,
    const struct policy_list *list, uint32_t at, struct export_row *row);

#endif

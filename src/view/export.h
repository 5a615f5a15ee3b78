/*
 * export: a list as a file, one short writer a format.
 *
 * Rows come in ascending order of subject. An empty list is a valid file, and
 * equal lists are equal bytes, whoever writes them and when: no writer knows
 * the present.
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
	size_t	 rows;		/* written so far */
	size_t	 four;		/* of them IPv4 */
	unsigned family;	/* 4, 6 or 0 for both */
	uint32_t code;		/* the list's answer, 127.0.0.x */
	uint32_t serial;	/* of zones, not 0 */
	uint32_t newest;	/* the latest sighting that lists anything, the
				   same wherever the list is; 0 if empty */
};

/* One listed subject. */
struct export_row {
	uint64_t subject;
	uint32_t until;
	/* Only for formats with details: */
	struct verdict verdict;
	char	 threat[BATCH_NAME + 1]; /* of the latest sighting, "" none */
};

enum export_needs {
	EXPORT_SUBJECTS,	/* rows need the subject only */
	EXPORT_TIMES,		/* and until, or the file's newest */
	EXPORT_DETAILS,		/* and what votes tell */
};

struct export_format {
	const char *name;
	const char *type;	/* media type */
	enum export_needs needs;
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
	size_t	 limit;		/* most rows, 0 all: those seen last */
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
 * export_select(rows, n, filter):
 * Move those of the ${n} ascending ${rows} that are wanted to the front, in
 * their order. Return their number.
 */
size_t export_select(struct listing_row *rows, size_t n,
    const struct export_filter *filter);

/**
 * export_begin(f, list, rows, n):
 * Fill in the rest of ${f} for the ${n} ${rows} of ${list}; its name must
 * outlive ${f}.
 */
void export_begin(struct export_file *f, const struct policy_list *list,
    const struct listing_row *rows, size_t n);

/**
 * export_detail(e, rule, list, at, row):
 * Fill in the details of row->subject on ${list} at ${at}; ${rule} is working
 * memory. Return false if it is not listed.
 */
bool export_detail(const struct engine *e, struct rule *rule,
    const struct policy_list *list, uint32_t at, struct export_row *row);

#endif

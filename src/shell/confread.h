/*
 * confread: what the keys of the configuration mean: one table of keys, each
 * with its range, filling a struct conf and its policy.
 *
 * Whoever parses the file hands over key by key and section by section.
 */
#ifndef CONFREAD_H
#define CONFREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "shell/conf.h"

enum confsection {
	SECTION_NODE,
	SECTION_LISTEN,
	SECTION_LIST,
	SECTION_PEER,
	SECTION_ALLOW,
	SECTION_DNS,
	SECTION_EXPORT,
	SECTION_DESK,
	SECTION_LIMITS,
	SECTIONS
};

#define CONFREAD_KEYS	16	/* most keys of a section */

struct confread;

struct confkey {
	uint8_t	 section;	/* enum confsection */
	bool	 list;		/* takes any number of values */
	const char *name;
	void	(*set)(struct confread *r, const struct confkey *key,
		    const char *value);
	size_t	 offset;	/* of the field in the object of the section */
	uint32_t lo, hi;	/* range, or longest text in hi */
};

struct confread_place {
	char	*file;		/* owned */
	unsigned line;
};

struct confread {
	struct conf *c;		/* filled; the caller's */
	struct policy *policy;	/* filled; NULL: read only node {} */
	const uint8_t *own;	/* own key, or NULL */
	struct buf errors;
	struct buf warnings;
	unsigned nerrors;
	const char *file;	/* being read */
	unsigned line;		/* of the key being read */
	/* The section being read. */
	const struct confkey *key;
	unsigned first;		/* line of its first key, 0 none yet */
	uint32_t seen;		/* bit i: key i of its table was set */
	struct policy_list list;
	struct policy_member member;
	struct conf_export export;
	/* All sections. */
	unsigned sections[SECTIONS]; /* how many there were */
	struct prefix *prefixes; /* own; owned */
	size_t	 nprefixes;
	struct confread_place *places; /* of policy->members[i] */
	size_t	 nplaces;
	char	**allow;	/* files, owned */
	unsigned *allow_line;
	size_t	 nallow;
	unsigned peers_dir_line; /* where peers_dir is set, 0 nowhere */
};

/**
 * confread_init(r, c, policy, own):
 * Begin to fill ${c}, and ${policy} unless NULL.
 */
void confread_init(struct confread *r, struct conf *c, struct policy *policy,
    const uint8_t *own);

/**
 * confread_keys(section, n), confread_name(section):
 * Return the ${n} keys of a section; its name.
 */
const struct confkey *confread_keys(enum confsection section, size_t *n);
const char *confread_name(enum confsection section);

/**
 * confread_titled(section):
 * True if the section has a name behind its word, and may come repeatedly.
 */
bool confread_titled(enum confsection section);

/**
 * confread_value(r, key, value, fresh, line):
 * Take one value of ${key}; ${fresh}: it begins an assignment.
 */
void confread_value(struct confread *r, const struct confkey *key,
    const char *value, bool fresh, unsigned line);

/**
 * confread_end(r, section, title, line):
 * A section ends in ${line}.
 */
void confread_end(struct confread *r, enum confsection section,
    const char *title, unsigned line);

/**
 * confread_error(r, line, fmt, ...):
 * Note a problem in ${line} of the present file (0: of the whole file).
 */
void confread_error(struct confread *r, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * confread_free(r):
 * Free what is ${r}'s own.
 */
void confread_free(struct confread *r);

#endif

/*
 * policy: what one operator decided: lists, members and their trust, what is
 * never listed. Built once by whoever reads the configuration, const after.
 *
 * Weights and thresholds are in thousandths ("milli"). Durations are seconds.
 */
#ifndef VIRBL_POLICY_H
#define VIRBL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/card.h>
#include <virbl/category.h>
#include <virbl/key.h>
#include <virbl/subject.h>

#define POLICY_LISTS	16	/* most lists */
#define POLICY_MEMBERS	10000	/* most members, the own node included */
#define POLICY_WEIGHT	1000000	/* greatest weight: 1000.000 */
#define POLICY_THRESHOLD 100000000 /* greatest threshold: 100000.000 */
#define POLICY_DURATION	(366u * 86400) /* longest window or hold */
#define POLICY_RETENTION_MIN (8u * 86400)

enum trust {
	TRUST_NONE,		/* not replicated, counts nothing */
	TRUST_OBSERVE,		/* stored, counts nothing */
	TRUST_VOTE,		/* counts, needs company */
	TRUST_FULL,		/* may list alone */
};

struct policy_list {
	char	 name[CARD_NAME + 1];
	uint16_t categories;	/* CATEGORY_BIT()s, at least one */
	uint32_t window;	/* >= 1 */
	uint32_t hold;		/* >= 1 */
	uint32_t threshold;	/* milli, >= 1 */
	uint32_t cap;		/* >= 1 */
	uint32_t groups;	/* >= 1 */
	uint32_t code;		/* 127.0.0.x as an integer; 0 none */
	char	 zone[254];	/* without final dot; "" none */
};

struct policy_member {
	uint8_t	 key[KEY_BYTES];
	char	 name[CARD_NAME + 1];
	char	 group[CARD_GROUP + 1]; /* "" means a group of its own */
	char	 url[CARD_URL + 1];	/* "" cannot be reached by us */
	enum trust trust;
	uint32_t weight;	/* milli */
	struct prefix *prefixes; /* accepted ones; owned */
	size_t	 nprefixes;
};

/* One exempt prefix and where it comes from. */
struct policy_exempt {
	struct prefix prefix;
	const char *source;	/* "special", "relay" or the file's name */
	unsigned line;		/* in that file, 0 if none */
};

struct prefixset;

struct policy {
	struct policy_list lists[POLICY_LISTS];
	size_t	 nlists;
	/* members[0] is the own node: trust full, url its own. */
	struct policy_member *members;
	size_t	 nmembers;
	bool	 special;	/* built-in special ranges are exempt */
	uint32_t batch_interval; /* ms; 0: by the number of members */
	bool	 hear_head;	/* hear the own head before publishing */
	struct prefixset *exempt; /* values index exempts[] */
	struct policy_exempt *exempts;
	size_t	 nexempts;
	char	**sources;	/* owned texts that exempts[].source may use */
	size_t	 nsources;
};

/**
 * policy_new():
 * Return a policy without lists, whose one member is an all-zero own node.
 * Free with policy_free().
 */
struct policy *policy_new(void);

/**
 * policy_list_add(p, list):
 * Append a copy of ${list}. Return NULL, or a text that says why not (limits,
 * name taken, ranges).
 */
const char *policy_list_add(struct policy *p, const struct policy_list *list);

/**
 * policy_member_add(p, m):
 * Append a copy of ${m} and its prefixes. Return NULL, or a text that says
 * why not (limit, name or key taken, weight out of range).
 */
const char *policy_member_add(struct policy *p, const struct policy_member *m);

/**
 * policy_exempt_add(p, prefix, source, line):
 * Exempt ${prefix}; ${source} is copied. Overlaps and repeats are allowed.
 */
void policy_exempt_add(struct policy *p, const struct prefix *prefix,
    const char *source, unsigned line);

/**
 * policy_ready(p):
 * Finish: add the special ranges if p->special, index the exemptions. Call
 * once, before the functions below and before handing ${p} to an engine.
 */
void policy_ready(struct policy *p);

/**
 * policy_exempted(p, subject):
 * Return why ${subject} is never listed, or NULL: the most specific prefix.
 */
const struct policy_exempt *policy_exempted(const struct policy *p,
    uint64_t subject);

/**
 * policy_member_find(p, key):
 * Return the member with ${key}, or NULL.
 */
const struct policy_member *policy_member_find(const struct policy *p,
    const uint8_t key[KEY_BYTES]);

/**
 * policy_list_find(p, name):
 * Return the list called ${name}, or NULL.
 */
const struct policy_list *policy_list_find(const struct policy *p,
    const char *name);

/**
 * policy_retention(p):
 * Return the largest window + hold of any list, at least
 * POLICY_RETENTION_MIN.
 */
uint32_t policy_retention(const struct policy *p);

/**
 * trust_name(t), trust_find(name):
 * Name of a level ("none", "observe", "vote", "full"); level of a name or -1.
 */
const char *trust_name(enum trust t);
int trust_find(const char *name);

/**
 * policy_free(p):
 * Free ${p}; NULL is harmless.
 */
void policy_free(struct policy *p);

#endif

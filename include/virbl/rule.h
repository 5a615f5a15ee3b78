/*
 * rule: the listing rule, a pure function of votes, policy and time.
 *
 * The normative text is docs/protocol.md ("The listing rule"). The ladder, with
 * the numbers used in comments, manuals and tests:
 *
 *	1 exempt	the subject is never listed (decided by the caller,
 *			last, on every output)
 *	2 silent	no sighting counts
 *	3 below		no moment reached the threshold
 *	4 alone		the threshold was reached, but by too few groups, and by
 *			none that may list alone
 *	5 expired	it qualified once, but hold has passed since
 *	6 trusted	listed: one group's fully trusted members reach the
 *			threshold alone
 *	7 company	listed: threshold reached by enough groups
 *
 * Where 6 and 7 both hold at the deciding moment, 7 is named.
 */
#ifndef VIRBL_RULE_H
#define VIRBL_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>

/*
 * One remembered statement about a subject. A sighting here is already
 * merged: all of one member's sightings of the subject and category within one
 * UTC minute, counts added (saturating), seen the latest. Kept in ascending
 * order of (seen, member, category).
 */
struct vote {
	uint32_t seen;		/* seconds; for marks, their time */
	uint32_t count;
	uint32_t threat;	/* number of a name, 0 none */
	uint16_t member;	/* number given by whoever keeps the votes */
	uint8_t	 what;		/* a category, or a VOTE_ mark */
	uint8_t	 flags;		/* SIGHTING_ flags, ORed */
};

#define VOTE_RETRACTION	0xf0	/* own sightings with seen <= time withdrawn */
#define VOTE_CLEARANCE	0xf1	/* by the member, if it owns the subject */
#define VOTE_CLEARED	0xf2	/* by the local operator; always counts */

#define RULE_MINUTES	1440	/* merged sightings kept per member, category */

/* What the rule needs to know of a member. */
struct rule_member {
	uint16_t group;		/* index into weights */
	uint8_t	 trust;		/* enum trust */
	const struct prefix *prefixes; /* whose owner it is */
	size_t	 nprefixes;
};

struct rule_world {
	const struct rule_member *members; /* by number */
	size_t	 nmembers;
	const uint32_t *weights; /* by group: highest weight of its members
				    whose trust is above observe, milli */
	size_t	 ngroups;
	uint32_t retention;
};

enum rule_reason {
	RULE_EXEMPT = 1,
	RULE_SILENT,
	RULE_BELOW,
	RULE_ALONE,
	RULE_EXPIRED,
	RULE_TRUSTED,
	RULE_COMPANY,
};

/* What the rule says of one subject on one list. */
struct verdict {
	uint32_t since;		/* start of the latest stretch, 0 none */
	uint32_t until;		/* its end, 0 if it never qualified */
	uint32_t last;		/* latest counted sighting, 0 none */
	uint64_t score;		/* milli: at the moment that sets until, else at
				   the latest counted sighting */
	uint32_t groups;	/* groups with n >= 1 at that moment */
	enum rule_reason reason;
};

/* Working memory, reusable for any number of subjects and worlds. */
struct rule;

/**
 * rule_new():
 * Return working memory; free with rule_free().
 */
struct rule *rule_new(void);

/**
 * rule_prepare(rule, world, subject, votes, n, now):
 * Take in the ${n} votes for ${subject}, in their order: apply trust,
 * retractions, clearances, and leave out what lies after ${now} or before
 * ${now} - retention. ${world} and ${votes} must stay until the last
 * rule_decide(). Return the time up to which the subject is cleared, 0 if not.
 */
uint32_t rule_prepare(struct rule *rule, const struct rule_world *world,
    uint64_t subject, const struct vote *votes, size_t n, uint32_t now);

/**
 * rule_decide(rule, list, ret):
 * Climb the ladder for ${list} at the time given to rule_prepare(). The
 * subject is listed if ret->reason is RULE_TRUSTED or RULE_COMPANY.
 */
void rule_decide(struct rule *rule, const struct policy_list *list,
    struct verdict *ret);

/**
 * rule_next(rule):
 * Return the earliest moment after the prepared time at which the answer may
 * change by itself, other than by reaching until: a sighting or clearance that
 * was left out as future comes to count, or an ignored clearance may work
 * because something older is forgotten. 0 if there is none.
 */
uint32_t rule_next(const struct rule *rule);

/**
 * rule_reason_text(r):
 * Return the word of the ladder for ${r}.
 */
const char *rule_reason_text(enum rule_reason r);

/**
 * rule_free(rule):
 * Free ${rule}; NULL is harmless.
 */
void rule_free(struct rule *rule);

#endif

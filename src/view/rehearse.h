/*
 * rehearse: the listing rule over a file of votes, without a node.
 *
 * One sighting a row, seven fields separated by one tab each:
 *
 *	time member group subject category count threat
 *
 * time is in Unix seconds, count at least 1; group and threat may be empty.
 * Empty lines and lines that begin with "#" are skipped; a final CR is dropped.
 *
 * A member whose name the policy knows has the trust, weight and group given
 * there, whatever the row says; members[0], the own node, is trusted fully.
 * Any other member is "vote", weight 1, in the group of its rows, or, if that
 * is empty, in a group of its own. Exemptions are the last gate.
 *
 * As on a node, what one member saw of a subject and category within one UTC
 * minute is one sighting, and the newest RULE_MINUTES of them are kept, before
 * anything else is looked at, the asked time included.
 */
#ifndef REHEARSE_H
#define REHEARSE_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/policy.h>
#include <virbl/rule.h>

#define REHEARSE_ERRORS	1000	/* most errors that are described */
#define REHEARSE_MEMBERS 50000 /* most members in a file */

/* A listed subject. */
struct rehearse_row {
	uint64_t subject;
	struct verdict verdict;	/* RULE_TRUSTED or RULE_COMPANY */
};

/* Why a row was left out. */
struct rehearse_error {
	size_t	 line;		/* from 1 */
	const char *field;	/* "time", "member", ... or "row"; static */
	char	 text[192];	/* problem and remedy, for people */
};

struct rehearsal {
	uint32_t at;		/* the time it was decided for */
	struct rehearse_row *rows; /* ascending by subject */
	size_t	 nrows;
	struct rehearse_error *errors; /* ascending by line, the first
					  REHEARSE_ERRORS of them */
	size_t	 nerrors;
	size_t	 bad;		/* rows left out, described or not */
	size_t	 good;		/* rows taken, other categories included */
};

/**
 * rehearse(policy, list, text, len, at):
 * Decide ${list} of the finished ${policy} for the time ${at} (0: the latest
 * time of a good row) over the rows in ${len} bytes at ${text}. A bad row is
 * left out and described; reading goes on. Return the result, to be freed
 * with rehearse_free().
 */
struct rehearsal *rehearse(const struct policy *policy,
    const struct policy_list *list, const char *text, size_t len, uint32_t at);

/**
 * rehearse_free(r):
 * Free ${r}; NULL is harmless.
 */
void rehearse_free(struct rehearsal *r);

#endif

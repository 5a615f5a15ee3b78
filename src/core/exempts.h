/*
 * exempts: which mail servers members exempt, as they say it in their logs.
 *
 * A set in all but name: adding in any order gives the same. Of what one member
 * said of one subject the statement with the latest time counts; at one time a
 * revocation counts before an exemption. Of these latest statements the
 * EXEMPTS_KEPT greatest by (time, revocation before exemption, subject) are
 * kept for each member.
 *
 * A member's exemption is in force at T if it is kept, its time is not before
 * T - retention, the member's trust is above observe, and one of its accepted
 * prefixes contains the subject; of more than EXEMPTS_MOST the lowest subjects
 * are.
 *
 * What the own node says of itself (member 0) is kept here and never in force:
 * the local operator's list decides here (see waivers.h).
 */
#ifndef EXEMPTS_H
#define EXEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/rule.h>

#define EXEMPTS_KEPT 1024 /* most subjects remembered of a member */
#define EXEMPTS_MOST 256 /* most exemptions of a member in force */

struct exempts;

/* What a member said last of a subject. */
struct stated {
	uint64_t subject;
	uint32_t time;
	bool revoked; /* exempts it no longer */
	bool works; /* as of the last exempts_settle() */
};

/**
 * exempts_new(hashkey):
 * Return an empty set. Free with exempts_free().
 */
struct exempts *exempts_new(const uint8_t hashkey[16]);

/**
 * exempts_add(x, member, s):
 * Take in what ${member} stated; ${s}->works is not looked at.
 */
void exempts_add(struct exempts *x, size_t member, const struct stated *s);

/**
 * exempts_doubt(x):
 * Trust, prefixes or retention may have changed: look at everybody again.
 */
void exempts_doubt(struct exempts *x);

/**
 * exempts_settle(x, world, now, changed, arg):
 * Work out what is in force at ${now} and call changed(arg, subject) for what
 * began or ceased to be exempted by a member. Return the second at which
 * something lapses, and this is to be called again, 0 never.
 */
uint32_t exempts_settle(struct exempts *x, const struct rule_world *world,
    uint32_t now, void (*changed)(void *arg, uint64_t subject), void *arg);

/**
 * exempts_owner(x, subject, member):
 * Return the exemption of ${subject} that is in force, of several that by the
 * member of the lowest number, and store the number in *${member}; NULL if
 * there is none. Valid until the set changes.
 */
const struct stated *exempts_owner(const struct exempts *x, uint64_t subject,
    size_t *member);

/**
 * exempts_of(x, member, n):
 * Return what is kept of ${member}, ascending by subject, and its number; valid
 * until the set changes. NULL and 0 if nothing is.
 */
const struct stated *exempts_of(const struct exempts *x, size_t member,
    size_t *n);

/**
 * exempts_expire(x, before):
 * Forget statements with a time before ${before}.
 */
void exempts_expire(struct exempts *x, uint32_t before);

/**
 * exempts_free(x):
 * Free ${x}; NULL is harmless.
 */
void exempts_free(struct exempts *x);

#endif

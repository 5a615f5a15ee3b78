/*
 * votes: every statement that is still remembered, by subject.
 *
 * A set in all but name: adding in any order, or a batch's records in any
 * partition, gives the same votes. (Sightings of one member, category and UTC
 * minute merge: counts added, seen the latest. Of these the newest RULE_MINUTES
 * stay. Of retractions and local clearances the latest stays; of clearances the
 * earliest per member and UTC day.)
 *
 * The threat of merged sightings is that of the latest; of two seen at once the
 * one whose name is the lesser, or whose number is if names are not known. A
 * threat is for people: no decision may rest on it.
 */
#ifndef VOTES_H
#define VOTES_H

#include <stddef.h>
#include <stdint.h>

#include <virbl/rule.h>

struct threats;
struct votes;

/**
 * votes_new(hashkey):
 * Return an empty table whose hash is keyed, so that nobody outside can choose
 * collisions. Free with votes_free().
 */
struct votes *votes_new(const uint8_t hashkey[16]);

/**
 * votes_names(v, names):
 * The numbers of threats are those of ${names}, which must live as long as
 * ${v}: without it what a threat is may depend on who came first.
 */
void votes_names(struct votes *v, const struct threats *names);

/**
 * votes_add(v, subject, vote):
 * Add one sighting or mark; the table keeps a merged copy.
 */
void votes_add(struct votes *v, uint64_t subject, const struct vote *vote);

/**
 * votes_get(v, subject, n):
 * Return the votes for ${subject}, ascending by (seen, member, what), and
 * store their number; NULL and 0 if none. Valid until the table changes.
 */
const struct vote *votes_get(const struct votes *v, uint64_t subject,
    size_t *n);

/**
 * votes_expire(v, from, before, places):
 * Look at ${places} places of the table from *${from} on, drop what was seen
 * before ${before} and subjects without votes, and move *${from} (back to 0 at
 * the end).
 */
void votes_expire(struct votes *v, size_t *from, uint32_t before,
    size_t places);

/**
 * votes_walk(v, from, out, max):
 * Store at most ${max} subjects from table place *${from} on (begin with 0) and
 * move *${from}. Return their number; 0 means the end. Order is that of the
 * hash: no result may depend on it. Places move when a new subject makes the
 * table grow: a walk that must see all is done without votes_add() between.
 */
size_t votes_walk(const struct votes *v, size_t *from, uint64_t *out,
    size_t max);

/**
 * votes_subjects(v):
 * Return the number of subjects.
 */
size_t votes_subjects(const struct votes *v);

/**
 * votes_free(v):
 * Free ${v}; NULL is harmless.
 */
void votes_free(struct votes *v);

#endif

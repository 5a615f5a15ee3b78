/*
 * agenda: what must be looked at again at which second.
 */
#ifndef AGENDA_H
#define AGENDA_H

#include <stdbool.h>
#include <stdint.h>

struct agenda;

struct agenda_entry {
	uint64_t subject;
	uint32_t time;
	uint32_t topic;		/* the caller's */
};

/**
 * agenda_new():
 * Return an empty agenda. Free with agenda_free().
 */
struct agenda *agenda_new(void);

/**
 * agenda_add(a, entry):
 * Remember a copy of ${entry}. Nothing is ever taken back: whoever takes an
 * entry out looks whether it still holds.
 */
void agenda_add(struct agenda *a, const struct agenda_entry *entry);

/**
 * agenda_take(a, now, ret):
 * Take the first entry, by (time, subject, topic), whose time is at most
 * ${now}, and all entries equal to it. Return false if there is none.
 */
bool agenda_take(struct agenda *a, uint32_t now, struct agenda_entry *ret);

/**
 * agenda_next(a):
 * Return the time of the first entry, 0 if there is none.
 */
uint32_t agenda_next(const struct agenda *a);

/**
 * agenda_free(a):
 * Free ${a}; NULL is harmless.
 */
void agenda_free(struct agenda *a);

#endif

/*
 * ration: how often strangers may ask for something that costs work.
 *
 * Each client (an IPv4 address, an IPv6 /64) may ask RATION_BURST times at once
 * and then every RATION_PAUSE seconds; all together a hundred times as often.
 * Clients are told apart by a keyed hash, so that a few may share their ration.
 */
#ifndef RATION_H
#define RATION_H

#include <stdint.h>

#include <virbl/time.h>

#define RATION_BURST	10
#define RATION_PAUSE	60	/* s */
#define RATION_ALL	100	/* clients' worth for all together */
#define RATION_SLOTS	8192

struct ration;

/**
 * ration_new():
 * Return rations that nobody used. Free with ration_free().
 */
struct ration *ration_new(void);

/**
 * ration_take(r, client, now):
 * Any thread: count that ${client} asks. Return 0 if it may, or after how many
 * seconds it may.
 */
uint32_t ration_take(struct ration *r, uint64_t client, struct mono now);

/**
 * ration_free(r):
 * Free ${r}; NULL is harmless.
 */
void ration_free(struct ration *r);

#endif

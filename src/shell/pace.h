/*
 * pace: how often each client's prefix (/24, /56) may ask, whatever it asks.
 */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virbl/time.h>

#define PACE_SLOTS	65536	/* prefixes told apart */
#define PACE_ADDRESS	17	/* bytes: 4 or 6, the address, zeros */

struct pace;
struct sockaddr;

/**
 * pace_new(rate):
 * Allow ${rate} questions a second and prefix; 0: as often as they like. Free
 * with pace_free().
 */
struct pace *pace_new(uint32_t rate);

/**
 * pace_address(sa, out):
 * Write the IPv4 or IPv6 address in ${sa}, an IPv4-mapped one as IPv4.
 */
void pace_address(const struct sockaddr *sa, uint8_t out[PACE_ADDRESS]);

/**
 * pace_take(p, address, kind, now):
 * Any thread: count one question from ${address}; each ${kind} of them is
 * counted by itself. Return false if it is one too many.
 */
bool pace_take(struct pace *p, const uint8_t address[PACE_ADDRESS],
    uint8_t kind, struct mono now);

/**
 * pace_free(p):
 * Free ${p}; NULL is harmless.
 */
void pace_free(struct pace *p);

#endif

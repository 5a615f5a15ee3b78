/*
 * decision: one listed subject as CrowdSec's bouncers know it (its local API,
 * models.Decision).
 *
 * One subject is one decision with one id, on however many lists it stands: an
 * IPv4 address its own value, a /64 a number made from it, below 2^53.
 */
#ifndef DECISION_H
#define DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define DECISION_ORIGIN	"virbl"
#define DECISION_TYPE	"ban"

struct decision {
	uint64_t subject;
	const char *list;	/* its scenario is "virbl/LIST" */
	uint32_t until;
	int64_t	 seconds;	/* to go; negative: it ended so long ago */
	bool	 reason;	/* the scenario by the name cscli reads, too */
};

/**
 * decision_scenario(list, out, size):
 * Write the scenario of ${list}.
 */
void decision_scenario(const char *list, char *out, size_t size);

/**
 * decision_write(out, d):
 * Append ${d} as a JSON object.
 */
void decision_write(struct buf *out, const struct decision *d);

/**
 * decision_duration(out, seconds):
 * Append ${seconds} as Go writes durations: "-1h0m5s".
 */
void decision_duration(struct buf *out, int64_t seconds);

#endif

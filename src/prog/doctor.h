/*
 * doctor: what may be wrong with a node and its surroundings, and what to do
 * about it.
 *
 * Each check says one thing or more with doctor_ok() and so
 * on; a check that cannot be
 * made because another one failed says nothing.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <jansson.h>

#include "shell/conf.h"

#include "cmd.h"

struct doctor {
	const struct cmd_ctx *ctx;
	struct conf *conf; /* NULL: something is wrong with it */
	json_t *status; /* GET /v1/status; NULL: no answer */
	json_t *peers; /* GET /v1/peers; NULL: no answer */
	json_t *checks; /* array of what was said */
};

/**
 * doctor_ok(d, check, fmt, ...), doctor_warn(d, check, remedy, fmt, ...),
 * doctor_fail(d, check, remedy, fmt, ...):
 * Say how ${check}, a word, stands, and what to do about it (NULL nothing).
 */
void doctor_ok(struct doctor *d, const char *check, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_warn(struct doctor *d, const char *check, const char *remedy,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void doctor_fail(struct doctor *d, const char *check, const char *remedy,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- doctor_node.c: the node ---- */

/**
 * doctor_config(d), doctor_daemon(d), doctor_disk(d), doctor_clock(d),
 * doctor_peers(d), doctor_exempt(d):
 * Is the configuration valid and the key safe; does the daemon serve; is there
 * room; is the time right; are peers heard; what do exemptions do.
 * doctor_config() fills d->conf, doctor_daemon() d->status and d->peers.
 */
void doctor_config(struct doctor *d);
void doctor_daemon(struct doctor *d);
void doctor_disk(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_peers(struct doctor *d);
void doctor_exempt(struct doctor *d);

/* ---- doctor_net.c: its surroundings ---- */

/**
 * doctor_listeners(d), doctor_zones(d), doctor_resolver(d), doctor_own(d):
 * Can the listeners be reached; do the zones answer as they must, directly and
 * through the resolvers of this host; can own mail servers be listed.
 */
void doctor_listeners(struct doctor *d);
void doctor_zones(struct doctor *d);
void doctor_resolver(struct doctor *d);
void doctor_own(struct doctor *d);

#endif

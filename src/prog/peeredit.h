/*
 * peeredit: changes to the peers of the own node: written to peers.d, checked
 * as a whole, put in force by a running daemon.
 */
#ifndef PEEREDIT_H
#define PEEREDIT_H

#include <virbl/policy.h>

#include "shell/conf.h"

#include "cmd.h"

/* The node being edited. */
struct peeredit {
	struct cmd_ctx *ctx;
	struct conf *paths;
	struct policy *policy;	/* in the files */
	uint8_t	 own[KEY_BYTES];
};

/**
 * peeredit_open(e, ctx):
 * Read the configuration and the own key. Return CMD_OK; or the code to end
 * with after saying what is wrong, nothing left to free.
 */
int peeredit_open(struct peeredit *e, struct cmd_ctx *ctx);

/**
 * peeredit_find(e, name):
 * Return the peer called ${name} or with the node ID ${name}, or NULL after
 * saying that there is none.
 */
const struct policy_member *peeredit_find(const struct peeredit *e,
    const char *name);

/**
 * peeredit_put(e, m, replace):
 * Write the peer ${m}, in place of its present file if ${replace}, and check
 * the whole configuration with it; if that is bad, or ${m} is the own node or
 * known already, change nothing. Return CMD_OK, or the code to end with after
 * saying why.
 */
int peeredit_put(struct peeredit *e, const struct policy_member *m,
    bool replace);

/**
 * peeredit_remove(e, name):
 * Remove the peer's file. Return CMD_OK, or the code to end with after saying
 * why.
 */
int peeredit_remove(struct peeredit *e, const char *name);

/**
 * peeredit_apply(e):
 * Have a running daemon take the changes over; say so if there is none.
 * Return CMD_OK, or the code to end with after saying what it answered.
 */
int peeredit_apply(struct peeredit *e);

/**
 * peeredit_close(e):
 * Free what ${e} holds.
 */
void peeredit_close(struct peeredit *e);

#endif

/*
 * call: asks the daemon named in the configuration one thing, and says what
 * went wrong.
 */
#ifndef CALL_H
#define CALL_H

#include <jansson.h>

#include "shell/conf.h"

#include "client.h"
#include "cmd.h"

#define CALL_PATH	8192	/* longest path with its query */

/**
 * call_conf(ctx):
 * Return the paths of the configuration in use, freed with conf_free(), or
 * NULL after saying what is wrong with it.
 */
struct conf *call_conf(const struct cmd_ctx *ctx);

/**
 * call_do(ctx, call, a):
 * Make ${call} over the socket of the configuration. Return the code to end
 * with; unless it is CMD_OK it was said why. ${a} may be read, and is freed
 * with client_answer_free() in any case.
 */
enum cmd_exit call_do(const struct cmd_ctx *ctx,
    const struct client_call *call, struct answer *a);

/**
 * call_json(ctx, method, path, body, ret):
 * As call_do() for JSON: ${body} (NULL none) is sent, the answer stored in
 * *${ret}, freed with json_decref(); NULL unless CMD_OK is returned.
 */
enum cmd_exit call_json(const struct cmd_ctx *ctx, const char *method,
    const char *path, const json_t *body, json_t **ret);

/**
 * call_time(ctx, val, path, sep, ret):
 * If the option ${val} was given, a time, append ${sep} "at=" and it to
 * ${path} and store it in *${ret}. Return 0, or CMD_USAGE after saying what is
 * wrong.
 */
int call_time(const struct cmd_ctx *ctx, int val, struct buf *path,
    const char *sep, uint32_t *ret);

/**
 * call_at(ctx, path, at, ret):
 * GET ${path} as call_json() does, to learn what was so at the time ${at} (0:
 * now). CMD_REFUSED, after saying so, also if the daemon answers for another
 * time or not at all: not every node keeps what it once answered.
 */
enum cmd_exit call_at(const struct cmd_ctx *ctx, const char *path, uint32_t at,
    json_t **ret);

#endif

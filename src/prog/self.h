/*
 * self: who and where the own node is, for commands.
 */
#ifndef SELF_H
#define SELF_H

#include <virbl/key.h>

#include "shell/conf.h"

#include "cmd.h"

/**
 * self_key(ctx, c, key):
 * Store the public key of the node: from its key file, or, where that cannot
 * be read, as the running daemon says. Return CMD_OK, or the code to end with
 * after saying what is wrong.
 */
int self_key(const struct cmd_ctx *ctx, const struct conf *c,
    uint8_t key[KEY_BYTES]);

/**
 * self_say(lines):
 * Say each of ${lines} on stderr behind "virbl: ".
 */
void self_say(const char *lines);

#endif

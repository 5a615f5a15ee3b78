/*
 * invite: a new peer as operators hand it over: one line URL#ID, or a card
 * file with peer sections.
 */
#ifndef INVITE_H
#define INVITE_H

#include <virbl/policy.h>

#include "cmd.h"

/**
 * invite_line(line, m):
 * Read URL#ID into the URL and key of *${m}, the rest empty, trust vote,
 * weight 1. Return NULL, or a text that says what is wrong.
 */
const char *invite_line(const char *line, struct policy_member *m);

/**
 * invite_card(ctx, path):
 * Read the card file ${path}. Return a policy whose members from 1 on are its
 * peers, freed with policy_free(), or NULL after saying what is wrong.
 */
struct policy *invite_card(const struct cmd_ctx *ctx, const char *path);

#endif

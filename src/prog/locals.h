/*
 * locals: the values of one node that snippets are filled with.
 */
#ifndef LOCALS_H
#define LOCALS_H

#include <jansson.h>
#include <stdbool.h>

#include "shell/conf.h"

#include "cmd.h"

/**
 * locals_make(ctx, c, chosen):
 * Return an object with the values of ${c}: strings (dns_address, dns_port,
 * http, virbl, ...) and arrays: "mail" the lists a mail server asks, "lists"
 * those a firewall loads, "dnslists" those with a zone and a code, "zones" the
 * highest zones of all lists, "dns" and "has_http" an item if the node listens
 * there. ${chosen}[i] says whether list
 * i of the policy was asked for; NULL: those that fit. Free with
 * json_decref().
 */
json_t *locals_make(const struct cmd_ctx *ctx, const struct conf *c,
    const bool *chosen);

#endif

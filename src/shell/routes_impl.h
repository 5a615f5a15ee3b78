/*
 * routes_impl: what the handlers share; only src/shell/routes*.c includes it.
 *
 * A handler is named after its route: route_METHOD_NAME. The table in routes.c
 * says who may call it; docs/api.md what it answers.
 */
#ifndef ROUTES_IMPL_H
#define ROUTES_IMPL_H

#include "shell/node.h"
#include "shell/request.h"
#include "shell/routes.h"

typedef void route_run(struct node *node, struct request *q,
    struct response *r);

/**
 * route_json(r):
 * The answer is 200 and JSON.
 */
void route_json(struct response *r);

/**
 * route_problem(r, status, detail, hint):
 * Make the answer a problem, whatever is in it.
 */
void route_problem(struct response *r, unsigned status, const char *detail,
    const char *hint);

/**
 * route_now():
 * Return the present in seconds.
 */
uint32_t route_now(void);

/**
 * route_number(q, r, name, max, ret):
 * Read the query argument ${name} into *${ret}, which stays if there is none;
 * above ${max} it is ${max}. Return -1, the problem in ${r}, if it is no number.
 */
int route_number(struct request *q, struct response *r, const char *name,
    uint64_t max, uint64_t *ret);

/* routes_public.c */
route_run route_get_root, route_get_ip, route_get_digest, route_get_node,
    route_get_peers, route_get_health, route_get_ready;
/* routes_list.c */
route_run route_get_list, route_get_changes;
/* routes_report.c */
route_run route_post_sightings, route_post_retract, route_post_clear;
/* routes_operator.c */
route_run route_get_status, route_get_pending, route_post_reload,
    route_get_tokens, route_post_tokens, route_delete_token;
/* routes_peer.c */
route_run route_get_heads, route_get_log, route_get_card;

#endif

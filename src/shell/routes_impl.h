/*
 * routes_impl: what the handlers share; only src/shell/routes*.c includes it.
 *
 * Handlers are named after their file. The table in routes.c
 * says who may call it; docs/api.md what it answers.
 */
#ifndef ROUTES_IMPL_H
#define ROUTES_IMPL_H

#include "shell/bearer.h"
#include "shell/listref.h"
#include "shell/node.h"
#include "shell/request.h"
#include "shell/routes.h"

typedef void route_run(struct node *node, struct request *q,
    struct response *r);

/**
 * routes_json(r):
 * The answer is 200 and JSON.
 */
void routes_json(struct response *r);

/**
 * routes_problem(r, status, detail, hint):
 * Make the answer a problem, whatever is in it.
 */
void routes_problem(struct response *r, unsigned status, const char *detail,
    const char *hint);

/**
 * routes_now():
 * Return the present in seconds.
 */
uint32_t routes_now(void);

/**
 * routes_number(q, r, name, max, ret):
 * Read the query argument ${name} into *${ret}, which stays if there is none;
 * above ${max} it is ${max}. Return -1, the problem in ${r}, if it is no
 * number.
 */
int routes_number(struct request *q, struct response *r, const char *name,
    uint64_t max, uint64_t *ret);

/**
 * routes_list_find(node, q, r, ret):
 * Find the list that is the first argument of the path. Return 0, or -1 and a
 * problem in ${r} that names those there are.
 */
int routes_list_find(struct node *node, struct request *q, struct response *r,
    struct listref *ret);

/**
 * routes_role(role):
 * Return the word for ${role}.
 */
const char *routes_role(enum role role);

/**
 * routes_may_name(q, subject):
 * True if the caller may give orders about ${subject}: operators about any,
 * desks about those in their prefixes.
 */
bool routes_may_name(const struct request *q, uint64_t subject);

/**
 * routes_who(q, out):
 * Write who the caller is, as it is kept beside its orders: its role, and
 * behind a space the name of its token.
 */
void routes_who(const struct request *q, char out[ENGINE_WHO + 1]);

/**
 * routes_client(node, q, ret):
 * Store the address the request came from: what a trusted proxy says in
 * X-Forwarded-For, if it came from one. Return 0, or -1 if it is not known (the
 * Unix socket, a proxy that says nothing usable).
 */
int routes_client(struct node *node, const struct request *q, uint64_t *ret);

/**
 * routes_listed(node, subject):
 * True if ${subject} is on any list now.
 */
bool routes_listed(struct node *node, uint64_t subject);

/**
 * routes_ip(node, q, subject, out):
 * Append the answer of GET /v1/ip for ${subject} to ${out}.
 */
void routes_ip(struct node *node, const struct request *q, uint64_t subject,
    struct buf *out);

/* routes_public.c */
route_run routes_public_root, routes_public_ip, routes_public_digest,
    routes_public_node, routes_public_peers;
/* routes_health.c */
route_run routes_health_metrics, routes_health_live, routes_health_ready;
/* routes_page.c */
route_run routes_page_root, routes_page_file, routes_page_lookup;
/* routes_session.c */
route_run routes_session_code, routes_session_show, routes_session_open,
    routes_session_close;
/* routes_list.c */
route_run routes_list_get;
/* routes_changes.c */
route_run routes_changes_get;
/* routes_crowdsec.c */
route_run routes_crowdsec_decisions, routes_crowdsec_stream,
    routes_crowdsec_metrics;
/* routes_removal.c */
route_run routes_removal_ask, routes_removal_list, routes_removal_refuse;
/* routes_report.c */
route_run routes_report_sightings, routes_report_retract, routes_report_clear;
/* routes_exempt.c */
route_run routes_exempt_list, routes_exempt_order;
/* routes_operator.c */
route_run routes_operator_status, routes_operator_pending,
    routes_operator_reload, routes_operator_tokens,
    routes_operator_token_add, routes_operator_token_remove;
/* routes_peer.c */
route_run routes_peer_heads, routes_peer_log, routes_peer_card;

/**
 * routes_session_cookie(q, text):
 * Store what names the session of ${q}. Return -1 if it sent none.
 */
int routes_session_cookie(const struct request *q, char text[BEARER_TEXT]);

#endif

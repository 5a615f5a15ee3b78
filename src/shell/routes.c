/*
 * The table of routes, and what happens before a handler is called.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/bearer.h"
#include "shell/clock.h"
#include "shell/routes_impl.h"
#include "shell/sessions.h"
#include "view/petition.h"
#include "view/problem.h"

#define PATH_BYTES 1024 /* longest path that can match */
#define SMALL 65536 /* bytes of a body that orders something */
#define METRICS 1048576 /* bytes of what a bouncer tells of itself */

#define PEERS (1u << DOOR_PEERS)
#define HERE (1u << DOOR_HTTP | 1u << DOOR_UNIX)
#define LOCAL (1u << DOOR_HTTPS | 1u << DOOR_HTTP | 1u << DOOR_UNIX)
#define BOUNCER (LOCAL | ROUTE_BOUNCER)

/* The first row that matches wins; a final {} takes the rest of the path. */
static const struct route table[] = {
    {"GET", "/", ROLE_PUBLIC, 0, 0, routes_page_root},
    {"GET", "/lookup", ROLE_PUBLIC, LOCAL, 0, routes_page_lookup},
    {"GET", "/www/{file}", ROLE_PUBLIC, LOCAL, 0, routes_page_file},
    {"GET", "/healthz", ROLE_PUBLIC, 0, 0, routes_health_live},
    {"GET", "/readyz", ROLE_PUBLIC, 0, 0, routes_health_ready},
    {"GET", "/metrics", ROLE_PUBLIC, HERE, 0, routes_health_metrics},
    {"GET", "/v1/ip/{address}", ROLE_PUBLIC, 0, 0, routes_public_ip},
    {"GET", "/v1/digest", ROLE_PUBLIC, 0, 0, routes_public_digest},
    {"GET", "/v1/node", ROLE_PUBLIC, 0, 0, routes_public_node},
    {"GET", "/v1/peers", ROLE_PUBLIC, 0, 0, routes_public_peers},
    {"GET", "/v1/list/{list}/changes", ROLE_READER, LOCAL, 0,
	routes_changes_get},
    {"GET", "/v1/list/{list}", ROLE_READER, LOCAL, 0, routes_list_get},
    {"GET", "/v1/decisions", ROLE_READER, BOUNCER, 0,
	routes_crowdsec_decisions},
    {"GET", "/v1/decisions/stream", ROLE_READER, BOUNCER, 0,
	routes_crowdsec_stream},
    {"POST", "/v1/usage-metrics", ROLE_READER, BOUNCER, METRICS,
	routes_crowdsec_metrics},
    {"POST", "/v1/sightings", ROLE_REPORTER, LOCAL, SIZE_MAX,
	routes_report_sightings},
    {"POST", "/v1/retract", ROLE_DESK, LOCAL, SMALL, routes_report_retract},
    {"POST", "/v1/clear", ROLE_DESK, LOCAL, SMALL, routes_report_clear},
    {"GET", "/v1/exempt", ROLE_DESK, LOCAL, 0, routes_exempt_list},
    {"POST", "/v1/exempt", ROLE_DESK, LOCAL, SMALL, routes_exempt_order},
    {"POST", "/v1/removal", ROLE_PUBLIC, 0, PETITION_BYTES, routes_removal_ask},
    {"GET", "/v1/removals", ROLE_DESK, LOCAL, 0, routes_removal_list},
    {"DELETE", "/v1/removals/{address}", ROLE_DESK, LOCAL, 0,
	routes_removal_refuse},
    {"GET", "/v1/status", ROLE_OPERATOR, LOCAL, 0, routes_operator_status},
    {"GET", "/v1/peers/pending", ROLE_OPERATOR, LOCAL, 0,
	routes_operator_pending},
    {"POST", "/v1/reload", ROLE_OPERATOR, LOCAL, 0, routes_operator_reload},
    {"GET", "/v1/tokens", ROLE_OPERATOR, LOCAL, 0, routes_operator_tokens},
    {"POST", "/v1/tokens", ROLE_OPERATOR, LOCAL, SMALL,
	routes_operator_token_add},
    {"DELETE", "/v1/tokens/{name}", ROLE_OPERATOR, LOCAL, 0,
	routes_operator_token_remove},
    {"POST", "/v1/login", ROLE_OPERATOR, LOCAL, SMALL, routes_session_code},
    {"GET", "/v1/session", ROLE_PUBLIC, LOCAL, 0, routes_session_show},
    {"POST", "/v1/session", ROLE_PUBLIC, LOCAL, SMALL, routes_session_open},
    {"DELETE", "/v1/session", ROLE_PUBLIC, LOCAL, 0, routes_session_close},
    {"GET", "/p/1/heads", ROLE_PUBLIC, PEERS, 0, routes_peer_heads},
    {"GET", "/p/1/log/{member}/{epoch}/{range}", ROLE_PUBLIC, PEERS, 0,
	routes_peer_log},
    {"GET", "/p/1/card", ROLE_PUBLIC, PEERS, 0, routes_peer_card},
};

#define ROUTES (sizeof(table) / sizeof(table[0]))
#define ARGS 4 /* of struct request */

/* ---- What handlers share ---- */

uint32_t
routes_now(void)
{
	return (wall_sec(clock_wall()));
}

void
routes_json(struct response *r)
{
	r->status = 200;
	r->type = "application/json";
}

void
routes_problem(struct response *r, unsigned status, const char *detail,
    const char *hint)
{
	r->status = status;
	r->type = PROBLEM_TYPE;
	r->etag[0] = '\0';
	r->wait_ms = 0;
	buf_reset(&r->body);
	problem_write(&r->body, status, detail, hint);
	if (r->bouncer)
		problem_message(&r->body, detail);
}

int
routes_number(struct request *q, struct response *r, const char *name,
    uint64_t max, uint64_t *ret)
{
	const char *text = q->query(q, name);
	char detail[64];

	if (text == NULL)
		return (0);
	if (text_u64(text, UINT64_MAX, ret) != 0) {
		snprintf(detail, sizeof(detail), "%s is not a whole number",
		    name);
		routes_problem(r, 400, detail, NULL);
		return (-1);
	}
	if (*ret > max)
		*ret = max;
	return (0);
}

/* ---- Which route ---- */

/*
 * Match ${path} with ${pattern}; cut it up, and point ${args} into it, if it
 * fits.
 */
static bool
match(const char *pattern, char *path, const char *args[ARGS])
{
	char *ends[ARGS];
	size_t n = 0, i, len;

	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return (false);
			continue;
		}
		pattern = strchr(pattern, '}') + 1;
		len = *pattern == '\0' ? strlen(path) : strcspn(path, "/");
		if (len == 0 || n == ARGS)
			return (false);
		args[n] = path;
		path += len;
		ends[n++] = path;
	}
	if (*path != '\0')
		return (false);
	for (i = 0; i < n; i++)
		*ends[i] = '\0';
	return (true);
}

static bool
method_is(const struct route *route, const char *method)
{
	/* libmicrohttpd leaves the body out of an answer to HEAD. */
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	return (strcmp(route->method, method) == 0);
}

/*
 * Find the route of ${q}; ${path} is a copy of its path that is cut up. If
 * there is none, the problem is in ${r}.
 */
static const struct route *
find(struct request *q, char *path, struct response *r)
{
	const struct route *route;
	const char *other = NULL;
	char hint[64];
	size_t i;

	for (i = 0; i < ROUTES; i++) {
		route = &table[i];
		if (route->doors != 0 && (route->doors & 1u << q->door) == 0)
			continue;
		if (!method_is(route, q->method)) {
			if (match(route->pattern, path, q->args)) {
				/* Cutting ended the search in this copy. */
				text_copy(path, PATH_BYTES, q->path);
				other = route->method;
			}
			continue;
		}
		if (match(route->pattern, path, q->args))
			return (route);
	}
	if (other == NULL) {
		routes_problem(r, 404, "there is nothing at this path",
		    q->door == DOOR_PEERS ?
			"this listener serves other nodes and public routes" :
			"GET / names the routes");
		return (NULL);
	}
	snprintf(hint, sizeof(hint), "use %s", other);
	routes_problem(r, 405, "not with this method", hint);
	r->allow = other;
	return (NULL);
}

/* ---- Who asks ---- */

/*
 * Somebody at the page: other sites can make a browser send a request, but not
 * this header with it.
 */
static void
recognise_session(struct node *node, struct request *q)
{
	char text[BEARER_TEXT];

	if (strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0 &&
	    q->header(q, "X-Virbl-Page") == NULL)
		return;
	if (routes_session_cookie(q, text) == 0 &&
	    sessions_find(node_sessions(node), text, &q->token, &q->left) == 0)
		q->role = q->token.role;
}

/* Set role and token of the caller; false if it showed an unknown token. */
static bool
recognise(struct node *node, struct request *q)
{
	const char *header = q->header(q, "Authorization");
	const char *key = q->header(q, "X-Api-Key");
	uint8_t hash[32];

	mem_free(q->token.prefixes);
	memset(&q->token, 0, sizeof(q->token));
	q->role = ROLE_PUBLIC;
	if (q->door == DOOR_UNIX) {
		q->role = ROLE_OPERATOR;
		return (true);
	}
	if (header == NULL && key == NULL) {
		recognise_session(node, q);
		return (true);
	}
	if ((header != NULL ? bearer_hash(header, hash) :
			      bearer_read(key, hash)) != 0 ||
	    store_token_find(node_store(node), hash, &q->token) != 0) {
		memset(&q->token, 0, sizeof(q->token));
		return (false);
	}
	q->role = q->token.role;
	return (true);
}

/* True if the caller may; else the problem is in ${r}. */
static bool
admit(struct node *node, const struct route *route, struct request *q,
    struct response *r)
{
	bool known = recognise(node, q);
	char detail[96], hint[96];

	if (route->role == ROLE_PUBLIC || q->role == ROLE_OPERATOR ||
	    q->role == route->role)
		return (true);
	snprintf(hint, sizeof(hint), "make a token: virbl token add %s NAME",
	    routes_role(route->role));
	if (r->bouncer && (!known || q->role == ROLE_PUBLIC)) {
		routes_problem(r, 403,
		    known ? "this needs a key: X-Api-Key: virbl_..." :
			    "this key is not known here",
		    hint);
	} else if (!known) {
		routes_problem(r, 401, "this token is not known here", hint);
	} else if (q->role == ROLE_PUBLIC) {
		routes_problem(r, 401,
		    "this needs a token: Authorization: Bearer virbl_...",
		    hint);
	} else {
		snprintf(detail, sizeof(detail),
		    "a %s token does not allow this", routes_role(q->role));
		routes_problem(r, 403, detail, hint);
	}
	return (false);
}

/*
 * The route of ${q} if the caller may; else NULL and the problem in ${r}. The
 * arguments point into ${path}.
 */
static const struct route *
enter(struct node *node, struct request *q, struct response *r,
    char path[PATH_BYTES])
{
	const struct route *route;

	buf_reset(&r->body);
	memset(q->args, 0, sizeof(q->args));
	if (text_copy(path, PATH_BYTES, q->path) != 0) {
		routes_problem(r, 404, "no path is that long", NULL);
		return (NULL);
	}
	route = find(q, path, r);
	r->bouncer = route != NULL && (route->doors & ROUTE_BOUNCER) != 0;
	return (route != NULL && admit(node, route, q, r) ? route : NULL);
}

bool
routes_admit(struct node *node, struct request *q, struct response *r,
    size_t *body)
{
	char path[PATH_BYTES];
	const struct route *route = enter(node, q, r, path);

	memset(q->args, 0, sizeof(q->args));
	if (route != NULL)
		*body = route->body;
	return (route != NULL);
}

void
routes_run(struct node *node, struct request *q, struct response *r)
{
	char path[PATH_BYTES];
	const struct route *route = enter(node, q, r, path);

	q->route = route != NULL ? (unsigned)(route - table) : ROUTES;
	if (route != NULL)
		route->run(node, q, r);
}

bool
routes_name(unsigned i, const char **method, const char **pattern)
{
	if (i >= ROUTES)
		return (false);
	*method = table[i].method;
	*pattern = table[i].pattern;
	return (true);
}

void
routes_print(FILE *out)
{
	size_t i;

	for (i = 0; i < ROUTES; i++)
		fprintf(out, "%s %s %s\n", table[i].method, table[i].pattern,
		    table[i].doors == PEERS ? "peer" :
					      routes_role(table[i].role));
}

/*
 * Logging in at the page, and out.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "shell/conf.h"
#include "shell/routes_impl.h"
#include "shell/sessions.h"
#include "view/order.h"

#define COOKIE "virbl_session="

int
routes_session_cookie(const struct request *q, char text[BEARER_TEXT])
{
	const char *h = q->header(q, "Cookie");
	size_t n;

	for (; h != NULL; h = strchr(h, ';')) {
		h += strspn(h, "; ");
		if (strncmp(h, COOKIE, sizeof(COOKIE) - 1) != 0)
			continue;
		h += sizeof(COOKIE) - 1;
		n = strcspn(h, "; ");
		if (n >= BEARER_TEXT)
			return (-1);
		memcpy(text, h, n);
		text[n] = '\0';
		return (0);
	}
	return (-1);
}

/* Scripts cannot read it, and other sites cannot make a browser send it. */
static void
set_cookie(const struct request *q, struct response *r, const char *text,
    uint32_t life)
{
	snprintf(r->cookie, sizeof(r->cookie),
	    COOKIE "%s; Path=/; Max-Age=%u; HttpOnly; SameSite=Strict%s", text,
	    life, q->door == DOOR_HTTPS ? "; Secure" : "");
}

/* Find the token called ${name}, its prefixes owned by the caller. */
static int
token_named(struct node *node, const char *name, struct token *ret)
{
	size_t n, i;
	struct token *list = store_token_list(node_store(node), &n);
	int rc = -1;

	for (i = 0; i < n && rc != 0; i++) {
		if (strcmp(list[i].name, name) != 0)
			continue;
		*ret = list[i];
		list[i].prefixes = NULL;
		rc = 0;
	}
	store_token_free(list, n);
	return (rc);
}

/* POST /v1/login */
void
routes_session_code(struct node *node, struct request *q, struct response *r)
{
	char name[ORDER_NAME + 1], code[BEARER_TEXT];
	struct token t = {.name = "operator", .role = ROLE_OPERATOR};
	const char *problem = order_word(q->body, q->len, "token", name);
	const struct conf *conf;
	struct buf path;
	struct jsonw w;

	if (problem != NULL) {
		routes_problem(r, 400, problem,
		    "send {} or {\"token\":\"NAME\"}");
		return;
	}
	if (*name != '\0' && token_named(node, name, &t) != 0) {
		routes_problem(r, 404, "there is no token of this name",
		    "virbl token list");
		return;
	}
	sessions_code(node_sessions(node), &t, code);
	mem_free(t.prefixes);
	buf_init(&path, 1024);
	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "path");
	buf_printf(&path, "/#login/%s", code);
	jsonw_string(&w, buf_string(&path));
	buf_reset(&path);
	conf = node_conf(node);
	if (conf->http != NULL)
		buf_printf(&path, "http://%s/#login/%s", conf->http, code);
	node_conf_release(node);
	jsonw_key(&w, "url");
	jsonw_string(&w, path.len > 0 ? buf_string(&path) : NULL);
	jsonw_key(&w, "seconds");
	jsonw_u64(&w, SESSIONS_CODE_S);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
	buf_free(&path);
	sodium_memzero(code, sizeof(code));
}

/* Who ${t} is and for how long. */
static void
write_session(struct response *r, const struct token *t, uint32_t left)
{
	struct jsonw w;
	char text[SUBJECT_TEXT];
	size_t i;

	routes_json(r);
	jsonw_init(&w, &r->body);
	jsonw_object(&w);
	jsonw_key(&w, "role");
	jsonw_string(&w, routes_role(t->role));
	jsonw_key(&w, "name");
	jsonw_string(&w, t->name);
	jsonw_key(&w, "prefixes");
	jsonw_array(&w);
	for (i = 0; i < t->nprefixes; i++) {
		prefix_format(&t->prefixes[i], text);
		jsonw_string(&w, text);
	}
	jsonw_end_array(&w);
	jsonw_key(&w, "ends");
	jsonw_time(&w, left > 0 ? routes_now() + left : 0);
	jsonw_end_object(&w);
	buf_text(&r->body, "\n");
}

/* GET /v1/session */
void
routes_session_show(struct node *node, struct request *q, struct response *r)
{
	struct token t = q->token;

	(void)node;
	t.role = q->role;
	write_session(r, &t, q->left);
}

/* True, and what it opens in *${ret}, if ${code} is a code or a token. */
static bool
redeem(struct node *node, const char *code, struct token *ret)
{
	uint8_t hash[32];

	if (sessions_redeem(node_sessions(node), code, ret) == 0)
		return (true);
	return (bearer_read(code, hash) == 0 &&
	    store_token_find(node_store(node), hash, ret) == 0);
}

/* POST /v1/session */
void
routes_session_open(struct node *node, struct request *q, struct response *r)
{
	char code[ORDER_NAME + 1], text[BEARER_TEXT];
	const char *problem = order_word(q->body, q->len, "code", code);
	struct token t;

	if (problem != NULL) {
		routes_problem(r, 400, problem,
		    "send {\"code\":\"virbl_...\"}");
		return;
	}
	if (!redeem(node, code, &t)) {
		routes_problem(r, 422, "this code is not known, or no longer",
		    "make another one: virbl web login");
		return;
	}
	sessions_open(node_sessions(node), &t, text);
	set_cookie(q, r, text, SESSIONS_LIFE_S);
	write_session(r, &t, SESSIONS_LIFE_S);
	mem_free(t.prefixes);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(code, sizeof(code));
}

/* DELETE /v1/session */
void
routes_session_close(struct node *node, struct request *q, struct response *r)
{
	static const struct token nobody;
	char text[BEARER_TEXT];

	if (routes_session_cookie(q, text) == 0)
		sessions_close(node_sessions(node), text);
	set_cookie(q, r, "", 0);
	write_session(r, &nobody, 0);
}

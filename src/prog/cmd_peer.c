/*
 * peer: the nodes this one hears, and how far it trusts them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#include "call.h"
#include "commands.h"
#include "invite.h"
#include "nodename.h"
#include "out.h"
#include "peeredit.h"

enum { NAME = 1, TRUST, WEIGHT, GROUP, PREFIX };

/* ---- Options ---- */

/* Put --prefix into ${m}; its prefixes are the caller's to free. */
static int
set_prefixes(struct cmd_ctx *ctx, struct policy_member *m)
{
	const char *text;
	size_t n = 0;

	if (cmd_option(ctx, PREFIX) == NULL)
		return (CMD_OK);
	m->prefixes = NULL;
	m->nprefixes = 0;
	while ((text = cmd_option_at(ctx, PREFIX, n)) != NULL) {
		m->prefixes =
		    mem_array(m->prefixes, n + 1, sizeof(*m->prefixes));
		if (prefix_parse(text, &m->prefixes[n]) != 0)
			return (cmd_fail(ctx, CMD_USAGE, "not a prefix: '%s'",
			    text));
		m->nprefixes = ++n;
	}
	return (CMD_OK);
}

/* Put the options given into ${m}. */
static int
set_options(struct cmd_ctx *ctx, struct policy_member *m)
{
	static const char *const levels[] = {"none", "observe", "vote", "full"};
	const char *trust = cmd_option(ctx, TRUST);
	const char *weight = cmd_option(ctx, WEIGHT);
	const char *group = cmd_option(ctx, GROUP);
	uint64_t milli;
	int level;

	if (trust != NULL) {
		level = cmd_choose(ctx, "trust", trust, levels, 4);
		if (level == -1)
			return (CMD_USAGE);
		m->trust = (enum trust)level;
	}
	if (weight != NULL) {
		if (text_milli(weight, POLICY_WEIGHT, &milli) != 0)
			return (cmd_fail(ctx, CMD_USAGE,
			    "not a weight from 0 to 1000: '%s'", weight));
		m->weight = (uint32_t)milli;
	}
	if (group != NULL && text_copy(m->group, sizeof(m->group), group) != 0)
		return (cmd_fail(ctx, CMD_USAGE,
		    "a group's name has at most %d bytes", CARD_GROUP));
	return (set_prefixes(ctx, m));
}

/* What can be said of ${m} as JSON. */
static json_t *
member_json(const struct policy_member *m)
{
	json_t *o = json_object(), *prefixes = json_array();
	char id[NODEID_TEXT], text[SUBJECT_TEXT];
	size_t i;

	nodeid_format(m->key, id);
	for (i = 0; i < m->nprefixes; i++) {
		prefix_format(&m->prefixes[i], text);
		json_array_append_new(prefixes, json_string(text));
	}
	json_object_set_new(o, "name", json_string(m->name));
	json_object_set_new(o, "id", json_string(id));
	json_object_set_new(o, "url", json_string(m->url));
	json_object_set_new(o, "group", json_string(m->group));
	json_object_set_new(o, "trust", json_string(trust_name(m->trust)));
	json_object_set_new(o, "weight", json_real(m->weight / 1000.0));
	json_object_set_new(o, "prefixes", prefixes);
	return (o);
}

/* Write ${m}, put it in force, say so. */
static int
commit(struct peeredit *e, const struct policy_member *m, bool replace)
{
	int rc = peeredit_put(e, m, replace);
	json_t *o;

	if (rc != CMD_OK)
		return (rc);
	o = member_json(m);
	if (!out_result(e->ctx, o))
		cmd_note("%s: %s, trust %s, group %s", m->name,
		    replace ? "changed" : "added", trust_name(m->trust),
		    m->group[0] != '\0' ? m->group : "of its own");
	json_decref(o);
	return (peeredit_apply(e));
}

/* ---- Adding ---- */

static bool
name_taken(const struct peeredit *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->policy->nmembers; i++)
		if (strcmp(e->policy->members[i].name, name) == 0)
			return (true);
	return (false);
}

/* The name for the peer invited: --name, its card's, or from its ID. */
static int
name_for(struct peeredit *e, struct policy_member *m)
{
	const char *given = cmd_option(e->ctx, NAME), *why;
	char id[NODEID_TEXT], text[NODENAME_WHY];
	size_t i;

	if (given != NULL) {
		if (!card_name_valid(given))
			return (cmd_fail(e->ctx, CMD_USAGE,
			    "not a name: '%s': use 1 to 32 of a-z 0-9 . _ -",
			    given));
		text_copy(m->name, sizeof(m->name), given);
		return (CMD_OK);
	}
	why = nodename_ask(m->url, m->key, m->name, text);
	if (why == NULL && !name_taken(e, m->name))
		return (CMD_OK);
	if (why != NULL)
		cmd_note("%s: %s: named after its ID", m->url, why);
	else
		cmd_note("the name '%s' is taken: named after its ID", m->name);
	nodeid_format(m->key, id);
	for (i = 0; i < 7; i++)
		m->name[i] = (char)tolower((unsigned char)id[i]);
	m->name[i] = '\0';
	return (CMD_OK);
}

static int
add_invited(struct peeredit *e, const char *line)
{
	struct policy_member m;
	const char *why = invite_line(line, &m);
	int rc;

	if (why != NULL) {
		cmd_fail(e->ctx, CMD_FAILED, "'%s': %s", line, why);
		cmd_hint("'virbl peer invite' on the other node prints it");
		return (CMD_FAILED);
	}
	rc = set_options(e->ctx, &m);
	if (rc == CMD_OK)
		rc = name_for(e, &m);
	if (rc == CMD_OK)
		rc = commit(e, &m, false);
	mem_free(m.prefixes);
	return (rc);
}

static int
add_card(struct peeredit *e, const char *path)
{
	struct policy *p = invite_card(e->ctx, path);
	struct policy_member m;
	int rc = CMD_OK;
	size_t i;

	if (p == NULL)
		return (CMD_FAILED);
	if (p->nmembers > 2 && cmd_option(e->ctx, NAME) != NULL)
		rc = cmd_fail(e->ctx, CMD_USAGE,
		    "--name goes with a card of one peer");
	for (i = 1; i < p->nmembers && rc == CMD_OK; i++) {
		m = p->members[i];
		rc = set_options(e->ctx, &m);
		if (rc == CMD_OK && cmd_option(e->ctx, NAME) != NULL)
			rc = name_for(e, &m);
		if (rc == CMD_OK)
			rc = commit(e, &m, false);
		if (m.prefixes != p->members[i].prefixes)
			mem_free(m.prefixes);
	}
	policy_free(p);
	return (rc);
}

static int
add(struct peeredit *e, int argc, char **argv)
{
	if (argc != 1)
		return (cmd_fail(e->ctx, CMD_USAGE,
		    "peer add takes an invitation URL#ID or a card file"));
	if (strstr(argv[0], "://") != NULL)
		return (add_invited(e, argv[0]));
	return (add_card(e, argv[0]));
}

/* ---- Accepting what others propose ---- */

/* Take URL, group and prefixes from a card in JSON, unless options say so. */
static int
take_card(struct cmd_ctx *ctx, const json_t *card, struct policy_member *m)
{
	const json_t *list = json_object_get(card, "prefixes");
	const char *group = json_string_value(json_object_get(card, "group"));
	const char *url =
	    json_string_value(json_array_get(json_object_get(card, "urls"), 0));
	struct prefix p;
	size_t i;

	if (group != NULL)
		text_copy(m->group, sizeof(m->group), group);
	if (url != NULL)
		text_copy(m->url, sizeof(m->url), url);
	m->prefixes = NULL;
	m->nprefixes = 0;
	for (i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL || prefix_parse(s, &p) != 0)
			continue;
		m->prefixes =
		    mem_array(m->prefixes, m->nprefixes + 1, sizeof(p));
		m->prefixes[m->nprefixes++] = p;
	}
	return (set_options(ctx, m));
}

/* True if the caller ${o} is meant by ${name}: card's name or ID. */
static bool
is_caller(const json_t *o, const char *name)
{
	const char *id = json_string_value(json_object_get(o, "id"));
	const json_t *said = out_member(o, "card.name");
	uint8_t a[KEY_BYTES], b[KEY_BYTES];

	if (json_is_string(said) && strcmp(json_string_value(said), name) == 0)
		return (true);
	if (id == NULL || nodeid_parse(id, a) != 0)
		return (false);
	if (strlen(name) == 7 && strncasecmp(id, name, 7) == 0)
		return (true);
	return (nodeid_parse(name, b) == 0 && memcmp(a, b, KEY_BYTES) == 0);
}

/* Make the caller ${o} a peer. */
static int
accept_caller(struct peeredit *e, const json_t *o)
{
	const json_t *card = json_object_get(o, "card");
	struct policy_member m;
	const char *said;
	int rc;

	memset(&m, 0, sizeof(m));
	m.trust = TRUST_VOTE;
	m.weight = 1000;
	if (nodeid_parse(json_string_value(json_object_get(o, "id")), m.key) !=
	    0)
		return (cmd_fail(e->ctx, CMD_FAILED, "it has no valid ID"));
	rc = take_card(e->ctx, card, &m);
	said = json_string_value(json_object_get(card, "name"));
	if (rc == CMD_OK && cmd_option(e->ctx, NAME) == NULL && said != NULL &&
	    card_name_valid(said) && !name_taken(e, said))
		text_copy(m.name, sizeof(m.name), said);
	else if (rc == CMD_OK)
		rc = name_for(e, &m);
	if (rc == CMD_OK)
		rc = commit(e, &m, false);
	mem_free(m.prefixes);
	return (rc);
}

/* Accept what the peer ${name} changed on its card. */
static int
accept_change(struct peeredit *e, const json_t *o, const char *name)
{
	const struct policy_member *known = peeredit_find(e, name);
	struct policy_member m;
	int rc;

	if (known == NULL)
		return (CMD_NOTHING);
	m = *known;
	rc = take_card(e->ctx, json_object_get(o, "card"), &m);
	if (rc == CMD_OK)
		rc = commit(e, &m, true);
	mem_free(m.prefixes);
	return (rc);
}

static int
accept_name(struct peeredit *e, int argc, char **argv)
{
	json_t *o, *list, *v;
	size_t i;
	int rc;

	if (argc != 1)
		return (
		    cmd_fail(e->ctx, CMD_USAGE, "peer accept takes a NAME"));
	rc = call_json(e->ctx, "GET", "/v1/peers/pending", NULL, &o);
	if (rc != CMD_OK)
		return (rc);
	list = json_object_get(o, "changed");
	json_array_foreach(list, i,
	    v) if (strcmp(argv[0],
		       json_string_value(json_object_get(v, "name"))) == 0)
	{
		rc = accept_change(e, v, argv[0]);
		goto done;
	}
	list = json_object_get(o, "callers");
	json_array_foreach(list, i, v) if (is_caller(v, argv[0]))
	{
		rc = accept_caller(e, v);
		goto done;
	}
	rc = cmd_fail(e->ctx, CMD_NOTHING, "nothing is pending from '%s'",
	    argv[0]);
	cmd_hint("'virbl peer pending' lists what is");
done:
	json_decref(o);
	return (rc);
}

static int
pending(struct cmd_ctx *ctx)
{
	static const struct out_column callers[] = {{"NAME", "card.name"},
	    {"ID", "id"}, {"FROM", "from"}, {"CALLS", "calls"},
	    {"LAST", "last"}, {"GROUP", "card.group"}, {"URL", "card.urls"},
	    {"PREFIXES", "card.prefixes"}};
	static const struct out_column changed[] = {{"PEER", "name"},
	    {"DIFFERS", "differs"}, {"GROUP", "card.group"},
	    {"URL", "card.urls"}, {"PREFIXES", "card.prefixes"}};
	json_t *o, *a, *b;
	int rc = call_json(ctx, "GET", "/v1/peers/pending", NULL, &o);

	if (rc != CMD_OK)
		return (rc);
	a = json_object_get(o, "callers");
	b = json_object_get(o, "changed");
	if (!out_result(ctx, o)) {
		if (json_array_size(a) > 0)
			out_table(ctx, a, callers, 8);
		if (json_array_size(b) > 0)
			out_table(ctx, b, changed, 5);
		if (json_array_size(a) + json_array_size(b) == 0)
			cmd_note("nothing is pending");
		else
			cmd_hint(
			    "'virbl peer accept NAME' takes it as it "
			    "stands; compare the ID with its operator first");
	}
	json_decref(o);
	return (CMD_OK);
}

/* ---- The others ---- */

static int
invite(struct peeredit *e)
{
	const struct policy_member *own = &e->policy->members[0];
	size_t n = strlen(own->url);
	char id[NODEID_TEXT];
	json_t *o;

	if (n == 0) {
		cmd_fail(e->ctx, CMD_FAILED, "this node has no URL");
		cmd_hint("say where others reach it: node { url = "
			 "\"https://HOST:PORT/\" }");
		return (CMD_FAILED);
	}
	nodeid_format(e->own, id);
	o = json_pack("{s:s, s:s}", "url", own->url, "id", id);
	if (!out_result(e->ctx, o))
		printf("%s%s#%s\n", own->url, own->url[n - 1] == '/' ? "" : "/",
		    id);
	json_decref(o);
	return (CMD_OK);
}

/* Names and states as the running daemon knows them; NULL if it is away. */
static json_t *
states(struct peeredit *e)
{
	struct client_call call = {.method = "GET", .path = "/v1/peers"};
	struct client *client = client_open(e->paths->socket);
	struct answer a;
	json_t *o = NULL;

	memset(&a, 0, sizeof(a));
	if (client_do(client, &call, &a) == CMD_OK)
		o = json_loadb((const char *)a.body.data, a.body.len, 0, NULL);
	client_answer_free(&a);
	client_close(client);
	return (o);
}

/* Add what the daemon says of it to ${o}. */
static void
add_state(json_t *o, const json_t *peers, const char *name)
{
	static const char *const keys[] = {"state", "why", "contact", "behind",
	    "epoch", "seq", "accepted", "rejected", "rejection", "complaints",
	    "complaint"};
	const json_t *v, *x;
	const char *said;
	size_t i, k;

	json_array_foreach(peers, i, v)
	{
		said = json_string_value(json_object_get(v, "name"));
		if (said == NULL || strcmp(said, name) != 0)
			continue;
		for (k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			if ((x = json_object_get(v, keys[k])) != NULL)
				json_object_set(o, keys[k],
				    (json_t *)(uintptr_t)x);
	}
}

static int
list(struct peeredit *e)
{
	static const struct out_column columns[] = {{"NAME", "name"},
	    {"GROUP", "group"}, {"TRUST", "trust"}, {"WEIGHT", "weight"},
	    {"STATE", "state"}, {"BEHIND", "behind"}, {"CONTACT", "contact"},
	    {"URL", "url"}, {"WHY", "why"}};
	json_t *all = json_array(), *o, *live = states(e), *result;
	size_t i;

	for (i = 1; i < e->policy->nmembers; i++) {
		o = member_json(&e->policy->members[i]);
		add_state(o, json_object_get(live, "peers"),
		    e->policy->members[i].name);
		json_array_append_new(all, o);
	}
	result = json_pack("{s:O}", "peers", all);
	if (!out_result(e->ctx, result)) {
		if (json_array_size(all) > 0)
			out_table(e->ctx, all, columns, 9);
		else
			cmd_note("no peers yet: 'virbl peer invite' prints "
				 "what others need to add this node");
	}
	json_decref(result);
	json_decref(all);
	json_decref(live);
	return (CMD_OK);
}

static int
show(struct peeredit *e, const char *name)
{
	const struct policy_member *m = peeredit_find(e, name);
	json_t *o, *live, *v;
	const char *key;

	if (m == NULL)
		return (CMD_NOTHING);
	live = states(e);
	o = member_json(m);
	add_state(o, json_object_get(live, "peers"), m->name);
	if (!out_result(e->ctx, o))
		json_object_foreach(o, key, v)
		{
			printf("%-10s ", key);
			out_value(stdout, v);
			putchar('\n');
		}
	json_decref(o);
	json_decref(live);
	return (CMD_OK);
}

static int
trust(struct peeredit *e, int argc, char **argv)
{
	static const char *const levels[] = {"none", "observe", "vote", "full"};
	const struct policy_member *known;
	struct policy_member m;
	int level, rc;

	if (argc != 2)
		return (cmd_fail(e->ctx, CMD_USAGE,
		    "peer trust takes a NAME and a LEVEL"));
	level = cmd_choose(e->ctx, "trust", argv[1], levels, 4);
	if (level == -1)
		return (CMD_USAGE);
	known = peeredit_find(e, argv[0]);
	if (known == NULL)
		return (CMD_NOTHING);
	m = *known;
	rc = set_options(e->ctx, &m);
	m.trust = (enum trust)level;
	if (rc == CMD_OK) {
		/* What peeredit_put() reads again must not be ours. */
		if (m.prefixes == known->prefixes)
			m.prefixes = mem_dup(m.prefixes,
			    m.nprefixes * sizeof(*m.prefixes));
		rc = commit(e, &m, true);
		mem_free(m.prefixes);
	}
	return (rc);
}

static int
drop(struct peeredit *e, const char *name)
{
	const struct policy_member *m = peeredit_find(e, name);
	char own[CARD_NAME + 1];
	json_t *o;
	int rc;

	if (m == NULL)
		return (CMD_NOTHING);
	text_copy(own, sizeof(own), m->name);
	rc = peeredit_remove(e, own);
	if (rc != CMD_OK)
		return (rc);
	o = json_pack("{s:s}", "removed", own);
	if (!out_result(e->ctx, o))
		cmd_note("%s: removed; its votes count no longer", own);
	json_decref(o);
	return (peeredit_apply(e));
}

static const char *const verbs[] = {"invite", "add", "pending", "accept",
    "list", "show", "trust", "remove"};
enum verb { INVITE, ADD, PENDING, ACCEPT, LIST, SHOW, SETTRUST, REMOVE };

static int
dispatch(struct peeredit *e, enum verb verb, int argc, char **argv)
{
	switch (verb) {
	case INVITE:
		return (invite(e));
	case ADD:
		return (add(e, argc, argv));
	case PENDING:
		return (pending(e->ctx));
	case ACCEPT:
		return (accept_name(e, argc, argv));
	case LIST:
		return (list(e));
	case SHOW:
		return (show(e, argv[0]));
	case SETTRUST:
		return (trust(e, argc, argv));
	case REMOVE:
		return (drop(e, argv[0]));
	}
	return (CMD_USAGE);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	int verb = cmd_choose(ctx, "peer command", argv[0], verbs, 8), rc;
	bool none = verb == INVITE || verb == PENDING || verb == LIST;
	struct peeredit e;

	if (verb == -1)
		return (CMD_USAGE);
	if (none && argc > 1)
		return (cmd_fail(ctx, CMD_USAGE, "'%s' is too much", argv[1]));
	if ((verb == SHOW || verb == REMOVE) && argc != 2)
		return (
		    cmd_fail(ctx, CMD_USAGE, "peer %s takes a NAME", argv[0]));
	rc = peeredit_open(&e, ctx);
	if (rc != CMD_OK)
		return (rc);
	rc = dispatch(&e, (enum verb)verb, argc - 1, argv + 1);
	peeredit_close(&e);
	return (rc);
}

static const struct poptOption options[] = {
    {"name", '\0', POPT_ARG_STRING, NULL, NAME,
	"call the peer so (default: as its card says)", "NAME"},
    {"trust", '\0', POPT_ARG_STRING, NULL, TRUST,
	"none, observe, vote (default) or full", "LEVEL"},
    {"weight", '\0', POPT_ARG_STRING, NULL, WEIGHT,
	"weight of its votes (default 1)", "W"},
    {"group", '\0', POPT_ARG_STRING, NULL, GROUP,
	"the organisation behind it (default: one of its own)", "GROUP"},
    {"prefix", '\0', POPT_ARG_STRING, NULL, PREFIX,
	"a prefix it owns; may be repeated", "PREFIX"},
    POPT_TABLEEND,
};

const struct command cmd_peer = {
    "peer",
    "invite | add URL#ID|CARD | pending | accept NAME | list | show NAME |"
    " trust NAME LEVEL | remove NAME",
    "the nodes this one hears, and how far it trusts them",
    run,
    options,
    1,
    3,
};

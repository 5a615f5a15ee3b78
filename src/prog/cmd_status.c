/*
 * status: am I listing, am I heard, whom do I hear, what is wrong; one screen.
 */
#include <string.h>

#include "base/text.h"

#include "call.h"
#include "commands.h"
#include "out.h"

/* "name       " in front of a line. */
static void
label(const char *name)
{
	printf("%-12s", name);
}

static json_int_t
number(const json_t *o, const char *key)
{
	return (json_integer_value(out_member(o, key)));
}

static void
print_uptime(json_int_t sec)
{
	json_int_t d = sec / 86400, h = sec / 3600 % 24, m = sec / 60 % 60;

	if (d > 0)
		printf("%" JSON_INTEGER_FORMAT "d ", d);
	if (d > 0 || h > 0)
		printf("%" JSON_INTEGER_FORMAT "h ", h);
	printf("%" JSON_INTEGER_FORMAT "m", m);
}

static void
print_node(const json_t *s)
{
	label("node");
	out_value(stdout, json_object_get(s, "name"));
	if (json_string_length(json_object_get(s, "group")) > 0) {
		printf(", group ");
		out_value(stdout, json_object_get(s, "group"));
	}
	printf(", virbld ");
	out_value(stdout, json_object_get(s, "version"));
	printf(", up ");
	print_uptime(number(s, "uptime"));
	putchar('\n');
	label("id");
	out_value(stdout, json_object_get(s, "id"));
	putchar('\n');
	label("state");
	out_value(stdout, json_object_get(s, "state"));
	putchar('\n');
}

/* Sum of the counters of a zone but for two. */
static json_int_t
other_answers(const json_t *zone)
{
	json_t *o = (json_t *)(uintptr_t)zone, *v;
	const char *key;
	json_int_t n = 0;
	void *i;

	for (i = json_object_iter(o); i != NULL;
	     i = json_object_iter_next(o, i)) {
		key = json_object_iter_key(i);
		v = json_object_iter_value(i);
		if (json_is_integer(v) && strcmp(key, "listed") != 0 &&
		    strcmp(key, "unlisted") != 0)
			n += json_integer_value(v);
	}
	return (n);
}

/* One line for each zone, and one for questions in none. */
static void
print_dns(const json_t *s)
{
	const json_t *zones = out_member(s, "dns.zones"), *z;
	const char *name;
	size_t i;

	for (i = 0; i < json_array_size(zones); i++) {
		z = json_array_get(zones, i);
		name = json_string_value(json_object_get(z, "zone"));
		label(i == 0 ? "dns" : "");
		if (name == NULL || *name == '\0') {
			printf("elsewhere: %" JSON_INTEGER_FORMAT "\n",
			    other_answers(z));
			continue;
		}
		out_value(stdout, json_object_get(z, "zone"));
		printf(": listed %" JSON_INTEGER_FORMAT
		       ", not %" JSON_INTEGER_FORMAT
		       ", other %" JSON_INTEGER_FORMAT "%s\n",
		    number(z, "listed"), number(z, "unlisted"),
		    other_answers(z),
		    json_is_true(json_object_get(z, "closed")) ? ", closed" :
								 "");
	}
}

static void
print_lists(const json_t *s)
{
	const json_t *lists = json_object_get(s, "lists"), *l;
	size_t i;

	label("listing");
	for (i = 0; i < json_array_size(lists); i++) {
		l = json_array_get(lists, i);
		if (i > 0)
			printf(", ");
		out_value(stdout, json_object_get(l, "list"));
		putchar(' ');
		out_value(stdout, json_object_get(l, "count"));
	}
	if (i == 0)
		printf("no lists are configured");
	printf("; from %" JSON_INTEGER_FORMAT
	       " sightings of %" JSON_INTEGER_FORMAT " addresses\n",
	    number(s, "records"), number(s, "subjects"));
	label("reports");
	printf("%" JSON_INTEGER_FORMAT " accepted, %" JSON_INTEGER_FORMAT
	       " known already, %" JSON_INTEGER_FORMAT " waiting\n",
	    number(s, "items.accepted"), number(s, "items.duplicate"),
	    number(s, "pending"));
}

/* Who holds what this node published. */
static void
print_heard(const json_t *s)
{
	label("heard");
	if (!json_is_true(json_object_get(s, "publishing"))) {
		printf("not yet: heard by %" JSON_INTEGER_FORMAT
		       " of %" JSON_INTEGER_FORMAT " peers\n",
		    number(s, "heard"), number(s, "needed"));
		return;
	}
	if (number(s, "epoch") == 0) {
		printf("nothing was published so far\n");
		return;
	}
	printf("batch %" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT " of ",
	    number(s, "epoch"), number(s, "seq"));
	out_value(stdout, json_object_get(s, "created"));
	printf(" is held by %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
	       " peers\n",
	    number(s, "peers.holding"), number(s, "peers.total"));
}

static void
print_peers(const struct cmd_ctx *ctx, const json_t *s, const json_t *peers)
{
	static const struct out_column columns[] = {
	    {"PEER", "name"},
	    {"GROUP", "group"},
	    {"TRUST", "trust"},
	    {"STATE", "state"},
	    {"LAST ANSWER", "contact"},
	    {"BEHIND", "behind"},
	    {"REJECTED", "rejected"},
	    {"LAG", "lag"},
	};
	json_t *others = json_array();
	json_t *p;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)peers, i, p)
	{
		const char *state =
		    json_string_value(json_object_get(p, "state"));

		if (state == NULL || strcmp(state, "self") != 0)
			json_array_append(others, p);
	}
	label("hears");
	printf("%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
	       " peers, %" JSON_INTEGER_FORMAT " batches behind\n",
	    number(s, "peers.connected"), number(s, "peers.total"),
	    number(s, "peers.behind"));
	if (json_array_size(others) > 0) {
		putchar('\n');
		out_table(ctx, others, columns,
		    sizeof(columns) / sizeof(columns[0]));
		putchar('\n');
	}
	json_decref(others);
}

/* A sentence about what is wrong. */
static void
complain(const struct cmd_ctx *ctx, bool *some, const json_t *name,
    const char *what, const json_t *why)
{
	*some = true;
	printf("%swrong%s       ", ctx->color ? "\033[33m" : "",
	    ctx->color ? "\033[0m" : "");
	if (name != NULL) {
		printf("peer ");
		out_value(stdout, name);
		putchar(' ');
	}
	printf("%s", what);
	if (json_is_string(why) && json_string_length(why) > 0) {
		printf(*what != '\0' ? ": " : "");
		out_value(stdout, why);
	}
	putchar('\n');
}

/* What an operator should do something about, by state of a peer. */
static const struct {
	const char *state;
	const char *what;
} wrong[] = {
    {"unreachable", "is unreachable"},
    {"refused", "does not know this node: its operator must add it"},
    {"frozen", "signed two histories and is frozen"},
    {"no url", "has no URL"},
};

static void
print_wrong(const struct cmd_ctx *ctx, const json_t *s, const json_t *peers)
{
	const json_t *warnings = json_object_get(s, "warnings");
	json_int_t n = number(s, "pending_peers");
	bool some = false;
	size_t i, k;
	json_t *p;

	if (json_is_false(json_object_get(s, "ready")))
		complain(ctx, &some, NULL, "this node does not serve",
		    json_object_get(s, "state"));
	for (i = 0; i < json_array_size(warnings); i++)
		complain(ctx, &some, NULL, "", json_array_get(warnings, i));
	json_array_foreach((json_t *)(uintptr_t)peers, i, p)
	{
		const char *state =
		    json_string_value(json_object_get(p, "state"));
		const json_t *name = json_object_get(p, "name");

		for (k = 0;
		     state != NULL && k < sizeof(wrong) / sizeof(wrong[0]);
		     k++) {
			if (strcmp(state, wrong[k].state) == 0)
				complain(ctx, &some, name, wrong[k].what,
				    json_object_get(p, "why"));
		}
		if (number(p, "rejected") > 0)
			complain(ctx, &some, name, "sent what was rejected",
			    json_object_get(p, "rejection"));
		if (number(p, "complaints") > 0)
			complain(ctx, &some, name,
			    "rejected what this node sent",
			    json_object_get(p, "complaint"));
	}
	if (n > 0) {
		complain(ctx, &some, NULL, "peers wait for your decision",
		    NULL);
		cmd_hint("'virbl peer pending' shows them");
	}
	if (number(s, "pending_removals") > 0) {
		complain(ctx, &some, NULL,
		    "requests for removal wait for your decision", NULL);
		cmd_hint("'virbl removal list' shows them");
	}
	if (!some) {
		label("wrong");
		puts("nothing");
	}
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	json_t *s = NULL, *o = NULL, *peers;
	int rc;

	(void)argc;
	(void)argv;
	rc = call_json(ctx, "GET", "/v1/status", NULL, &s);
	if (rc == CMD_OK)
		rc = call_json(ctx, "GET", "/v1/peers", NULL, &o);
	if (rc != CMD_OK)
		goto done;
	peers = json_object_get(o, "peers");
	if (ctx->json) {
		json_object_set(s, "peer_list", peers);
		out_result(ctx, s);
	} else {
		print_node(s);
		print_lists(s);
		print_dns(s);
		print_heard(s);
		print_peers(ctx, s, peers);
		print_wrong(ctx, s, peers);
	}
	if (json_is_false(json_object_get(s, "ready")))
		rc = CMD_TEMPORARY;
done:
	json_decref(s);
	json_decref(o);
	return (rc);
}

const struct command cmd_status = {
    "status",
    "",
    "is it listing, is it heard, whom does it hear, what is wrong",
    run,
    NULL,
    0,
    0,
};

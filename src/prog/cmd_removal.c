/*
 * removal: requests for removal that wait for somebody to decide.
 */
#include <virbl/subject.h>

#include "base/buf.h"

#include "call.h"
#include "commands.h"
#include "out.h"

static int
list(struct cmd_ctx *ctx)
{
	static const struct out_column columns[] = {
	    {"ADDRESS", "address"},
	    {"LISTED", "listed"},
	    {"ASKED", "last"},
	    {"TIMES", "times"},
	    {"FROM", "from"},
	    {"CONTACT", "contact"},
	    {"STATEMENT", "statement"},
	};
	json_t *o;
	int rc;

	rc = call_json(ctx, "GET", "/v1/removals", NULL, &o);
	if (rc == CMD_OK && !out_result(ctx, o))
		out_table(ctx, json_object_get(o, "removals"), columns,
		    sizeof(columns) / sizeof(columns[0]));
	json_decref(o);
	return (rc);
}

/* Say what was done about ${o}'s address. */
static void
print(const json_t *o)
{
	out_value(stdout, json_object_get(o, "address"));
	printf(": ");
	out_value(stdout, json_object_get(o, "done"));
	puts(json_is_true(json_object_get(o, "listed")) ? ", but still listed" :
							  "");
}

static int
decide(struct cmd_ctx *ctx, bool accept, const char *addr)
{
	enum subject_verdict v;
	json_t *body = NULL, *o;
	uint64_t subject;
	struct buf path;
	int rc;

	if ((v = subject_parse(addr, &subject)) != SUBJECT_OK)
		return (cmd_fail(ctx, CMD_USAGE, "'%s': %s", addr,
		    subject_verdict_text(v)));
	buf_init(&path, CALL_PATH);
	if (accept) {
		body = json_pack("{s:s}", "address", addr);
		buf_text(&path, "/v1/clear");
	} else {
		buf_text(&path, "/v1/removals/");
		client_escape(&path, addr);
	}
	rc = call_json(ctx, accept ? "POST" : "DELETE", buf_string(&path), body,
	    &o);
	if (rc == CMD_OK && !out_result(ctx, o))
		print(o);
	buf_free(&path);
	json_decref(body);
	json_decref(o);
	return (rc);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const char *const verbs[] = {"list", "accept", "refuse"};
	int verb = cmd_choose(ctx, "removal command", argv[0], verbs, 3);

	if (verb == -1)
		return (CMD_USAGE);
	if (verb == 0)
		return (argc == 1 ?
			list(ctx) :
			cmd_fail(ctx, CMD_USAGE, "'%s' is too much", argv[1]));
	if (argc == 1)
		return (cmd_fail(ctx, CMD_USAGE, "removal %s takes an ADDR",
		    argv[0]));
	return (decide(ctx, verb == 1, argv[1]));
}

const struct command cmd_removal = {
    "removal",
    "list | accept ADDR | refuse ADDR",
    "what strangers ask to be taken off the lists",
    run,
    NULL,
    1,
    2,
};

/*
 * retract and clear: the two ways to say that an address is clean.
 */
#include <virbl/subject.h>

#include "call.h"
#include "commands.h"
#include "out.h"

static int
post(struct cmd_ctx *ctx, const char *path, const char *addr)
{
	enum subject_verdict v;
	json_t *body, *o;
	uint64_t subject;
	int rc;

	if ((v = subject_parse(addr, &subject)) != SUBJECT_OK)
		return (cmd_fail(ctx, CMD_USAGE, "'%s': %s", addr,
		    subject_verdict_text(v)));
	body = json_pack("{s:s}", "address", addr);
	rc = call_json(ctx, "POST", path, body, &o);
	if (rc == CMD_OK && !out_result(ctx, o)) {
		out_value(stdout, json_object_get(o, "address"));
		printf(": ");
		out_value(stdout, json_object_get(o, "done"));
		puts(json_is_true(json_object_get(o, "listed")) ?
			", but still listed" :
			"");
		if (json_is_true(json_object_get(o, "listed")))
			cmd_hint("'virbl lookup %s' shows what still counts",
			    addr);
	}
	json_decref(body);
	json_decref(o);
	return (rc);
}

static int
run_retract(struct cmd_ctx *ctx, int argc, char **argv)
{
	(void)argc;
	return (post(ctx, "/v1/retract", argv[0]));
}

static int
run_clear(struct cmd_ctx *ctx, int argc, char **argv)
{
	(void)argc;
	return (post(ctx, "/v1/clear", argv[0]));
}

const struct command cmd_retract = {
    "retract",
    "ADDR",
    "withdraw what this node reported of an address",
    run_retract,
    NULL,
    1,
    1,
};

const struct command cmd_clear = {
    "clear",
    "ADDR",
    "say that an address was cleaned: older sightings stop counting",
    run_clear,
    NULL,
    1,
    1,
};

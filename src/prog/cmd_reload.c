/*
 * reload: have the daemon read its configuration again.
 */
#include "call.h"
#include "commands.h"
#include "out.h"

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	json_t *o;
	int rc;

	(void)argc;
	(void)argv;
	rc = call_json(ctx, "POST", "/v1/reload", NULL, &o);
	if (rc == CMD_OK && !out_result(ctx, o))
		cmd_note("the new configuration is in force");
	json_decref(o);
	return (rc);
}

const struct command cmd_reload = {
    "reload",
    "",
    "have the daemon read its configuration again",
    run,
    NULL,
    0,
    0,
};

/*
 * id: the node ID.
 */
#include <stdio.h>

#include "call.h"
#include "commands.h"
#include "out.h"
#include "self.h"

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct conf *c = call_conf(ctx);
	uint8_t key[KEY_BYTES];
	char id[NODEID_TEXT];
	json_t *o;
	int rc;

	(void)argc;
	(void)argv;
	if (c == NULL)
		return (CMD_FAILED);
	if ((rc = self_key(ctx, c, key)) == CMD_OK) {
		nodeid_format(key, id);
		o = json_pack("{s:s, s:s}", "id", id, "name", c->name);
		if (!out_result(ctx, o))
			printf("%s\n", id);
		json_decref(o);
	}
	conf_free(c);
	return (rc);
}

const struct command cmd_id = {"id", "", "print the node ID", run, NULL, 0, 0};

/*
 * virbl id: the node ID.
 */
#include <stdio.h>

#include "base/jsonw.h"

#include "commands.h"
#include "self.h"

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct conf *c = self_paths(ctx);
	uint8_t key[KEY_BYTES];
	char id[NODEID_TEXT];
	struct jsonw w;
	struct buf out;
	int rc;

	(void)argc;
	(void)argv;
	if (c == NULL)
		return (CMD_FAILED);
	if ((rc = self_key(ctx, c, key)) == CMD_OK) {
		nodeid_format(key, id);
		buf_init(&out, 4096);
		jsonw_init(&w, &out);
		jsonw_object(&w);
		jsonw_key(&w, "id");
		jsonw_string(&w, id);
		jsonw_key(&w, "name");
		jsonw_string(&w, c->name);
		jsonw_end_object(&w);
		printf("%s\n", ctx->json ? buf_string(&out) : id);
		buf_free(&out);
	}
	conf_free(c);
	return (rc);
}

const struct command cmd_id = {"id", "", "print the node ID", run, NULL, 0, 0};

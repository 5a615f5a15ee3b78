#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "shell/keyfile.h"

#include "client.h"
#include "self.h"

#define TALK 1048576 /* most bytes of complaints */

void
self_say(const char *lines)
{
	size_t n;

	for (; *lines != '\0'; lines += n + (lines[n] == '\n')) {
		n = strcspn(lines, "\n");
		cmd_note("virbl: %.*s", (int)n, lines);
	}
}

/* Ask the daemon for its key. */
static int
ask(const struct conf *c, uint8_t key[KEY_BYTES])
{
	struct client_call call = {.method = "GET", .path = "/v1/node"};
	struct client *client = client_open(c->socket);
	struct answer answer;
	json_t *node = NULL;
	const char *id;
	int rc;

	memset(&answer, 0, sizeof(answer));
	rc = client_do(client, &call, &answer);
	if (rc == CMD_OK) {
		node = json_loadb((const char *)answer.body.data,
		    answer.body.len, JSON_REJECT_DUPLICATES, NULL);
		id = json_string_value(json_object_get(node, "id"));
		if (id == NULL || nodeid_parse(id, key) != 0)
			rc = CMD_FAILED;
	}
	json_decref(node);
	client_answer_free(&answer);
	client_close(client);
	return (rc);
}

int
self_key(const struct cmd_ctx *ctx, const struct conf *c,
    uint8_t key[KEY_BYTES])
{
	struct buf error;
	struct key own;
	int rc = CMD_OK;

	if (!c->have_node)
		return (cmd_fail(ctx, CMD_FAILED,
		    "%s: no node section: 'virbl init' makes a node", c->file));
	buf_init(&error, TALK);
	if (keyfile_read(c->key_file, &own, &error) == 0) {
		memcpy(key, own.public, KEY_BYTES);
		key_wipe(&own);
	} else if (access(c->key_file, R_OK) == 0 || errno != EACCES ||
	    ask(c, key) != CMD_OK) {
		rc = cmd_fail(ctx, CMD_FAILED, "%s", buf_string(&error));
	}
	buf_free(&error);
	return (rc);
}

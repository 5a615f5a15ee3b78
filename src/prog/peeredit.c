#include <stdio.h>
#include <string.h>

#include "shell/infile.h"
#include "shell/outfile.h"
#include "shell/peerfile.h"

#include "call.h"
#include "peeredit.h"
#include "self.h"

#define TALK 1048576 /* most bytes of complaints */
#define FILE_BYTES 65536 /* of a peer's file */

int
peeredit_open(struct peeredit *e, struct cmd_ctx *ctx)
{
	struct conf *c = NULL;
	struct buf error;
	int rc;

	memset(e, 0, sizeof(*e));
	e->ctx = ctx;
	if ((e->paths = call_conf(ctx)) == NULL)
		return (CMD_FAILED);
	if ((rc = self_key(ctx, e->paths, e->own)) == CMD_OK) {
		buf_init(&error, TALK);
		c = conf_load(ctx->config, e->own, &error);
		self_say(buf_string(&error));
		buf_free(&error);
		rc = c == NULL ? CMD_FAILED : CMD_OK;
	}
	if (rc == CMD_OK)
		e->policy = conf_policy(c);
	else
		peeredit_close(e);
	conf_free(c);
	return (rc);
}

const struct policy_member *
peeredit_find(const struct peeredit *e, const char *name)
{
	const struct policy_member *m = e->policy->members;
	uint8_t key[KEY_BYTES];
	bool id = nodeid_parse(name, key) == 0;
	size_t i;

	for (i = 1; i < e->policy->nmembers; i++)
		if (strcmp(m[i].name, name) == 0 ||
		    (id && memcmp(m[i].key, key, KEY_BYTES) == 0))
			return (&m[i]);
	cmd_fail(e->ctx, CMD_NOTHING, "no such peer: '%s'", name);
	return (NULL);
}

/* Say why m cannot be a new peer; CMD_OK if it can. */
static int
check_new(const struct peeredit *e, const struct policy_member *m)
{
	const struct policy_member *known;
	size_t i;

	if (memcmp(m->key, e->own, KEY_BYTES) == 0)
		return (cmd_fail(e->ctx, CMD_REFUSED,
		    "'%s' is this node itself", m->name));
	if ((known = policy_member_find(e->policy, m->key)) != NULL) {
		cmd_fail(e->ctx, CMD_REFUSED, "it is a peer already: '%s'",
		    known->name);
		cmd_hint("'virbl peer trust %s LEVEL' changes what it counts",
		    known->name);
		return (CMD_REFUSED);
	}
	for (i = 0; i < e->policy->nmembers; i++)
		if (strcmp(e->policy->members[i].name, m->name) == 0) {
			cmd_fail(e->ctx, CMD_REFUSED,
			    "the name '%s' is taken by %s", m->name,
			    i == 0 ? "this node" : "another peer");
			cmd_hint("give it another one with --name");
			return (CMD_REFUSED);
		}
	return (CMD_OK);
}

/* Make the configuration on disk the one being edited. */
static int
read_back(struct peeredit *e)
{
	struct buf error;
	struct conf *c;

	buf_init(&error, TALK);
	if ((c = conf_load(e->ctx->config, e->own, &error)) != NULL) {
		policy_free(e->policy);
		e->policy = conf_policy(c);
	}
	self_say(buf_string(&error));
	buf_free(&error);
	conf_free(c);
	return (c == NULL ? -1 : 0);
}

/* Append the path of the file of the peer called name. */
static void
file_of(const struct peeredit *e, const char *name, struct buf *out)
{
	buf_printf(out, "%s/%s.conf", e->paths->peers_dir, name);
}

int
peeredit_put(struct peeredit *e, const struct policy_member *m, bool replace)
{
	struct buf error, old, path;
	int rc = CMD_FAILED;

	if (!replace && (rc = check_new(e, m)) != CMD_OK)
		return (rc);
	buf_init(&error, TALK);
	buf_init(&old, FILE_BYTES);
	buf_init(&path, TALK);
	file_of(e, m->name, &path);
	if (replace &&
	    infile_read(buf_string(&path), &old, NULL, &error) != 0) {
		cmd_fail(e->ctx, CMD_FAILED, "%s", buf_string(&error));
		cmd_hint("the peer '%s' stands in another file: edit it "
			 "there, then 'virbl reload'",
		    m->name);
		goto done;
	}
	if (peerfile_write(e->paths->peers_dir, m, replace, &error) != 0) {
		cmd_fail(e->ctx, CMD_FAILED, "%s", buf_string(&error));
		goto done;
	}
	if (read_back(e) == 0) {
		rc = CMD_OK;
	} else {
		/* Nothing that cannot be loaded stays behind. */
		if (replace)
			outfile_write(buf_string(&path), old.data, old.len,
			    0644, &error);
		else
			outfile_remove(buf_string(&path), &error);
		rc = cmd_fail(e->ctx, CMD_FAILED, "nothing was changed");
	}
done:
	buf_free(&error);
	buf_free(&old);
	buf_free(&path);
	return (rc);
}

int
peeredit_remove(struct peeredit *e, const char *name)
{
	struct buf error;
	int rc = CMD_OK;

	buf_init(&error, TALK);
	if (peerfile_remove(e->paths->peers_dir, name, &error) != 0)
		rc = cmd_fail(e->ctx, CMD_FAILED, "%s", buf_string(&error));
	else if (read_back(e) != 0)
		rc = CMD_FAILED;
	buf_free(&error);
	return (rc);
}

int
peeredit_apply(struct peeredit *e)
{
	struct client_call call = {.method = "POST", .path = "/v1/reload"};
	struct client *client = client_open(e->paths->socket);
	struct answer a;
	int rc;

	memset(&a, 0, sizeof(a));
	rc = client_do(client, &call, &a);
	if (rc == CMD_UNREACHABLE) {
		cmd_note("the daemon is not running: this counts when it "
			 "starts");
		rc = CMD_OK;
	} else if (rc != CMD_OK) {
		cmd_fail(e->ctx, rc, "written, but not in force: %s",
		    buf_string(&a.error));
	}
	client_answer_free(&a);
	client_close(client);
	return (rc);
}

void
peeredit_close(struct peeredit *e)
{
	policy_free(e->policy);
	conf_free(e->paths);
	memset(e, 0, sizeof(*e));
}

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#include "call.h"

struct conf *
call_conf(const struct cmd_ctx *ctx)
{
	struct conf *c;
	struct buf error;
	int why;

	if (access(ctx->config, R_OK) != 0) {
		why = errno;
		cmd_fail(ctx, CMD_FAILED, "%s: %s", ctx->config, strerror(why));
		if (why != ENOENT)
			cmd_hint("use virbl as root or as the daemon's user");
		else if (ctx->config_given)
			cmd_hint("-c or VIRBL_CONFIG names this file");
		else
			cmd_hint("name the file with -c, or make one with "
				 "'virbl init'");
		return (NULL);
	}
	buf_init(&error, 1u << 16);
	if ((c = conf_paths(ctx->config, &error)) == NULL) {
		while (error.len > 0 && error.data[error.len - 1] == '\n')
			error.len--;
		cmd_fail(ctx, CMD_FAILED, "%s", buf_string(&error));
	}
	buf_free(&error);
	return (c);
}

enum cmd_exit
call_do(const struct cmd_ctx *ctx, const struct client_call *call,
    struct answer *a)
{
	struct conf *conf = call_conf(ctx);
	struct client *c;
	enum cmd_exit rc;

	memset(a, 0, sizeof(*a));
	if (conf == NULL)
		return (CMD_FAILED);
	c = client_open(conf->socket);
	rc = client_do(c, call, a);
	/* Who gave up says why. */
	if (rc != CMD_OK && a->error.len > 0)
		cmd_fail(ctx, rc, "%s", buf_string(&a->error));
	client_close(c);
	conf_free(conf);
	return (rc);
}

int
call_time(const struct cmd_ctx *ctx, int val, struct buf *path, const char *sep,
    uint32_t *ret)
{
	const char *s = cmd_option(ctx, val);
	char time[TEXT_TIME];

	if (s == NULL)
		return (CMD_OK);
	if (text_time(s, ret) == -1)
		return (cmd_fail(ctx, CMD_USAGE,
		    "'%s' is no time: give 2026-11-23T10:00:00Z or Unix "
		    "seconds",
		    s));
	text_time_format(*ret, time);
	buf_text(path, sep);
	buf_text(path, "at=");
	client_escape(path, time);
	return (CMD_OK);
}

/* As call_json(); *${status} is that of HTTP. */
static enum cmd_exit
ask(const struct cmd_ctx *ctx, struct client_call call, const json_t *body,
    json_t **ret, unsigned *status)
{
	struct answer a;
	enum cmd_exit rc;
	char *text = NULL;

	*ret = NULL;
	if (body != NULL) {
		text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
		call.body = text;
		call.len = strlen(text);
	}
	rc = call_do(ctx, &call, &a);
	*status = a.status;
	if (rc == CMD_OK) {
		*ret = json_loadb((const char *)a.body.data, a.body.len,
		    JSON_DECODE_ANY, NULL);
		if (*ret == NULL)
			rc = cmd_fail(ctx, CMD_FAILED,
			    "the daemon's answer is not JSON");
	}
	client_answer_free(&a);
	mem_free(text);
	return (rc);
}

enum cmd_exit
call_json(const struct cmd_ctx *ctx, const char *method, const char *path,
    const json_t *body, json_t **ret)
{
	struct client_call call = {.method = method, .path = path};
	unsigned status;

	return (ask(ctx, call, body, ret, &status));
}

enum cmd_exit
call_at(const struct cmd_ctx *ctx, const char *path, uint32_t at, json_t **ret)
{
	struct client_call call = {.method = "GET", .path = path};
	enum cmd_exit rc;
	const char *s;
	unsigned status;
	uint32_t was;

	rc = ask(ctx, call, NULL, ret, &status);
	/* All else in the request was checked before it was sent. */
	if (at != 0 && status == 400)
		return (CMD_REFUSED);
	if (rc != CMD_OK || at == 0)
		return (rc);
	s = json_string_value(json_object_get(*ret, "at"));
	if (s != NULL && text_time(s, &was) == 0 && was == at)
		return (CMD_OK);
	json_decref(*ret);
	*ret = NULL;
	return (cmd_fail(ctx, CMD_REFUSED,
	    "--at is not served by this version of the daemon"));
}

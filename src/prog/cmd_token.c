/*
 * token: who may use the HTTP API over the network.
 */
#include "base/buf.h"

#include "call.h"
#include "commands.h"
#include "out.h"

enum { PREFIX = 1 };

static int
add(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const char *const roles[] = {"reader", "reporter", "desk",
	    "operator"};
	json_t *body, *prefixes, *o;
	const char *p;
	size_t i;
	int rc;

	if (argc != 2)
		return (cmd_fail(ctx, CMD_USAGE,
		    "token add takes a ROLE and a NAME"));
	if (cmd_choose(ctx, "role", argv[0], roles, 4) == -1)
		return (CMD_USAGE);
	prefixes = json_array();
	for (i = 0; (p = cmd_option_at(ctx, PREFIX, i)) != NULL; i++)
		json_array_append_new(prefixes, json_string(p));
	body = json_pack("{s:s, s:s, s:o}", "role", argv[0], "name", argv[1],
	    "prefixes", prefixes);
	if (body == NULL)
		return (cmd_fail(ctx, CMD_USAGE, "the name is not UTF-8"));
	rc = call_json(ctx, "POST", "/v1/tokens", body, &o);
	if (rc == CMD_OK && !out_result(ctx, o)) {
		out_value(stdout, json_object_get(o, "token"));
		putchar('\n');
		cmd_note("this is the only time the token is shown; send it as "
			 "'Authorization: Bearer TOKEN'");
	}
	json_decref(body);
	json_decref(o);
	return (rc);
}

static int
list(struct cmd_ctx *ctx)
{
	static const struct out_column columns[] = {
	    {"NAME", "name"},
	    {"ROLE", "role"},
	    {"CREATED", "created"},
	    {"PREFIXES", "prefixes"},
	};
	json_t *o;
	int rc = call_json(ctx, "GET", "/v1/tokens", NULL, &o);

	if (rc == CMD_OK && !out_result(ctx, o))
		out_table(ctx, json_object_get(o, "tokens"), columns,
		    sizeof(columns) / sizeof(columns[0]));
	json_decref(o);
	return (rc);
}

static int
drop(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct buf path;
	json_t *o;
	int rc;

	if (argc != 1)
		return (cmd_fail(ctx, CMD_USAGE, "token remove takes a NAME"));
	buf_init(&path, CALL_PATH);
	buf_text(&path, "/v1/tokens/");
	client_escape(&path, argv[0]);
	rc = call_json(ctx, "DELETE", buf_string(&path), NULL, &o);
	if (rc == CMD_OK && !out_result(ctx, o))
		cmd_note("removed: the token is refused from now on");
	buf_free(&path);
	json_decref(o);
	return (rc);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const char *const verbs[] = {"add", "list", "remove"};
	int verb = cmd_choose(ctx, "token command", argv[0], verbs, 3);

	if (verb != 0 && cmd_option(ctx, PREFIX) != NULL)
		return (
		    cmd_fail(ctx, CMD_USAGE, "--prefix goes with 'token add'"));
	switch (verb) {
	case 0:
		return (add(ctx, argc - 1, argv + 1));
	case 1:
		if (argc > 1)
			return (cmd_fail(ctx, CMD_USAGE, "'%s' is too much",
			    argv[1]));
		return (list(ctx));
	case 2:
		return (drop(ctx, argc - 1, argv + 1));
	default:
		return (CMD_USAGE);
	}
}

static const struct poptOption options[] = {
    {"prefix", '\0', POPT_ARG_STRING, NULL, PREFIX,
	"what a desk is responsible for; may be repeated", "PREFIX"},
    POPT_TABLEEND,
};

const struct command cmd_token = {
    "token",
    "add ROLE NAME [--prefix PREFIX]... | list | remove NAME",
    "who may use the HTTP API over the network",
    run,
    options,
    1,
    3,
};

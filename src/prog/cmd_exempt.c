/*
 * exempt: what is never listed, while the node runs.
 */
#include "shell/allowfile.h"

#include "call.h"
#include "commands.h"
#include "out.h"

enum { LOCAL = 1 };

/* Is ${text} a prefix? If not, say what is wrong. */
static bool
check(struct cmd_ctx *ctx, const char *text)
{
	struct prefix p;
	char why[192];

	if (allowfile_prefix(text, &p, why, sizeof(why)) == 0)
		return (true);
	cmd_fail(ctx, CMD_USAGE, "%s", why);
	return (false);
}

static void
say_done(const json_t *o)
{
	out_value(stdout, json_object_get(o, "prefix"));
	printf(": ");
	out_value(stdout, json_object_get(o, "done"));
	if (json_is_true(json_object_get(o, "signed")))
		printf(", and signed for the peers that know it as this "
		       "node's");
	putchar('\n');
}

static int
change(struct cmd_ctx *ctx, int argc, char **argv)
{
	bool remove = argv[0][0] == 'r';
	json_t *body, *o;
	int rc;

	if (argc != 2)
		return (cmd_fail(ctx, CMD_USAGE, "exempt %s takes a PREFIX",
		    argv[0]));
	if (!check(ctx, argv[1]))
		return (CMD_USAGE);
	body = json_pack("{s:s, s:b, s:b}", "prefix", argv[1], "remove", remove,
	    "local", cmd_option(ctx, LOCAL) != NULL);
	rc = call_json(ctx, "POST", "/v1/exempt", body, &o);
	if (rc == CMD_OK && !out_result(ctx, o))
		say_done(o);
	json_decref(body);
	json_decref(o);
	return (rc);
}

static int
list(struct cmd_ctx *ctx)
{
	static const struct out_column columns[] = {
	    {"PREFIX", "prefix"},
	    {"SOURCE", "source"},
	    {"MEMBER", "member"},
	    {"BY", "by"},
	    {"LOCAL", "local"},
	    {"SINCE", "since"},
	};
	json_t *o;
	int rc = call_json(ctx, "GET", "/v1/exempt", NULL, &o);

	if (rc == CMD_OK && !out_result(ctx, o)) {
		out_table(ctx, json_object_get(o, "exempt"), columns,
		    sizeof(columns) / sizeof(columns[0]));
		cmd_note("%lld more in the configuration: special ranges, "
			 "relays, allow files",
		    (long long)json_integer_value(
			json_object_get(o, "configured")));
	}
	json_decref(o);
	return (rc);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const char *const verbs[] = {"add", "list", "remove"};
	int verb = cmd_choose(ctx, "exempt command", argv[0], verbs, 3);

	if (verb > 0 && cmd_option(ctx, LOCAL) != NULL)
		return (
		    cmd_fail(ctx, CMD_USAGE, "--local goes with 'exempt add'"));
	switch (verb) {
	case 0:
	case 2:
		return (change(ctx, argc, argv));
	case 1:
		if (argc > 1)
			return (cmd_fail(ctx, CMD_USAGE, "'%s' is too much",
			    argv[1]));
		return (list(ctx));
	default:
		return (CMD_USAGE);
	}
}

static const struct poptOption options[] = {
    {"local", '\0', POPT_ARG_NONE, NULL, LOCAL,
	"on this node only: do not sign it as an own mail server", NULL},
    POPT_TABLEEND,
};

const struct command cmd_exempt = {
    "exempt",
    "add PREFIX [--local] | remove PREFIX | list",
    "what is never listed, whoever reports it",
    run,
    options,
    1,
    2,
};

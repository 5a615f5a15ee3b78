/*
 * web: the page of the node.
 */
#include <string.h>

#include "call.h"
#include "commands.h"
#include "out.h"

enum { BASE = 1 };

/* Replace what stands before the path of the URL in ${o} by ${base}. */
static void
rebase(json_t *o, const char *base)
{
	size_t n = strlen(base);

	while (n > 0 && base[n - 1] == '/')
		n--;
	json_object_set_new(o, "url",
	    json_sprintf("%.*s%s", (int)n, base,
		json_string_value(json_object_get(o, "path"))));
}

static int
show(struct cmd_ctx *ctx, json_t *o)
{
	const char *base = cmd_option(ctx, BASE);

	if (base != NULL)
		rebase(o, base);
	if (json_is_null(json_object_get(o, "url")))
		return (cmd_fail(ctx, CMD_USAGE,
		    "no listener for browsers: set http in listen { }, or "
		    "give --base URL"));
	if (!out_result(ctx, o)) {
		out_value(stdout, json_object_get(o, "url"));
		putchar('\n');
		cmd_note("open it within 5 minutes; it works once");
	}
	return (CMD_OK);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const char *const verbs[] = {"login"};
	json_t *body, *o;
	int rc;

	if (cmd_choose(ctx, "web command", argv[0], verbs, 1) == -1)
		return (CMD_USAGE);
	body = json_object();
	if (argc > 1)
		json_object_set_new(body, "token", json_string(argv[1]));
	rc = call_json(ctx, "POST", "/v1/login", body, &o);
	if (rc == CMD_OK)
		rc = show(ctx, o);
	json_decref(body);
	json_decref(o);
	return (rc);
}

static const struct poptOption options[] = {
    {"base", '\0', POPT_ARG_STRING, NULL, BASE,
	"where browsers reach the page (default: listen http)", "URL"},
    POPT_TABLEEND,
};

const struct command cmd_web = {
    "web",
    "login [TOKEN] [--base URL]",
    "print a link that logs a browser in",
    run,
    options,
    1,
    2,
};

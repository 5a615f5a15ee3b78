/*
 * integrate: what another program needs in its configuration to use this node.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "locals.h"
#include "out.h"
#include "self.h"
#include "snippet.h"

enum { LIST = 1 };

#define PRODUCTS 64 /* most templates */
#define TALK 65536 /* bytes of complaints about the configuration */

/* ---- The products ---- */

static int
list_products(const struct cmd_ctx *ctx)
{
	static const struct out_column columns[] = {
	    {"PRODUCT", "product"},
	    {"WHAT", "help"},
	};
	json_t *rows = json_array(), *o;
	const char *help;
	size_t i, len;

	for (i = 0; snippet_name(i) != NULL; i++) {
		help = snippet_help(i, &len);
		json_array_append_new(rows,
		    json_pack("{s:s, s:s%}", "product", snippet_name(i), "help",
			help, len));
	}
	o = json_pack("{s:O}", "products", rows);
	if (!out_result(ctx, o))
		out_table(ctx, rows, columns, 2);
	json_decref(o);
	json_decref(rows);
	return (CMD_OK);
}

/* The number of the template called ${name}; -1 after saying there is none. */
static int
find(const struct cmd_ctx *ctx, const char *name)
{
	const char *names[PRODUCTS];
	size_t n = 0;

	for (; n < PRODUCTS && snippet_name(n) != NULL; n++)
		names[n] = snippet_name(n);
	return (cmd_choose(ctx, "product", name, names, n));
}

/* ---- One of them ---- */

static void
print_commented(const json_t *text)
{
	const char *line = json_string_value(text);
	size_t n;

	for (; line != NULL && *line != '\0'; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		printf("# %.*s\n", (int)n, line);
	}
}

static void
print_part(const json_t *part)
{
	const char *file = json_string_value(json_object_get(part, "file"));
	const char *title = json_string_value(json_object_get(part, "title"));

	printf("\n# ---- %s%s%s\n", file != NULL ? file : "then run",
	    *title != '\0' ? ", " : "", title);
	fputs(json_string_value(json_object_get(part, "text")), stdout);
}

/* All of it is a comment, but for what goes into files. */
static void
print(const json_t *o)
{
	const json_t *say = json_object_get(o, "say");
	const json_t *parts = json_object_get(o, "parts");
	const json_t *test = json_object_get(o, "test");
	size_t i;

	print_commented(json_object_get(o, "help"));
	if (json_array_size(say) > 0)
		printf("#\n");
	for (i = 0; i < json_array_size(say); i++)
		print_commented(json_array_get(say, i));
	for (i = 0; i < json_array_size(parts); i++)
		print_part(json_array_get(parts, i));
	if (json_string_length(test) > 0) {
		printf("\n# ---- to try it\n");
		print_commented(test);
	}
}

static int
say_lacking(const struct cmd_ctx *ctx, const char *what)
{
	static const struct {
		const char *what;
		const char *problem;
		const char *hint;
	} rows[] = {
	    {"mail", "no list has a zone, a code and only mail categories",
		"give one to a list: zone = \"worm.bl.example\"  code = "
		"127.0.0.2; or choose a list with --list"},
	    {"dnslists", "no list has a zone and a code",
		"give them to a list: zone = \"worm.bl.example\"  code = "
		"127.0.0.2"},
	    {"zones", "no list has a zone",
		"give one to a list: zone = \"worm.bl.example\""},
	    {"dns", "the node answers no DNS",
		"say where: listen { dns = {\"127.0.0.1:5353\"} }, and "
		"restart it"},
	    {"has_http", "the node has no listener for programs",
		"say where: listen { http = \"127.0.0.1:7480\" }, and "
		"restart it"},
	    {"lists", "there is no list", "virbl.conf(5) explains lists"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].what, what) == 0) {
			cmd_fail(ctx, CMD_FAILED, "%s: %s", ctx->config,
			    rows[i].problem);
			cmd_hint("%s", rows[i].hint);
		}
	return (CMD_FAILED);
}

/* Mark what --list names in ${chosen}; -1 after saying what is wrong. */
static int
choose_lists(const struct cmd_ctx *ctx, const struct policy *p,
    bool chosen[POLICY_LISTS])
{
	const char *names[POLICY_LISTS], *name;
	size_t i;
	int which;

	for (i = 0; i < p->nlists; i++)
		names[i] = p->lists[i].name;
	for (i = 0; (name = cmd_option_at(ctx, LIST, i)) != NULL; i++) {
		which = cmd_choose(ctx, "list", name, names, p->nlists);
		if (which == -1)
			return (-1);
		chosen[which] = true;
	}
	return (0);
}

static int
show(const struct cmd_ctx *ctx, size_t product, const struct conf *c)
{
	bool chosen[POLICY_LISTS] = {false};
	json_t *values, *o;
	int rc = CMD_OK;

	if (choose_lists(ctx, c->policy, chosen) != 0)
		return (CMD_USAGE);
	values =
	    locals_make(ctx, c, cmd_option(ctx, LIST) != NULL ? chosen : NULL);
	o = snippet_fill(product, values);
	if (json_is_string(o))
		rc = say_lacking(ctx, json_string_value(o));
	else if (!out_result(ctx, o))
		print(o);
	json_decref(o);
	json_decref(values);
	return (rc);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct buf error;
	struct conf *c;
	int product, rc;

	if (argc == 0)
		return (list_products(ctx));
	if ((product = find(ctx, argv[0])) == -1)
		return (CMD_USAGE);
	buf_init(&error, TALK);
	c = conf_load(ctx->config, NULL, &error);
	self_say(buf_string(&error));
	buf_free(&error);
	if (c == NULL)
		return (CMD_FAILED);
	rc = show(ctx, (size_t)product, c);
	conf_free(c);
	return (rc);
}

static const struct poptOption options[] = {
    {"list", '\0', POPT_ARG_STRING, NULL, LIST,
	"with this list; may be repeated (default: those that fit)", "NAME"},
    POPT_TABLEEND,
};

const struct command cmd_integrate = {
    "integrate",
    "[PRODUCT] [--list NAME]...",
    "what a mail server, firewall or resolver needs to use this node",
    run,
    options,
    0,
    1,
};

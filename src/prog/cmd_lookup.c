/*
 * lookup: is an address listed, where, and why.
 */
#include <string.h>

#include <virbl/subject.h>

#include "base/buf.h"

#include "call.h"
#include "commands.h"
#include "out.h"

enum { AT = 1 };

static void
print_list(const json_t *l)
{
	printf("  ");
	out_value(stdout, json_object_get(l, "list"));
	printf(": since ");
	out_value(stdout, json_object_get(l, "since"));
	printf(" until ");
	out_value(stdout, json_object_get(l, "until"));
	printf(", score ");
	out_value(stdout, json_object_get(l, "score"));
	printf(", groups ");
	out_value(stdout, json_object_get(l, "groups"));
	printf(", ");
	out_value(stdout, json_object_get(l, "code"));
	printf(" (");
	out_value(stdout, json_object_get(l, "reason"));
	printf(")\n");
}

static void
print_sightings(const struct cmd_ctx *ctx, const json_t *o)
{
	static const struct out_column columns[] = {
	    {"SEEN", "seen"},
	    {"MEMBER", "member"},
	    {"GROUP", "group"},
	    {"CATEGORY", "category"},
	    {"COUNT", "count"},
	    {"COUNTS", "counts"},
	    {"THREAT", "threat"},
	};
	const json_t *rows = json_object_get(o, "sightings");
	json_int_t more =
	    json_integer_value(json_object_get(o, "sightings_left_out"));

	if (json_array_size(rows) == 0)
		return;
	putchar('\n');
	out_table(ctx, rows, columns, sizeof(columns) / sizeof(columns[0]));
	if (more > 0)
		printf("and %" JSON_INTEGER_FORMAT " older\n", more);
}

static void
print(const struct cmd_ctx *ctx, const json_t *o)
{
	const json_t *lists = json_object_get(o, "lists");
	const json_t *exempt = json_object_get(o, "exempt");
	const json_t *marks = json_object_get(o, "marks");
	const json_t *acts = json_object_get(o, "acts");
	static const struct out_column columns[] = {
	    {"MARK", "kind"},
	    {"MEMBER", "member"},
	    {"TIME", "time"},
	};
	static const struct out_column act_columns[] = {
	    {"ACT", "act"},
	    {"BY", "by"},
	    {"TIME", "time"},
	};
	size_t i;

	out_value(stdout, json_object_get(o, "address"));
	puts(json_is_true(json_object_get(o, "listed")) ? ": listed" :
							  ": not listed");
	if (json_is_object(exempt)) {
		printf("  never listed: ");
		out_value(stdout, json_object_get(exempt, "prefix"));
		printf(" is exempt (");
		out_value(stdout, json_object_get(exempt, "source"));
		if (json_is_integer(json_object_get(exempt, "line"))) {
			putchar(':');
			out_value(stdout, json_object_get(exempt, "line"));
		}
		if (json_is_string(json_object_get(exempt, "member"))) {
			putchar(' ');
			out_value(stdout, json_object_get(exempt, "member"));
		}
		printf(")\n");
	}
	for (i = 0; i < json_array_size(lists); i++) {
		const json_t *l = json_array_get(lists, i);

		if (json_is_true(json_object_get(l, "listed")))
			print_list(l);
	}
	print_sightings(ctx, o);
	if (json_array_size(marks) > 0) {
		putchar('\n');
		out_table(ctx, marks, columns,
		    sizeof(columns) / sizeof(columns[0]));
	}
	if (json_array_size(acts) > 0) {
		putchar('\n');
		out_table(ctx, acts, act_columns,
		    sizeof(act_columns) / sizeof(act_columns[0]));
	}
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	enum subject_verdict v;
	uint64_t subject;
	uint32_t at = 0;
	struct buf path;
	json_t *o = NULL;
	int rc;

	(void)argc;
	if ((v = subject_parse(argv[0], &subject)) != SUBJECT_OK)
		return (cmd_fail(ctx, CMD_USAGE, "'%s': %s", argv[0],
		    subject_verdict_text(v)));
	/* A length says no more than the address in front of it. */
	argv[0][strcspn(argv[0], "/")] = '\0';
	buf_init(&path, CALL_PATH);
	buf_text(&path, "/v1/ip/");
	client_escape(&path, argv[0]);
	rc = call_time(ctx, AT, &path, "?", &at);
	if (rc == CMD_OK)
		rc = call_at(ctx, buf_string(&path), at, &o);
	if (rc == CMD_OK) {
		if (!out_result(ctx, o))
			print(ctx, o);
		if (!json_is_true(json_object_get(o, "listed")))
			rc = CMD_NOTHING;
	}
	buf_free(&path);
	json_decref(o);
	return (rc);
}

static const struct poptOption options[] = {
    {"at", '\0', POPT_ARG_STRING, NULL, AT,
	"as it was then, by what was known then", "TIME"},
    POPT_TABLEEND,
};

const struct command cmd_lookup = {
    "lookup",
    "ADDR [--at TIME]",
    "is an address listed, where and why",
    run,
    options,
    1,
    1,
};

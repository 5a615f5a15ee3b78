/*
 * doctor: what may be wrong, in words, and what to do about it.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "doctor.h"
#include "out.h"

static const char *const levels[] = {"ok", "warn", "fail"};

#define WARN 1
#define FAIL 2

/* In this order. */
static void (*const checks[])(struct doctor *) = {doctor_config, doctor_daemon,
    doctor_listeners, doctor_clock, doctor_disk, doctor_peers, doctor_zones,
    doctor_resolver, doctor_exempt, doctor_own};

static void
print(const struct cmd_ctx *ctx, const json_t *said)
{
	static const char *const colors[] = {"\033[32m", "\033[33m",
	    "\033[31m"};
	const json_t *o;
	const char *remedy, *level;
	size_t i, k;

	for (i = 0; i < json_array_size(said); i++) {
		o = json_array_get(said, i);
		level = json_string_value(json_object_get(o, "level"));
		for (k = 0; k < 2 && strcmp(level, levels[k]) != 0; k++)
			continue;
		printf("%s%-4s%s  %-9s  ", ctx->color ? colors[k] : "", level,
		    ctx->color ? "\033[0m" : "",
		    json_string_value(json_object_get(o, "check")));
		out_text(stdout, json_string_value(json_object_get(o, "text")));
		putchar('\n');
		remedy = json_string_value(json_object_get(o, "remedy"));
		if (remedy != NULL && k > 0) {
			printf("%17s-> ", "");
			out_text(stdout, remedy);
			putchar('\n');
		}
	}
}

/* How many were said with ${level}. */
static size_t
count(const json_t *all, size_t level)
{
	size_t i, n = 0;

	for (i = 0; i < json_array_size(all); i++)
		n += strcmp(json_string_value(
				json_object_get(json_array_get(all, i),
				    "level")),
			 levels[level]) == 0;
	return (n);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct doctor d = {.ctx = ctx, .checks = json_array()};
	size_t i, failed, warned;
	json_t *o;
	int rc = CMD_OK;

	(void)argc;
	(void)argv;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&d);
	failed = count(d.checks, FAIL);
	warned = count(d.checks, WARN);
	o = json_pack("{s:b, s:I, s:I, s:O}", "ok", failed == 0, "failed",
	    (json_int_t)failed, "warned", (json_int_t)warned, "checks",
	    d.checks);
	if (!out_result(ctx, o)) {
		print(ctx, d.checks);
		cmd_note("%zu failed, %zu warnings", failed, warned);
	}
	if (failed > 0)
		rc = d.conf != NULL && d.conf->have_node && d.status == NULL ?
		    CMD_UNREACHABLE :
		    CMD_FAILED;
	json_decref(o);
	json_decref(d.checks);
	json_decref(d.status);
	json_decref(d.peers);
	conf_free(d.conf);
	return (rc);
}

const struct command cmd_doctor = {
    "doctor",
    "",
    "what may be wrong with the node and around it, and what to do",
    run,
    NULL,
    0,
    0,
};

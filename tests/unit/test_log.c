/*
 * Log lines: their form for people and for journald, and that nothing in a
 * message can begin another line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "shell/log.h"

static int ends[2];
static int kept;

/* Let stderr go to a pipe; what fails before release() is not seen. */
static void
capture(void)
{
	fflush(stderr);
	kept = dup(STDERR_FILENO);
	if (pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) == -1)
		abort();
}

static const char *
release(void)
{
	static char out[8192];
	ssize_t n;

	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	n = read(ends[0], out, sizeof(out) - 1);
	close(ends[0]);
	assert_true(n >= 0);
	out[n] = '\0';
	return (out);
}

/* Check and return what follows the time stamp. */
static const char *
unstamped(const char *s)
{
	int end = 0;

	assert_int_equal(sscanf(s, "time=%*4d-%*2d-%*2dT%*2d:%*2d:%*2dZ %n",
			     &end),
	    0);
	assert_int_equal(end, 26);
	return (s + end);
}

static void
test_people(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	capture();
	log_open(0);
	log_error("store: %s", "no");
	assert_string_equal(unstamped(release()),
	    "level=error part=store msg=\"no\"\n");
	capture();
	log_warn("a: b");
	assert_string_equal(unstamped(release()),
	    "level=warning part=a msg=\"b\"\n");
	capture();
	log_info("a: b");
	assert_string_equal(unstamped(release()),
	    "level=info part=a msg=\"b\"\n");
	capture();
	log_debug("a: b");
	assert_string_equal(release(), "");
	log_open(1);
	capture();
	log_debug("a: b");
	assert_string_equal(unstamped(release()),
	    "level=debug part=a msg=\"b\"\n");
}

/* What is no part is the engine's, and belongs to the message. */
static void
test_part(void **state)
{
	static const char *const rows[][2] = {
	    {"peer bit connected", "part=engine msg=\"peer bit connected\"\n"},
	    {"new epoch 2: lost", "part=engine msg=\"new epoch 2: lost\"\n"},
	    {"a:b", "part=engine msg=\"a:b\"\n"},
	    {": b", "part=engine msg=\": b\"\n"},
	    {"", "part=engine msg=\"\"\n"},
	    {"a: ", "part=a msg=\"\"\n"},
	    {"abcdefghijklmnop: x", "part=abcdefghijklmnop msg=\"x\"\n"},
	    {"abcdefghijklmnopq: x",
		"part=engine msg=\"abcdefghijklmnopq: x\"\n"},
	    {"a: say \"no\" to \\", "part=a msg=\"say \\\"no\\\" to \\\\\"\n"},
	};
	size_t i;

	(void)state;
	log_open(0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		capture();
		log_info("%s", rows[i][0]);
		assert_string_equal(unstamped(release()) +
			strlen("level=info "),
		    rows[i][1]);
	}
}

/* Only if stderr is the stream the variable names. */
static void
test_journal(void **state)
{
	struct stat st;
	char name[64];

	(void)state;
	capture();
	if (fstat(STDERR_FILENO, &st) != 0)
		abort();
	snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", name, 1);
	log_open(1);
	log_error("a: 1");
	log_warn("a: 2");
	log_info("a: 3");
	log_debug("a: 4");
	assert_string_equal(release(),
	    "<3>part=a msg=\"1\"\n<4>part=a msg=\"2\"\n"
	    "<6>part=a msg=\"3\"\n<7>part=a msg=\"4\"\n");
	capture();
	log_open(0); /* another pipe */
	log_info("a: b");
	unstamped(release());
	unsetenv("JOURNAL_STREAM");
}

static void
test_one_line(void **state)
{
	char big[5000];
	const char *s;

	(void)state;
	log_open(0);
	capture();
	log_info("peer: %s", "x\n<3>forged\r\033[31m\x7f");
	assert_string_equal(unstamped(release()),
	    "level=info part=peer msg=\"x <3>forged  [31m \"\n");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	capture();
	log_info("%s", big);
	s = release();
	assert_in_range(strlen(s), 2040, 2047);
	assert_ptr_equal(strchr(s, '\n'), s + strlen(s) - 1);
	assert_int_equal(s[strlen(s) - 2], '"');
	/* Nor is an escape cut in two. */
	memset(big, '"', sizeof(big) - 1);
	capture();
	log_info("%s", big);
	s = release();
	assert_in_range(strlen(s), 2040, 2047);
	assert_string_equal(s + strlen(s) - 4, "\\\"\"\n");
}

static void
test_errno(void **state)
{
	int after;

	(void)state;
	capture();
	errno = ENOENT;
	log_error("a: b");
	after = errno;
	release();
	assert_int_equal(after, ENOENT);
	/* A log that is gone harms nobody. */
	kept = dup(STDERR_FILENO);
	close(STDERR_FILENO);
	errno = ENOENT;
	log_error("a: b");
	after = errno;
	dup2(kept, STDERR_FILENO);
	close(kept);
	assert_int_equal(after, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_people),
	    cmocka_unit_test(test_part),
	    cmocka_unit_test(test_journal),
	    cmocka_unit_test(test_one_line),
	    cmocka_unit_test(test_errno),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

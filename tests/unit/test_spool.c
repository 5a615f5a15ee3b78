#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "shell/spool.h"

struct place {
	char dir[64];
};

static char *
path_of(const struct place *p, const char *name)
{
	static char out[512];

	snprintf(out, sizeof(out), "%s/" SPOOL_DIR "/%s", p->dir, name);
	return (out);
}

static int
setup(void **state)
{
	static struct place p;

	snprintf(p.dir, sizeof(p.dir), "test_spool.XXXXXX");
	*state = &p;
	return (mkdtemp(p.dir) == NULL);
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", p->dir);
	return (system(cmd));
}

static void
write_one(const struct place *p, int64_t ms, const char *text)
{
	struct wall now = {.ms = ms};
	struct buf error;

	buf_init(&error, 1000);
	assert_int_equal(spool_write(p->dir, now, text, strlen(text), &error),
	    SPOOL_OK);
	assert_int_equal(error.len, 0);
	buf_free(&error);
}

static void
put_file(const struct place *p, const char *name, const char *text)
{
	FILE *f = fopen(path_of(p, name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int
take(const struct place *p, const char *name, struct buf *b)
{
	return (spool_take(p->dir, name, b));
}

/* Oldest first, whole, gone once removed. */
static void
test_order(void **state)
{
	struct place *p = *state;
	char names[4][SPOOL_NAME];
	int lock[3], i;
	struct buf b;

	assert_int_equal(spool_list(p->dir, names, 4), 0);
	write_one(p, 2000, "two\n");
	buf_init(&b, 1000);
	/* Who writes while one is being read begins another. */
	assert_int_equal(spool_list(p->dir, names, 4), 1);
	lock[1] = take(p, names[0], &b);
	assert_true(lock[1] >= 0);
	write_one(p, 1000, "one\n");
	assert_int_equal(spool_list(p->dir, names, 4), 2);
	lock[0] = take(p, names[0], &b);
	write_one(p, 3000, "three\n");
	assert_int_equal(spool_list(p->dir, names, 2), 2);
	assert_int_equal(spool_list(p->dir, names, 4), 3);
	assert_int_equal(take(p, names[0], &b), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	lock[2] = take(p, names[2], &b);
	assert_string_equal(buf_string(&b), "two\none\nthree\n");
	spool_leave(lock[2]);
	for (i = 0; i < 2; i++)
		assert_int_equal(spool_remove(p->dir, names[i], lock[i]), 0);
	assert_int_equal(spool_remove(p->dir, names[0], -1), -1);
	assert_int_equal(spool_list(p->dir, names, 4), 1);
	buf_free(&b);
}

/* One file takes what comes, until it is full; a torn line harms no other. */
static void
test_append(void **state)
{
	static char big[SPOOL_BYTES - 100];
	struct place *p = *state;
	char names[4][SPOOL_NAME];
	struct buf b;

	write_one(p, 1, "one\n");
	write_one(p, 2, "two\n");
	assert_int_equal(spool_list(p->dir, names, 4), 1);
	put_file(p, names[0], "one\ntwo\nto");
	write_one(p, 3, "three\n");
	buf_init(&b, 2 * SPOOL_BYTES);
	spool_leave(take(p, names[0], &b));
	assert_string_equal(buf_string(&b), "one\ntwo\nto\nthree\n");
	memset(big, 'x', sizeof(big) - 1);
	write_one(p, 4, big);
	assert_int_equal(spool_list(p->dir, names, 4), 1);
	write_one(p, 5, big);
	assert_int_equal(spool_list(p->dir, names, 4), 2);
	buf_free(&b);
}

#define WRITERS 6
#define EACH 200

static void
write_many(const struct place *p, int writer)
{
	char line[64];
	int i;

	for (i = 0; i < EACH; i++) {
		snprintf(line, sizeof(line), "%d\n", writer * EACH + i);
		write_one(p, 1000 * writer + i, line);
	}
	_exit(0);
}

/* Note the numbers in what was taken. */
static void
note(const char *text, unsigned char *seen)
{
	char *end;
	long n;

	for (; *text != '\0'; text = end + 1) {
		n = strtol(text, &end, 10);
		assert_int_equal(*end, '\n');
		assert_in_range(n, 0, WRITERS * EACH - 1);
		seen[n]++;
	}
}

/* Many writers and one who takes files away: each line comes once. */
static void
test_crowd(void **state)
{
	unsigned char seen[WRITERS * EACH] = {0};
	char names[4][SPOOL_NAME];
	struct place *p = *state;
	int i, lock, left = WRITERS;
	size_t n, all = 0;
	struct buf b;

	for (i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many(p, i);
	buf_init(&b, SPOOL_BYTES);
	do {
		while (left > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			left--;
		n = spool_list(p->dir, names, 4);
		while (n-- > 0) {
			buf_reset(&b);
			if ((lock = take(p, names[n], &b)) == -1)
				continue;
			note(buf_string(&b), seen);
			assert_int_equal(spool_remove(p->dir, names[n], lock),
			    0);
		}
	} while (left > 0 || spool_list(p->dir, names, 4) > 0);
	for (i = 0; i < WRITERS * EACH; i++)
		all += seen[i] == 1;
	assert_int_equal(all, WRITERS * EACH);
	buf_free(&b);
}

/* What is not a finished report is not listed; useless ones go aside. */
static void
test_others(void **state)
{
	struct place *p = *state;
	char names[4][SPOOL_NAME], name[256];
	struct stat st;

	write_one(p, 1000, "one\n");
	put_file(p, "half.part", "x");
	put_file(p, ".hidden.ndjson", "x");
	put_file(p, ".ndjson", "x");
	memset(name, 'a', 100);
	snprintf(name + 100, 100, ".ndjson");
	put_file(p, name, "x");
	assert_int_equal(spool_list(p->dir, names, 4), 1);
	assert_int_equal(spool_spoil(p->dir, names[0], -1), 0);
	assert_int_equal(spool_list(p->dir, names, 4), 0);
	snprintf(name, sizeof(name), "%.*s.bad", (int)strlen(names[0]) - 7,
	    names[0]);
	assert_int_equal(stat(path_of(p, name), &st), 0);
	assert_int_equal(st.st_mode & 0007, 0);
}

static void
test_bad_files(void **state)
{
	struct place *p = *state;
	char *big = malloc(SPOOL_BYTES + 2);
	struct buf b;

	write_one(p, 1000, "one\n");
	memset(big, 'x', SPOOL_BYTES + 1);
	big[SPOOL_BYTES + 1] = '\0';
	put_file(p, "big.ndjson", big);
	assert_int_equal(mkfifo(path_of(p, "pipe.ndjson"), 0600), 0);
	assert_int_equal(symlink("/etc/passwd", path_of(p, "l.ndjson")), 0);
	buf_init(&b, 2 * SPOOL_BYTES);
	assert_int_equal(take(p, "big.ndjson", &b), -1);
	assert_int_equal(take(p, "pipe.ndjson", &b), -1);
	assert_int_equal(take(p, "l.ndjson", &b), -1);
	assert_int_equal(take(p, "gone.ndjson", &b), -1);
	/* Nor do they keep anybody from writing. */
	write_one(p, 1, "two\n");
	buf_free(&b);
	/* A reader's own limit counts as well. */
	buf_init(&b, 10);
	put_file(p, "small.ndjson", "more than ten bytes\n");
	assert_int_equal(take(p, "small.ndjson", &b), -1);
	assert_int_equal(errno, EFBIG);
	buf_free(&b);
	free(big);
}

static void
test_refusals(void **state)
{
	struct wall now = {.ms = 1};
	struct place *p = *state;
	char names[4][SPOOL_NAME];
	struct buf error;
	char *big = calloc(1, SPOOL_BYTES + 1);
	int i;

	buf_init(&error, 1000);
	assert_int_equal(spool_write("no/such/place", now, "x", 1, &error),
	    SPOOL_FAILED);
	assert_non_null(strstr(buf_string(&error), "No such file"));
	buf_reset(&error);
	assert_int_equal(spool_write(p->dir, now, big, SPOOL_BYTES + 1, &error),
	    SPOOL_FAILED);
	assert_non_null(strstr(buf_string(&error), "too much"));
	assert_int_equal(spool_list(p->dir, names, 4), 0);
	buf_reset(&error);
	for (i = 0; i < SPOOL_FILES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%d.ndjson", i);
		assert_int_equal(mkfifo(path_of(p, name), 0600), 0);
	}
	assert_int_equal(spool_write(p->dir, now, "x", 1, &error), SPOOL_FULL);
	assert_non_null(strstr(buf_string(&error), "256 files of reports"));
	buf_free(&error);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_append, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_crowd, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_others, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

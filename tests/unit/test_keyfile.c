/*
 * The key file: made once, kept from others, refused with the remedy.
 */
#include <fcntl.h>
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

#include "shell/keyfile.h"

#define SEED "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct place {
	char dir[64];
	char path[128];
	struct buf error;
};

static int
setup(void **state)
{
	static struct place p;

	snprintf(p.dir, sizeof(p.dir), "test_keyfile.XXXXXX");
	if (mkdtemp(p.dir) == NULL)
		return (-1);
	snprintf(p.path, sizeof(p.path), "%s/node.key", p.dir);
	buf_init(&p.error, 4096);
	*state = &p;
	return (0);
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char cmd[128];

	buf_free(&p->error);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", p->dir);
	return (system(cmd));
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Reading fails with one line that names the file and has ${part}. */
static void
refused(struct place *p, const char *path, const char *part)
{
	struct key key, before;
	const char *s;

	memset(&key, 0x5a, sizeof(key));
	before = key;
	buf_reset(&p->error);
	assert_int_equal(keyfile_read(path, &key, &p->error), -1);
	assert_memory_equal(&key, &before, sizeof(key));
	s = buf_string(&p->error);
	assert_int_equal(strncmp(s, path, strlen(path)), 0);
	assert_non_null(strstr(s, part));
	assert_null(strchr(s, '\n'));
}

static void
test_make(void **state)
{
	struct place *p = *state;
	struct key made, read, other;
	struct stat st;

	assert_int_equal(keyfile_create(p->path, &made, &p->error), 0);
	assert_int_equal(p->error.len, 0);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(keyfile_read(p->path, &read, &p->error), 0);
	assert_memory_equal(&made, &read, sizeof(made));
	/* Never over another, and never the same again. */
	assert_int_equal(keyfile_create(p->path, &other, &p->error), -1);
	assert_non_null(strstr(buf_string(&p->error), "File exists"));
	assert_int_equal(keyfile_read(p->path, &read, &p->error), 0);
	assert_memory_equal(&made, &read, sizeof(made));
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(keyfile_create(p->path, &other, &p->error), 0);
	assert_memory_not_equal(&made, &other, sizeof(made));
}

static void
test_read(void **state)
{
	/* Public key of this seed, by another implementation. */
	static const uint8_t public[4] = {0x03, 0xa1, 0x07, 0xbf};
	struct place *p = *state;
	struct key key;

	write_file(p->path, "virbl-ed25519-seed " SEED "\n", 0600);
	assert_int_equal(keyfile_read(p->path, &key, &p->error), 0);
	assert_memory_equal(key.public, public, sizeof(public));
	write_file(p->path, "virbl-ed25519-seed " SEED, 0400);
	assert_int_equal(keyfile_read(p->path, &key, &p->error), 0);
}

static void
test_refused(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "\n",
	    "virbl-ed25519-seed \n",
	    "virbl-ed25519-seed " SEED "\n\n",
	    "virbl-ed25519-seed " SEED "0",
	    "virbl-ed25519-seed " SEED "0\n",
	    "virbl-ed25519-seed g" SEED "\n",
	    "Virbl-ed25519-seed " SEED "\n",
	    " virbl-ed25519-seed " SEED "\n",
	    "virbl-ed25519-seed\t" SEED "\n",
	};
	struct place *p = *state;
	char text[200];
	size_t i;

	refused(p, p->path, "virbl init");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_file(p->path, wrong[i], 0600);
		refused(p, p->path, "not a key file");
	}
	snprintf(text, sizeof(text), "virbl-ed25519-seed " SEED "\n");
	text[40] = 'g';
	write_file(p->path, text, 0600);
	refused(p, p->path, "not a key file");
	refused(p, p->dir, "not a regular file");
}

static void
test_mode(void **state)
{
	static const mode_t open_modes[] = {0644, 0640, 0604, 0620, 0601};
	struct place *p = *state;
	size_t i;

	for (i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++) {
		write_file(p->path, "virbl-ed25519-seed " SEED "\n",
		    open_modes[i]);
		refused(p, p->path, "chmod 600");
	}
}

static void
test_no_place(void **state)
{
	struct place *p = *state;
	struct key key;
	char path[160];

	snprintf(path, sizeof(path), "%s/none/node.key", p->dir);
	assert_int_equal(keyfile_create(path, &key, &p->error), -1);
	assert_non_null(strstr(buf_string(&p->error), "cannot make"));
	refused(p, path, "No such file");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_make, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_place, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

/*
 * What was reported as written is there after kill -9 at any moment, and a
 * write that fails ends the process. Each life of the store is a child process.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "storehouse.h"

#define LIVES 20
#define OWN 300 /* bytes of an own batch; others are shorter */
#define WRITES 20000 /* of one life, if it lasts */
#define EVERY 8 /* one of so many writes is an own batch */
#define OTHER 5 /* and one of so many another member's */

/* What the child tells: where its numbers begin, then serials. */
struct said {
	uint64_t base; /* serial before the first */
	uint64_t seq; /* own head before the first */
	uint64_t serial;
};

static uint64_t
own_seq(const struct house *h)
{
	size_t i;

	for (i = 0; i < h->nloaded; i++)
		if (h->loaded[i].kind == LOADED_HEAD &&
		    h->loaded[i].head.member[0] == 0)
			return (h->loaded[i].head.seq);
	return (0);
}

static uint64_t
last_pending(const struct house *h)
{
	const struct loaded *last;

	if (h->nloaded == 0)
		return (0);
	last = &h->loaded[h->nloaded - 1];
	return (last->kind == LOADED_PENDING ? last->serial : 0);
}

static int out_fd;

static void
on_done(void *arg, uint64_t serial)
{
	struct said *said = arg;

	said->serial = serial;
	if (write(out_fd, said, sizeof(*said)) != sizeof(*said))
		_exit(3);
}

/* Write number ${i} of this life: mostly reports, now and then batches. */
static void
write_one(struct house *h, const struct said *said, uint64_t i)
{
	uint64_t serial = said->base + i;
	uint64_t own[4] = {1, said->seq + i / EVERY, 1, serial - 1};
	uint64_t other[4] = {1, i, 1, 0};

	if (i % EVERY == 0)
		house_batch(h, serial, 0, own, OWN);
	else if (i % OTHER == 0)
		house_batch(h, serial, 7, other, 200);
	else
		house_pending(h, serial, serial);
}

/* The child. */
static void
live(struct house *h)
{
	struct said said;
	uint64_t i;

	house_open(h);
	if (house_load(h) != 0)
		_exit(2);
	said.base = last_pending(h);
	said.seq = own_seq(h);
	store_start(h->store, on_done, &said);
	for (i = 1; i <= WRITES; i++)
		write_one(h, &said, i);
	store_close(h->store);
	_exit(0);
}

static bool
is_report(uint64_t i)
{
	return (i % EVERY != 0 && i % OTHER != 0);
}

/* Own batches are there without a gap up to the head. */
static void
check_chain(const struct house *h)
{
	const struct loaded *l;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < h->nloaded; i++) {
		l = &h->loaded[i];
		if (l->kind == LOADED_BATCH && l->len == OWN)
			assert_int_equal(l->bytes[0], (uint8_t)++n);
	}
	assert_int_equal(n, own_seq(h));
}

/*
 * Everything that ${said} says is there; reports are gone exactly if an own
 * batch that contains them is there.
 */
static void
check_reported(const struct house *h, const struct said *said)
{
	uint64_t last = said->serial - said->base, batches, i;
	uint8_t *reports = mem_zero(last + 1), *ids = mem_zero(last + 1);
	const struct loaded *l;
	size_t n;

	for (n = 0; n < h->nloaded; n++) {
		l = &h->loaded[n];
		i = (l->kind == LOADED_PENDING ? l->serial : l->idhash) -
		    said->base;
		if (i > last)
			continue;
		if (l->kind == LOADED_PENDING) {
			assert_memory_equal(l->bytes, &l->serial, 8);
			reports[i] = 1;
		} else if (l->kind == LOADED_ID) {
			ids[i] = 1;
		}
	}
	batches = own_seq(h) - said->seq;
	assert_true(batches >= last / EVERY);
	for (i = 1; i <= last; i++) {
		if (!is_report(i))
			continue;
		assert_int_equal(reports[i], i > batches * EVERY);
		assert_int_equal(ids[i], 1);
	}
	mem_free(reports);
	mem_free(ids);
}

/* Begin a life; its pid, and where it tells what it does. */
static pid_t
begin(struct house *h, void (*life)(struct house *h), int *fd)
{
	int ends[2];
	pid_t pid;

	house_close(h);
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		close(ends[0]);
		out_fd = ends[1];
		life(h);
	}
	close(ends[1]);
	*fd = ends[0];
	return (pid);
}

/* Read ${n} tellings, or all if 0, into *${said}; how many came. */
static unsigned
listen_to(int fd, unsigned n, struct said *said)
{
	struct said next;
	unsigned got = 0;

	while ((n == 0 || got < n) &&
	    read(fd, &next, sizeof(next)) == sizeof(next)) {
		*said = next;
		got++;
	}
	return (got);
}

static void
look(struct house *h, const struct said *said)
{
	house_open(h);
	assert_int_equal(house_load(h), 0);
	check_chain(h);
	check_reported(h, said);
}

static void
test_kill(void **state)
{
	struct house *h = *state;
	uint64_t seq = 0, grown = 0;
	struct said said;
	int i, fd, status, lives = LIVES;
	pid_t pid;

	srandom(5);
	if (getenv("VIRBL_SLOW") != NULL)
		lives = LIVES / 5;
	for (i = 0; i < lives; i++) {
		pid = begin(h, live, &fd);
		assert_true(
		    listen_to(fd, 1 + (unsigned)(random() % 12), &said) > 0);
		usleep((useconds_t)(random() % 3000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		listen_to(fd, 0, &said);
		close(fd);
		look(h, &said);
		assert_true(own_seq(h) >= seq);
		grown += own_seq(h) > seq;
		seq = own_seq(h);
	}
	/* The kills did not all come before something was written. */
	assert_true(grown > (uint64_t)lives / 4);
}

/* The disk takes no more: files may not grow over a limit. */
static void
live_full(struct house *h)
{
	struct rlimit limit = {1 << 20, 1 << 20};

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	live(h);
}

static void
test_full(void **state)
{
	struct house *h = *state;
	struct said said = {0, 0, 0};
	int fd, status;
	pid_t pid = begin(h, live_full, &fd);

	listen_to(fd, 0, &said);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	look(h, &said);
}

/* A second own batch in one place would be a fork: stop, write nothing. */
static void
live_fork(struct house *h)
{
	const uint64_t place[4] = {1, 1, 1, 0};
	struct said said = {0, 0, 0};

	house_open(h);
	store_start(h->store, on_done, &said);
	house_batch(h, 1, 0, place, OWN);
	house_batch(h, 2, 0, place, OWN);
	store_close(h->store);
	_exit(0);
}

static void
test_fork(void **state)
{
	struct house *h = *state;
	struct said said = {0, 0, 0};
	int fd, status;
	pid_t pid = begin(h, live_fork, &fd);

	listen_to(fd, 0, &said);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(said.serial < 2);
	house_open(h);
	assert_int_equal(house_load(h), 0);
	check_chain(h);
	assert_int_equal(own_seq(h), said.serial);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	    T(test_kill),
	    T(test_full),
	    T(test_fork),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

/* Answers arrive in pieces of any size and mean the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "form/http_answer.h"

#define HEAD "HTTP/1.1 200 OK\r\nDate: x\r\n"

static const struct {
	const char *text, *body;
	unsigned status;
	enum http_answer_got got;
} cases[] = {
    {HEAD "Content-Length: 3\r\n\r\nabc", "abc", 200, HTTP_ANSWER_DONE},
    {HEAD "content-LENGTH:  3 \r\n\r\nabcXYZ", "abc", 200, HTTP_ANSWER_DONE},
    {HEAD "Content-Length: 0\r\n\r\n", "", 200, HTTP_ANSWER_DONE},
    {HEAD "Content-Length: 4\r\n\r\nabc", "abc", 200, HTTP_ANSWER_BAD},
    {HEAD "\r\nabc", "abc", 200, HTTP_ANSWER_DONE},
    {HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
	  "A;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
	"abc0123456789", 200, HTTP_ANSWER_DONE},
    /* Chunks have the last word about the length. */
    {HEAD "Transfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n"
	  "3\r\nabc\r\n0\r\n\r\n",
	"abc", 200, HTTP_ANSWER_DONE},
    {HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "abc", 200,
	HTTP_ANSWER_BAD},
    {HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", "abc", 200,
	HTTP_ANSWER_BAD},
    {HEAD "Transfer-Encoding: gzip\r\n\r\n", "", 0, HTTP_ANSWER_BAD},
    {HEAD "Content-Length: -1\r\n\r\n", "", 0, HTTP_ANSWER_BAD},
    {HEAD "Content-Length: 1f\r\n\r\n", "", 0, HTTP_ANSWER_BAD},
    {HEAD "Content-Length: 9999999999999999\r\n\r\n", "", 0, HTTP_ANSWER_BAD},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n"
     "Content-Length: 2\r\n\r\nno",
	"no", 404, HTTP_ANSWER_DONE},
    {"HTTP/1.0 304 x\r\nContent-Length: 5\r\n\r\n", "", 304, HTTP_ANSWER_DONE},
    {"HTTP/1.1 200\n\nabc", "abc", 200, HTTP_ANSWER_DONE},
    {"HTTP/2 200\r\n\r\n", "", 0, HTTP_ANSWER_BAD},
    {"HTTP/1.1 42 OK\r\n\r\n", "", 0, HTTP_ANSWER_BAD},
    {"HTTP/1.1", "", 0, HTTP_ANSWER_BAD},
    {"HTTP/1.1 \r\n", "", 0, HTTP_ANSWER_BAD},
    {"SSH-2.0-x\r\n", "", 0, HTTP_ANSWER_BAD},
    {"", "", 0, HTTP_ANSWER_BAD},
};

static int
collect(void *arg, const void *p, size_t n)
{
	buf_add(arg, p, n);
	return (0);
}

/* Read ${text} in pieces of ${step} bytes. */
static enum http_answer_got
read_by(struct http_answer *h, const char *text, size_t step, struct buf *body)
{
	enum http_answer_got got = HTTP_ANSWER_MORE;
	size_t len = strlen(text), i, n;

	http_answer_init(h);
	for (i = 0; i < len && got == HTTP_ANSWER_MORE; i += n) {
		n = len - i < step ? len - i : step;
		got = http_answer_feed(h, text + i, n, collect, body);
	}
	return (got == HTTP_ANSWER_MORE ? http_answer_end(h) : got);
}

static void
test_pieces(void **state)
{
	struct http_answer h;
	struct buf body;
	size_t i, step;

	(void)state;
	buf_init(&body, 1000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (step = 1; step < 20; step += 3) {
			buf_reset(&body);
			assert_int_equal(read_by(&h, cases[i].text, step,
					     &body),
			    cases[i].got);
			assert_int_equal(h.status, cases[i].status);
			assert_string_equal(buf_string(&body), cases[i].body);
		}
	}
	buf_free(&body);
}

/* No head takes more than its limit, nor does a trailer. */
static void
test_endless(void **state)
{
	static const char *const heads[] = {"HTTP/1.1 200 OK\r\n",
	    HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n"};
	struct http_answer h;
	struct buf body;
	size_t i, n;

	(void)state;
	buf_init(&body, 10);
	for (i = 0; i < 2; i++) {
		http_answer_init(&h);
		http_answer_feed(&h, heads[i], strlen(heads[i]), collect,
		    &body);
		for (n = 0; n <= HTTP_ANSWER_HEAD; n++)
			if (http_answer_feed(&h, n % 99 == 98 ? "\n" : "x", 1,
				collect, &body) == HTTP_ANSWER_BAD)
				break;
		assert_in_range(n, HTTP_ANSWER_HEAD - 100, HTTP_ANSWER_HEAD);
	}
	assert_int_equal(body.len, 0);
}

static int
refuse(void *arg, const void *p, size_t n)
{
	(void)p;
	*(size_t *)arg += n;
	return (1);
}

static void
test_stop(void **state)
{
	struct http_answer h;
	size_t n = 0;

	(void)state;
	http_answer_init(&h);
	assert_int_equal(http_answer_feed(&h, cases[0].text,
			     strlen(cases[0].text), refuse, &n),
	    HTTP_ANSWER_STOPPED);
	assert_int_equal(n, 3);
	assert_int_equal(http_answer_feed(&h, "x", 1, refuse, &n),
	    HTTP_ANSWER_STOPPED);
	assert_int_equal(n, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_endless),
	    cmocka_unit_test(test_stop),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}

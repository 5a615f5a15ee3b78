/*
 * client: HTTP over the daemon's Unix socket.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#include "cmd.h"

#define CLIENT_BODY	(64u << 20)	/* most bytes of an answer kept whole */

struct client;

struct client_call {
	const char *method;	/* "GET", "POST", "DELETE" */
	const char *path;	/* with query: see client_escape() */
	const char *type;	/* of the body; NULL: application/json */
	const char *const *headers; /* more, "Name: value", up to a
				      NULL; NULL none */
	const void *body;	/* NULL none */
	size_t	 len;
	/*
	 * For answers of any size: called with each piece of a good answer;
	 * non-zero gives up (CMD_FAILED, no a->error). NULL: the answer is
	 * collected.
	 */
	int	(*sink)(void *arg, const void *p, size_t n);
	void	*arg;
};

struct answer {
	unsigned status;	/* of HTTP; 0: there was no answer */
	struct buf body;	/* what was answered, problems too */
	struct buf error;	/* what is wrong and a hint, for people */
};

/**
 * client_open(socket):
 * Return a client of the daemon that listens on ${socket}. Nothing is
 * connected yet. Close with client_close().
 */
struct client *client_open(const char *socket);

/**
 * client_hurry(c, ms):
 * No request takes longer than ${ms} from now on; CMD_TEMPORARY if it would.
 */
void client_hurry(struct client *c, uint32_t ms);

/**
 * client_do(c, r, a):
 * Make the request. Return CMD_OK if the answer is 2xx; else the code to end
 * with, a->error saying why: CMD_UNREACHABLE, CMD_REFUSED (401, 403, 409, 501),
 * CMD_NOTHING (404), CMD_TEMPORARY (429, 503, 507, no answer in time),
 * CMD_FAILED. Free ${a} with client_answer_free() in any case.
 */
enum cmd_exit client_do(struct client *c, const struct client_call *r,
    struct answer *a);

/**
 * client_answer_free(a):
 * Free what is in ${a}.
 */
void client_answer_free(struct answer *a);

/**
 * client_escape(path, text):
 * Append ${text} to ${path} as one segment or query value.
 */
void client_escape(struct buf *path, const char *text);

/**
 * client_close(c):
 * Hang up; NULL is harmless.
 */
void client_close(struct client *c);

#endif

/*
 * request: one HTTP request and its response, as handlers see them.
 *
 * A handler reads the request and does one of three things: it fills the
 * response; it asks to be called again when something moved (r->wait_ms); or
 * it calls r->park(r), hands the response to another thread, which fills it and
 * calls r->resume(r) once (at any time after park(), even before the handler
 * returns; after park() the handler must not touch the response again unless
 * it resumes it itself).
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "shell/store.h"

#define REQUEST_ANSWER	(64u << 20)	/* most bytes of a body built whole */

struct node;

/* The listener a request came in by. */
enum door {
	DOOR_PEERS,
	DOOR_HTTPS,
	DOOR_HTTP,
	DOOR_UNIX,
};

struct request {
	const char *method;
	const char *path;	/* decoded, without the query */
	const uint8_t *body;
	size_t	 len;
	const uint8_t *peer;	/* TLS client's Ed25519 key, NULL none */
	char	 client[48];	/* its address, "" on the Unix socket */
	enum door door;
	bool	 again;		/* called again after r->wait_ms was set */
	bool	 late;		/* the wait is over: answer now */
	/* Value of a query argument or header (any case), NULL if absent; lives
	   as long as the request. */
	const char *(*query)(const struct request *q, const char *name);
	const char *(*header)(const struct request *q, const char *name);
	/* Append all values of a header, in order, with commas between. */
	void	(*headers)(const struct request *q, const char *name,
		    struct buf *out);
	/* Set by routing: */
	const char *args[4];	/* what matched the {} of the pattern */
	unsigned route;		/* row in the table; the number of rows: none */
	enum role role;		/* what the caller may do */
	struct token token;	/* its token, name "" if none */
	uint32_t left;		/* seconds of its session, 0 none */
};

struct response {
	unsigned status;	/* 0: nothing was said */
	const char *type;	/* media type, static */
	struct buf body;
	char	 etag[80];	/* with its quotes; "" none */
	unsigned retry;		/* Retry-After, seconds; 0 none */
	const char *allow;	/* Allow, with 405 */
	char	 cookie[200];	/* Set-Cookie; "" none */
	bool	 plain;		/* do not compress */
	bool	 bouncer;	/* a problem has a "message", too */
	/*
	 * A long body: more(stream, out) appends the next piece to ${out},
	 * nothing at the end; done(stream) frees it, also when the client
	 * went away. If there is an alive(stream), nothing means that more()
	 * is called again when one of ${wait_lists} moved, or after beat_ms;
	 * the end comes when it says false.
	 */
	void	(*more)(void *stream, struct buf *out);
	void	(*done)(void *stream);
	void	*stream;
	bool	(*alive)(void *stream);
	uint32_t beat_ms;
	/* To be called again when one of these moved, or after wait_ms. */
	uint32_t wait_ms;
	uint16_t wait_lists;
	bool	 wait_heads;
	/* To be filled by another thread: */
	void	(*park)(struct response *r);
	void	(*resume)(struct response *r);
};

#define ROUTE_BOUNCER	0x80u

/* A row of the route table. */
struct route {
	const char *method;
	const char *pattern;	/* "/v1/ip/{address}": {} matches one segment,
				   at the end the rest of the path */
	enum role role;		/* who may, besides the operator */
	uint8_t	 doors;		/* bit per enum door; 0: all; ROUTE_BOUNCER:
				   its clients expect what CrowdSec answers */
	size_t	 body;		/* most bytes of a body */
	void	(*run)(struct node *node, struct request *q,
		    struct response *r);
};

#endif

/*
 * listener: sockets to listen on, and addresses of those who call.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "base/buf.h"

struct sockaddr;

/**
 * listener_tcp(where, error):
 * Return a listening socket for "ADDR:PORT" ("[::]:7443" takes IPv4 too), -1
 * with a line in ${error}.
 */
int listener_tcp(const char *where, struct buf *error);

/**
 * listener_udp(where, error):
 * Return a UDP socket for "ADDR:PORT" that others of this program may share;
 * on the address of all it tells where packets were sent to.
 */
int listener_udp(const char *where, struct buf *error);

/**
 * listener_unix(path, error):
 * Return a listening Unix socket, mode 0660. A socket file that nobody
 * answers on is replaced; one in use is an error.
 */
int listener_unix(const char *path, struct buf *error);

/**
 * listener_file(path, out, error):
 * Append the contents of the small file ${path}. Return 0 or -1.
 */
int listener_file(const char *path, struct buf *out, struct buf *error);

/**
 * listener_wipe(secret):
 * Overwrite and free ${secret}.
 */
void listener_wipe(struct buf *secret);

/**
 * listener_address(sa, out):
 * Write the address in ${sa} without its port; an IPv4-mapped one as IPv4; ""
 * for a Unix socket.
 */
void listener_address(const struct sockaddr *sa, char out[48]);

#endif

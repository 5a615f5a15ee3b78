/*
 * peerfile: one peer in one file, peers.d/NAME.conf, as the commands write it.
 */
#ifndef PEERFILE_H
#define PEERFILE_H

#include <stdbool.h>

#include <virbl/policy.h>

#include "base/buf.h"

/**
 * peerfile_format(m, out):
 * Append ${m} as a peer section that reads back as the same.
 */
void peerfile_format(const struct policy_member *m, struct buf *out);

/**
 * peerfile_write(dir, m, replace, error):
 * Write ${m} to its file in ${dir}, which is made if missing. Return 0, or -1
 * with a line in ${error}: among others if there is a file and not
 * ${replace}, or one that holds anything but this peer.
 */
int peerfile_write(const char *dir, const struct policy_member *m,
    bool replace, struct buf *error);

/**
 * peerfile_remove(dir, name, error):
 * Remove the file of the peer ${name}. Return 0, or -1 with a line in
 * ${error}: there is none, or it holds others too.
 */
int peerfile_remove(const char *dir, const char *name, struct buf *error);

#endif

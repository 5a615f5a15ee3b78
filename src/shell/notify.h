/*
 * notify: tell systemd how the daemon is (sd_notify), where built with it.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/**
 * notify_ready(), notify_stopping():
 * Say that the daemon serves, or that it stops. Harmless without systemd.
 */
void notify_ready(void);
void notify_stopping(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump.h - the event engine's part of a state dump.  Async-signal-safe.
 */
#ifndef _RUMPUSER_EVENT_DUMP_H_
#define _RUMPUSER_EVENT_DUMP_H_

/**
 * Call @emit with one line after another (no newline at the end, good during
 * the call) about each task, what is armed on it, and each thread; the
 * lines are those of rumpuser_event_walk().  Takes only locks that are free
 * and allocates nothing: callable from a signal handler that has interrupted
 * anything, the engine included.  What is locked is left out and said to be.
 */
void rumpuser__event_dump(void (*emit)(void *arg, const char *line),
    void *arg);

#endif /* _RUMPUSER_EVENT_DUMP_H_ */

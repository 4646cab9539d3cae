/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * annotate.h - tell the sanitizers and Valgrind about stacks and switches.
 * Nothing of it is there in an ordinary build but Valgrind's requests, which
 * are a few instructions at the making and unmaking of a stack.
 */
#ifndef _RUMPUSER_FIBER_ANNOTATE_H_
#define _RUMPUSER_FIBER_ANNOTATE_H_

#include "fiber/fiber.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define FIBER_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define FIBER_TSAN 1
#endif

#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define FIBER_VALGRIND 1
#endif
#endif

/* Right before the switch; @last: @from will not come back. */
static inline void
annotate_leave(struct rumpuser_fiber *from, struct rumpuser_fiber *to,
    int last)
{
#ifdef FIBER_ASAN
	__sanitizer_start_switch_fiber(last ? NULL : &from->fakestack,
	    to->asanbottom, to->asansize);
#endif
#ifdef FIBER_TSAN
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	(void)from;
	(void)to;
	(void)last;
}

/* Right after it, on the stack of @self. */
static inline void
annotate_arrive(struct rumpuser_fiber *self, struct rumpuser_fiber *prev)
{
#ifdef FIBER_ASAN
	/* Of a host thread's own stack this is how the bounds are learnt. */
	__sanitizer_finish_switch_fiber(self->fakestack, &prev->asanbottom,
	    &prev->asansize);
#endif
	(void)self;
	(void)prev;
}

/* A host thread is going to switch for the first time. */
static inline void
annotate_thread(struct rumpuser_fiber *own)
{
#ifdef FIBER_TSAN
	own->tsan = __tsan_get_current_fiber();
#endif
	(void)own;
}

/* A fiber with its stack is there. */
static inline void
annotate_create(struct rumpuser_fiber *f)
{
#ifdef FIBER_ASAN
	f->asanbottom = f->stack;
	f->asansize = f->stacksize;
	__lsan_register_root_region(f->stack, f->stacksize);
#endif
#ifdef FIBER_TSAN
	f->tsan = __tsan_create_fiber(0);
#endif
#ifdef FIBER_VALGRIND
	f->valgrind = VALGRIND_STACK_REGISTER(f->stack,
	    f->stack + f->stacksize);
#endif
	(void)f;
}

/*
 * After fork(2): the host thread that carries it is not here.  For TSan it
 * runs for ever.
 */
static inline void
annotate_lost(struct rumpuser_fiber *f)
{
#ifdef FIBER_TSAN
	f->tsan = NULL;
#endif
	(void)f;
}

/* It is destroyed; frames may be left on its stack. */
static inline void
annotate_destroy(struct rumpuser_fiber *f)
{
#ifdef FIBER_ASAN
	__lsan_unregister_root_region(f->stack, f->stacksize);
	__asan_unpoison_memory_region(f->stack, f->stacksize);
#endif
#ifdef FIBER_TSAN
	if (f->tsan != NULL)
		__tsan_destroy_fiber(f->tsan);
#endif
#ifdef FIBER_VALGRIND
	VALGRIND_STACK_DEREGISTER(f->valgrind);
#endif
	(void)f;
}

#endif /* _RUMPUSER_FIBER_ANNOTATE_H_ */

# SPDX-License-Identifier: BSD-2-Clause
"""The measurements that bench/run makes without an image, a row each.

name    what bench/run is asked for; several rows may share one
what    the figure, in words: ours / reference
bar     what the ratio is to reach, as printed
ours    the command; it prints its seconds and a second figure (bench/work.h)
ref     the reference, or a list of references, the best of which counts
higher  True: the ratio is speed (reference's seconds / ours); False: time
cpus    1: both sides pinned to one CPU (the default); 2: free to use all
second  (words, bar): the ratio of the second figures is wanted, too

{bin}, {v} and {tmp} stand for the build's bench folder, the variant and a
scratch folder on the machine's disk.
"""

PAIRS = [
    {'name': 'bias', 'what': 'a biased lock / a pthread mutex, time',
     'bar': '<= 0.5', 'higher': False,
     'ours': ['{bin}/bias-{v}', 'rump'],
     'ref': ['{bin}/bias-{v}', 'mutex']},
    {'name': 'fiber', 'what': 'a switch of fibers / swapcontext, time',
     'bar': '<= 0.1', 'higher': False,
     'ours': ['{bin}/fiber-{v}', 'rump'],
     'ref': ['{bin}/fiber-{v}', 'ucontext']},
    {'name': 'pingpong', 'what': '1000 socket pairs in one loop / the better '
     'of libevent, libuv, speed', 'bar': '>= 1.2', 'higher': True,
     'ours': ['{bin}/evloop-{v}', 'rump', 'pingpong'],
     'ref': [['{bin}/evloop-{v}', 'libevent', 'pingpong'],
             ['{bin}/evloop-{v}', 'libuv', 'pingpong'],
             ['{bin}/evloop-{v}', 'libuvpoll', 'pingpong']]},
    {'name': 'pingpong', 'what': 'the same by channels on epoll, for '
     'comparison', 'bar': 'none', 'higher': True,
     'ours': ['{bin}/evloop-{v}', 'rumpchan', 'pingpong'],
     'ref': [['{bin}/evloop-{v}', 'libevent', 'pingpong'],
             ['{bin}/evloop-{v}', 'libuv', 'pingpong'],
             ['{bin}/evloop-{v}', 'libuvpoll', 'pingpong']]},
    {'name': 'pollpong', 'what': 'the same by readiness on epoll, for '
     'comparison', 'bar': 'none', 'higher': True,
     'ours': ['{bin}/evloop-{v}', 'rumppoll', 'pingpong'],
     'ref': [['{bin}/evloop-{v}', 'libevent', 'pingpong'],
             ['{bin}/evloop-{v}', 'libuvpoll', 'pingpong']]},
    {'name': 'timers', 'what': 'set+cancel, 100 000 pending / the better of '
     'libevent, libuv, speed', 'bar': '>= 2', 'higher': True,
     'ours': ['{bin}/evloop-{v}', 'rump', 'timers'],
     'ref': [['{bin}/evloop-{v}', 'libevent', 'timers'],
             ['{bin}/evloop-{v}', 'libuv', 'timers']]},
    {'name': 'post', 'what': 'work to a busy thread / an eventfd write, time',
     'bar': '<= 0.1', 'higher': False, 'cpus': 2,
     'ours': ['{bin}/evloop-{v}', 'rump', 'post'],
     'ref': ['{bin}/evloop-{v}', 'eventfd', 'post']},
    {'name': 'post', 'what': 'the same by work objects, for comparison',
     'bar': 'none', 'higher': False, 'cpus': 2,
     'ours': ['{bin}/evloop-{v}', 'rumpwork', 'post'],
     'ref': ['{bin}/evloop-{v}', 'eventfd', 'post']},
    {'name': 'shmring', 'what': '64-byte messages one way, shared ring / '
     'pipe, speed', 'bar': '>= 20', 'higher': True, 'cpus': 2,
     'ours': ['{bin}/shmring-{v}', 'ring', 'oneway'],
     'ref': [['{bin}/shmring-{v}', 'pipe', 'oneway'],
             ['{bin}/shmring-{v}', 'pipebulk', 'oneway']]},
    {'name': 'shmring', 'what': 'the same on one CPU, speed', 'bar': '>= 20',
     'higher': True,
     'ours': ['{bin}/shmring-{v}', 'ring', 'oneway'],
     'ref': [['{bin}/shmring-{v}', 'pipe', 'oneway'],
             ['{bin}/shmring-{v}', 'pipebulk', 'oneway']]},
    {'name': 'shmring', 'what': 'round trip, both spinning / pipe, time',
     'bar': '<= 0.05', 'higher': False, 'cpus': 2,
     'ours': ['{bin}/shmring-{v}', 'ring', 'roundtrip'],
     'ref': ['{bin}/shmring-{v}', 'pipe', 'roundtrip']},
    {'name': 'kernmem', 'what': 'pool_cache get+put of 64 bytes / '
     'malloc+free, time', 'bar': '<= 0.4', 'higher': False,
     'ours': ['{bin}/memory-{v}', 'rump', 'cache', '64'],
     'ref': ['{bin}/memory-{v}', 'host', 'pair', '64']},
    {'name': 'kernmem', 'what': 'kmem alloc+free of a structure of 64 bytes / '
     'malloc+free, time', 'bar': '<= 0.6', 'higher': False,
     'ours': ['{bin}/memory-{v}', 'rump', 'struct', '64'],
     'ref': ['{bin}/memory-{v}', 'host', 'pair', '64']},
    {'name': 'kernmem', 'what': 'the same, where the size is no constant, '
     'time', 'bar': '<= 0.6', 'higher': False,
     'ours': ['{bin}/memory-{v}', 'rump', 'pair', '64'],
     'ref': ['{bin}/memory-{v}', 'host', 'pair', '64']},
    {'name': 'section', 'what': 'a read section more than an empty loop / '
     '0.5 ns, time', 'bar': '<= 1', 'higher': False,
     'ours': ['{bin}/section-{v}', 'rump'],
     'ref': ['{bin}/section-{v}', 'allowed']},
    {'name': 'usermem', 'what': 'rumpuser_mem_alloc+free of 64 bytes / malloc+free, time',
     'bar': '<= 0.8',
     'ours': ['{bin}/memory-{v}', 'user', 'alloc', '64'],
     'ref': ['{bin}/memory-{v}', 'host', 'alloc', '64'],
     'higher': False, 'cpus': 1},
    {'name': 'usermem', 'what': 'rumpuser_mem_alloc+free of 4096 bytes / malloc+free, time',
     'bar': '<= 0.8',
     'ours': ['{bin}/memory-{v}', 'user', 'alloc', '4096'],
     'ref': ['{bin}/memory-{v}', 'host', 'alloc', '4096'],
     'higher': False, 'cpus': 1},
    {'name': 'usermem', 'what': 'the same of 64 bytes from another thread',
     'bar': '<= 0.8',
     'ours': ['{bin}/memory-{v}', 'user', 'cross', '64'],
     'ref': ['{bin}/memory-{v}', 'host', 'cross', '64'],
     'higher': False, 'cpus': 2},
    {'name': 'usermem', 'what': 'the same of 4096 bytes from another thread',
     'bar': '<= 0.8',
     'ours': ['{bin}/memory-{v}', 'user', 'cross', '4096'],
     'ref': ['{bin}/memory-{v}', 'host', 'cross', '4096'],
     'higher': False, 'cpus': 2},
    {'name': 'aio', 'what': '4 KiB random reads, depth 32, libaio / fio, IOPS',
     'bar': '>= 0.95', 'higher': True,
     'ours': ['{bin}/aio-{v}', 'libaio', '{tmp}/aio.data'],
     'ref': ['{bin}/aio-{v}', 'fio-libaio', '{tmp}/aio.data'],
     'second': ('the same, processor time a read', '<= 1.1')},
    {'name': 'aio', 'what': '4 KiB random reads, depth 32, io_uring / fio, IOPS',
     'bar': '>= 0.95', 'higher': True,
     'ours': ['{bin}/aio-{v}', 'uring', '{tmp}/aio.data'],
     'ref': ['{bin}/aio-{v}', 'fio-io_uring', '{tmp}/aio.data'],
     'second': ('the same, processor time a read', '<= 1.1')},
    {'name': 'null', 'what': 'a null system call / getpid, bound lwp, time',
     'bar': 'up <= 0.06', 'higher': False,
     'ours': ['{bin}/sched-{v}', 'rump', 'null'],
     'ref': ['{bin}/sched-{v}', 'host', 'null']},
    {'name': 'null', 'what': 'the same, implicit lwp', 'bar': 'up <= 0.1',
     'higher': False,
     'ours': ['{bin}/sched-{v}', 'rump', 'implicit'],
     'ref': ['{bin}/sched-{v}', 'host', 'null']},
    {'name': 'twocallers', 'what': 'two threads in turn, a call / a mutex, '
     'time', 'bar': 'up <= 1.2', 'higher': False, 'cpus': 2,
     'ours': ['{bin}/sched-{v}', 'rump', 'alternate'],
     'ref': ['{bin}/sched-{v}', 'host', 'alternate']},
    {'name': 'twocallers', 'what': 'two threads, all calls / one alone, speed',
     'bar': 'up >= 0.7, smp >= 1.7', 'higher': True, 'cpus': 2,
     'ours': ['{bin}/sched-{v}', 'rump', 'free'],
     'ref': ['{bin}/sched-{v}', 'rump', 'alone'],
     'second': ('the share of the slower one of the two', '>= 0.25')},
    {'name': 'locks', 'what': 'mutex_enter+exit, free / pthread mutex, time',
     'bar': 'up <= 0.06, smp <= 1', 'higher': False,
     'ours': ['{bin}/sched-{v}', 'rump', 'mutex'],
     'ref': ['{bin}/sched-{v}', 'host', 'mutex']},
    {'name': 'locks', 'what': 'rw_enter+exit, reader / pthread rwlock, time',
     'bar': 'up <= 0.08, smp <= 0.9', 'higher': False,
     'ours': ['{bin}/sched-{v}', 'rump', 'rwread'],
     'ref': ['{bin}/sched-{v}', 'host', 'rwread']},
    {'name': 'readers', 'what': 'the slower of two readers of one lock / one '
     'alone, time', 'bar': 'smp <= 1', 'higher': False, 'cpus': 2,
     'ours': ['{bin}/sched-{v}', 'rump', 'readers'],
     'ref': ['{bin}/sched-{v}', 'rump', 'reader']},
    {'name': 'kswitch', 'what': 'a switch of kernel threads by condvar / of '
     'pthreads, time', 'bar': 'up <= 0.03', 'higher': False,
     'ours': ['{bin}/sched-{v}', 'rump', 'switch'],
     'ref': ['{bin}/sched-{v}', 'host', 'switch']},
    {'name': 'kswitch', 'what': 'a softint, there and back / sem_post to '
     'sem_wait, there and back, time', 'bar': 'up <= 0.03', 'higher': False,
     'ours': ['{bin}/sched-{v}', 'rump', 'softint'],
     'ref': ['{bin}/sched-{v}', 'host', 'softint']},
    {'name': 'callout', 'what': 'lateness of a callout of 10 ms / nanosleep, '
     'time', 'bar': '<= 2', 'higher': False, 'cpus': 2,
     'ours': ['{bin}/sched-{v}', 'rump', 'callout'],
     'ref': ['{bin}/sched-{v}', 'host', 'callout']},
    {'name': 'threads', 'what': '10 000 kernel threads, made, run, joined / '
     'a second', 'bar': 'up <= 1', 'higher': False, 'cpus': 2,
     'ours': ['{bin}/sched-{v}', 'rump', 'threads'],
     'ref': ['{bin}/sched-{v}', 'host', 'second'],
     'second': ('resident with all of them / 100 MiB', 'up <= 1')},
    {'name': 'bootkern', 'what': 'rump_init, kernel only / fork+exec of a '
     'static true, time', 'bar': '<= 1.5', 'higher': False,
     'ours': ['{bin}/bootkern-{v}', 'rump'],
     'ref': ['{bin}/bootkern-{v}', 'exec', '{bin}/true-static']},
]

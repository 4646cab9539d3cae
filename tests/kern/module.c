/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel half of the tests of the life of modules: int rumptest_NAME(void), 0
 * or the line of what failed, called with a virtual CPU held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>

#include <rump-sys/module.h>

#define CK(x)	do { if (!(x)) return __LINE__; } while (/*CONSTCOND*/0)

int	rumptest_module4(void);

static char m4_trace[64];
static int m4_fail;

static int
m4_note(char who, int step)
{
	size_t n = strlen(m4_trace);

	if (n + 2 < sizeof(m4_trace)) {
		m4_trace[n] = step == m4_fail ? '!' : who;
		m4_trace[n + 1] = '\0';
	}
	return step == m4_fail ? EIO : 0;
}

static int m4_self;

static int
m4_load(void *props)
{

	return m4_note('l', RUMP_MODULE_LOAD);
}

static int
m4_start(void *props)
{

	m4_self = rump_module_step("rumptest_four", RUMP_MODULE_QUIESCE, NULL);
	return m4_note('s', RUMP_MODULE_START);
}

static int
m4_quiesce(void *props)
{

	return m4_note('q', RUMP_MODULE_QUIESCE);
}

static int
m4_unload(void *props)
{

	return m4_note('u', RUMP_MODULE_UNLOAD);
}

static int
m4_base(modcmd_t cmd, void *arg)
{

	return cmd == MODULE_CMD_INIT ? m4_note('I', -1) :
	    cmd == MODULE_CMD_FINI ? m4_note('F', -1) : ENOTTY;
}

static const struct modinfo four_base = {
	__NetBSD_Version__, MODULE_CLASS_MISC, m4_base, "rumptest_fourbase",
	NULL
};
static const struct rump_modinfo4 four = {
	.m4_info = { __NetBSD_Version__, MODULE_CLASS_MISC, rump_module_four,
	    "rumptest_four", "rumptest_fourbase" },
	.m4_step = { m4_load, m4_start, m4_quiesce, m4_unload },
};

#define STEP(step)	rump_module_step("rumptest_four", RUMP_MODULE_##step, \
			    NULL)
#define IS(state, tr)							\
	(rump_module_state("rumptest_four") == RUMP_MODULE_##state &&	\
	strcmp(m4_trace, (tr)) == 0)

int
rumptest_module4(void)
{
	static const struct modinfo ring_a = { __NetBSD_Version__,
	    MODULE_CLASS_MISC, m4_base, "rumptest_ringa", "rumptest_ringb" };
	static const struct modinfo ring_b = { __NetBSD_Version__,
	    MODULE_CLASS_MISC, m4_base, "rumptest_ringb", "rumptest_ringa" };
	const struct modinfo *const infos[] = { &four_base, &four.m4_info };
	const struct modinfo *const ring[] = { &ring_a, &ring_b };

	m4_fail = -2;
	CK(rump_module_state("rumptest_four") == -1);
	CK(STEP(LOAD) == ENOENT);
	CK(module_builtin_add(infos, 2, false) == 0);

	/* From each state, what may not be is refused and nothing runs. */
	CK(STEP(START) == EINVAL && STEP(QUIESCE) == EINVAL);
	CK(STEP(UNLOAD) == EINVAL && IS(KNOWN, ""));
	CK(STEP(LOAD) == 0 && IS(LOADED, "Il"));
	CK(STEP(LOAD) == EINVAL && STEP(QUIESCE) == EINVAL);
	CK(IS(LOADED, "Il"));
	CK(STEP(START) == 0 && IS(RUNNING, "Ils") && m4_self == EBUSY);
	CK(STEP(LOAD) == EINVAL && STEP(START) == EINVAL);
	CK(STEP(UNLOAD) == EINVAL && IS(RUNNING, "Ils"));
	CK(STEP(QUIESCE) == 0 && IS(QUIET, "Ilsq"));
	CK(STEP(LOAD) == EINVAL && STEP(QUIESCE) == EINVAL);
	CK(IS(QUIET, "Ilsq"));
	CK(STEP(START) == 0 && STEP(QUIESCE) == 0 && IS(QUIET, "Ilsqsq"));
	/* What others require stays. */
	CK(module_unload("rumptest_fourbase") == EBUSY);
	CK(STEP(UNLOAD) == 0 && IS(KNOWN, "Ilsqsqu"));
	CK(module_unload("rumptest_fourbase") == 0 && IS(KNOWN, "IlsqsquF"));

	/* A step that fails leaves the state as it was. */
	m4_trace[0] = '\0';
	m4_fail = RUMP_MODULE_LOAD;
	CK(STEP(LOAD) == EIO && IS(KNOWN, "I!"));
	CK(module_unload("rumptest_fourbase") == 0);
	m4_trace[0] = '\0';
	m4_fail = -2;
	CK(STEP(LOAD) == 0);
	m4_fail = RUMP_MODULE_START;
	CK(STEP(START) == EIO && IS(LOADED, "Il!"));
	m4_fail = -2;
	CK(STEP(START) == 0);
	m4_fail = RUMP_MODULE_QUIESCE;
	CK(STEP(QUIESCE) == EIO && IS(RUNNING, "Il!s!"));
	/* Nor does unloading force it. */
	CK(module_unload("rumptest_four") == EIO && IS(RUNNING, "Il!s!!"));
	CK(module_hold("rumptest_four") == 0);
	m4_fail = -2;
	CK(STEP(QUIESCE) == EBUSY && module_unload("rumptest_four") == EBUSY);
	module_rele("rumptest_four");
	m4_fail = RUMP_MODULE_UNLOAD;
	CK(STEP(QUIESCE) == 0 && STEP(UNLOAD) == EIO);
	CK(IS(QUIET, "Il!s!!q!"));
	m4_fail = -2;
	CK(STEP(UNLOAD) == 0 && IS(KNOWN, "Il!s!!q!u"));

	/* module(9) goes the same way. */
	m4_trace[0] = '\0';
	CK(module_load("rumptest_four", 0, NULL, MODULE_CLASS_MISC) == 0);
	CK(module_load("rumptest_four", 0, NULL, MODULE_CLASS_MISC) == EEXIST);
	CK(module_autoload("rumptest_four", MODULE_CLASS_MISC) == 0);
	CK(IS(RUNNING, "ls"));
	CK(module_unload("rumptest_four") == 0 && IS(KNOWN, "lsqu"));
	CK(module_unload("rumptest_four") == ENOENT);
	m4_trace[0] = '\0';
	m4_fail = RUMP_MODULE_START;
	CK(module_load("rumptest_four", 0, NULL, MODULE_CLASS_MISC) == EIO);
	CK(IS(FAILED, "l!u"));
	m4_fail = -2;
	CK(module_load("rumptest_four", 0, NULL, MODULE_CLASS_MISC) == 0);
	CK(module_builtin_remove(&four.m4_info, false) == EBUSY);
	CK(module_builtin_remove(&four.m4_info, true) == 0);
	CK(rump_module_state("rumptest_four") == -1);

	/* Its INIT and FINI alternate. */
	m4_trace[0] = '\0';
	CK(rump_module_state("rumptest_fourbase") == RUMP_MODULE_RUNNING);
	CK(rump_module_step("rumptest_fourbase", RUMP_MODULE_QUIESCE,
	    NULL) == 0);
	CK(rump_module_step("rumptest_fourbase", RUMP_MODULE_START,
	    NULL) == 0);
	CK(module_unload("rumptest_fourbase") == 0);
	CK(rump_module_step("rumptest_fourbase", RUMP_MODULE_LOAD, NULL) == 0);
	CK(rump_module_step("rumptest_fourbase", RUMP_MODULE_UNLOAD,
	    NULL) == 0);
	CK(strcmp(m4_trace, "F") == 0);
	CK(module_builtin_remove(&four_base, true) == 0);

	/* Those that require each other are refused, and nothing runs. */
	m4_trace[0] = '\0';
	CK(module_builtin_add(ring, 2, false) == 0);
	CK(module_load("rumptest_ringa", 0, NULL, MODULE_CLASS_ANY) ==
	    EDEADLK);
	CK(m4_trace[0] == '\0');
	CK(module_builtin_remove(ring[0], true) == 0);
	CK(module_builtin_remove(ring[1], true) == 0);
	return 0;
}

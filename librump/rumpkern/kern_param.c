/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's global values: what it is called, what it runs on, and values
 * that others set at boot. hostname and domainname change under the system
 * call that sets them only.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/resourcevar.h>

const char ostype[] = "NetBSD";
const char osrelease[] = "7.99.34";
const char version[] = "NetBSD 7.99.34 (RUMP)";
const char buildinfo[] = "";
const char copyright[] = "";
char machine[] = MACHINE;
char machine_arch[] = MACHINE_ARCH;

int cold = 1;
int boothowto = AB_SILENT;

long hostid;
char hostname[MAXHOSTNAMELEN];
int hostnamelen;
char domainname[MAXHOSTNAMELEN];
int domainnamelen;

size_t coherency_unit = COHERENCY_UNIT;
const int schedppq = 1;

dev_t rootdev = NODEV;
struct vnode *rootvp;
const char *rootspec;

struct loadavg averunnable = { { 0, 0, 0 }, FSCALE };
char defcorename[MAXPATHLEN] = DEFCORENAME;

/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Device instances, autoconf(9), driver(9): the part that exists without rumpdev.
 */

#ifndef _SYS_DEVICE_H_
#define _SYS_DEVICE_H_

#include <sys/types.h>
#include <sys/device_if.h>
#include <sys/evcnt.h>
#include <sys/null.h>
#include <sys/queue.h>

#include <prop/proplib.h>

typedef enum devclass {
	DV_DULL,		/* nothing special */
	DV_CPU,
	DV_DISK,
	DV_IFNET,
	DV_TAPE,
	DV_TTY,
	DV_AUDIODEV,
	DV_DISPLAYDEV,
	DV_BUS,
	DV_VIRTUAL
} devclass_t;

typedef enum devact {
	DVACT_DEACTIVATE
} devact_t;

struct cfattach;
struct cfdriver;
typedef struct cfattach *cfattach_t;
typedef struct cfdriver *cfdriver_t;
typedef struct cfdata *cfdata_t;

struct device {
	devclass_t	dv_class;
	int		dv_unit;
	int		dv_flags;	/* DVF_* */
	char		dv_xname[16];	/* driver and unit */
	device_t	dv_parent;	/* NULL: a root */
	void		*dv_private;	/* the driver's own, ca_devsize bytes */
	cfdata_t	dv_cfdata;	/* what it was configured by */
	cfdriver_t	dv_cfdriver;
	cfattach_t	dv_cfattach;
	int		*dv_locators;	/* of the attachment, by number */
	prop_dictionary_t dv_properties;
};

/* dv_flags, ca_flags */
#define DVF_ACTIVE		0x0001	/* attached and in use */
#define DVF_PRIV_ALLOC		0x0002	/* dv_private is apart */
#define DVF_DETACH_SHUTDOWN	0x0004	/* detach it at shutdown */
#define DVF_CLASS_SUSPENDED	0x0010	/* the class layer has suspended it */
#define DVF_DRIVER_SUSPENDED	0x0020	/* its driver */
#define DVF_BUS_SUSPENDED	0x0040	/* its bus: it has no power */

/*
 * What config(1) writes, or a component in its stead.
 */

/** One possible instance. */
struct cfdata {
	const char	*cf_name;	/* driver */
	const char	*cf_atname;	/* attachment */
	short		cf_unit;
	short		cf_fstate;	/* FSTATE_* */
	int		*cf_loc;	/* locators, by number */
	int		cf_flags;
	const struct cfparent *cf_pspec; /* NULL: a root */
};
#define FSTATE_NOTFOUND		0	/* a unit of its own, not attached */
#define FSTATE_FOUND		1	/* attached */
#define FSTATE_STAR		2	/* any unit, not used up */
#define FSTATE_DSTAR		3	/* disabled */
#define FSTATE_DNOTFOUND	4

/** A locator of an interface attribute, and its default (string, value). */
struct cflocdesc {
	const char	*cld_name;
	const char	*cld_defaultstr;	/* NULL: it has to be given */
	int		cld_default;
};

/** An interface attribute: what children may attach at. */
struct cfiattrdata {
	const char	*ci_name;
	int		ci_loclen;
	const struct cflocdesc ci_locdesc[];
};

/** Where an instance may attach: attribute, and driver and unit or any. */
struct cfparent {
	const char	*cfp_iattr;
	const char	*cfp_parent;	/* NULL: any */
	int		cfp_unit;	/* DVUNIT_ANY */
};
#define DVUNIT_ANY	(-1)

/** How a driver attaches to one kind of bus. */
struct cfattach {
	const char	*ca_name;
	LIST_ENTRY(cfattach) ca_list;
	size_t		ca_devsize;
	int		ca_flags;	/* DVF_* */
	/** 0: not this; else the driver with the highest wins. */
	int		(*ca_match)(device_t, cfdata_t, void *);
	void		(*ca_attach)(device_t, device_t, void *);
	int		(*ca_detach)(device_t, int);
	int		(*ca_activate)(device_t, devact_t);
	int		(*ca_rescan)(device_t, const char *, const int *);
	void		(*ca_childdetached)(device_t, device_t);
};

/** A driver. */
struct cfdriver {
	LIST_ENTRY(cfdriver) cd_list;
	LIST_HEAD(, cfattach) cd_attach;
	device_t	*cd_devs;	/* by unit */
	const char	*cd_name;
	enum devclass	cd_class;
	int		cd_ndevs;
	const struct cfiattrdata *const *cd_attrs; /* NULL-ended, or NULL */
};

/** The attachments of a driver, NULL-ended. */
struct cfattachinit {
	const char	*cfai_name;
	struct cfattach *const *cfai_list;
};

#define CFATTACH_DECL3_NEW(name, size, match, attach, detach, activate,	\
    rescan, childdetached, flags)					\
struct cfattach name##_ca = {						\
	.ca_name = #name,						\
	.ca_devsize = (size),						\
	.ca_flags = (flags) | DVF_PRIV_ALLOC,				\
	.ca_match = (match),						\
	.ca_attach = (attach),						\
	.ca_detach = (detach),						\
	.ca_activate = (activate),					\
	.ca_rescan = (rescan),						\
	.ca_childdetached = (childdetached),				\
}
#define CFATTACH_DECL2_NEW(name, size, match, attach, detach, activate,	\
    rescan, childdetached)						\
	CFATTACH_DECL3_NEW(name, size, match, attach, detach, activate,	\
	    rescan, childdetached, 0)
#define CFATTACH_DECL_NEW(name, size, match, attach, detach, activate)	\
	CFATTACH_DECL2_NEW(name, size, match, attach, detach, activate,	\
	    NULL, NULL)
#define CFDRIVER_DECL(name, class, attrs)				\
struct cfdriver name##_cd = {						\
	.cd_name = #name,						\
	.cd_class = (class),						\
	.cd_attrs = (attrs),						\
}

/* Results of a cfprint_t: how the line about a device without driver ends. */
#define QUIET		0
#define UNCONF		1
#define UNSUPP		2

/* Of detaching. */
#define DETACH_FORCE	0x01	/* it is gone already: must succeed */
#define DETACH_QUIET	0x02	/* no message */
#define DETACH_SHUTDOWN	0x04
#define DETACH_POWEROFF	0x08

#ifdef _KERNEL

struct vnode;
struct dkwedge_info;

extern device_t booted_device;
extern int booted_partition;
extern device_t root_device;

__BEGIN_DECLS

devclass_t device_class(device_t);
device_t device_parent(device_t);
void	*device_private(device_t);
int	device_unit(device_t);
const char *device_xname(device_t);
cfdata_t device_cfdata(device_t);
cfdriver_t device_cfdriver(device_t);
/** A locator of the device by its number in its attribute. */
int	device_locator(device_t, unsigned int);
/** Properties of the device; it keeps the reference. */
prop_dictionary_t device_properties(device_t);
/** Whether it is an instance of the driver of this name. */
bool	device_is_a(device_t, const char *);
/** Attached and suspended by nobody. */
bool	device_is_active(device_t);
/** Attached, and its bus is not suspended. */
bool	device_has_power(device_t);

/*
 * Size of the disk behind an open device vnode, in sectors of the size also
 * returned, and its partition as a wedge.  Errors of the driver's ioctls.
 */
int	getdisksize(struct vnode *, uint64_t *, unsigned int *);
int	getdiskinfo(struct vnode *, struct dkwedge_info *);

__END_DECLS
#endif /* _KERNEL */

#endif /* _SYS_DEVICE_H_ */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vnode cache: finding vnodes by key, references, and the bound on how
 * many there are.
 *
 * Locking: vcache_lock protects the hash table and every v_key.  A vnode's
 * interlock protects its state and the step of its use count from and to
 * zero.  lru_lock protects the list of unreferenced vnodes.  Order:
 * vcache_lock or the name cache's lock, interlock, lru_lock.
 *
 * A vnode on the LRU list may have been referenced since it was put there
 * (taking a reference does not touch the list); who looks for a victim
 * drops such entries.
 *
 * There is no thread that reclaims: whoever drops the last reference to a
 * vnode while there are too many reclaims the oldest ones, because only
 * there callers must expect the file system to be entered for a reclaim.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/atomic.h>
#include <sys/hash.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/lwp.h>
#include <sys/mount.h>
#include <sys/namei.h>
#include <sys/pool.h>
#include <sys/vnode.h>

#include <miscfs/genfs/genfs.h>
#include <uvm/uvm_extern.h>

#include <rump/rumpuser.h>

#include <rump-priv/deadfs.h>
#include <rump-priv/mem.h>
#include <rump-priv/vnode.h>

#define VCACHE_NVNODES	1024	/* desiredvnodes unless RUMP_NVNODES */
#define VCACHE_TRIM	4	/* victims for one release */
#define VCACHE_SHORTAGE	64	/* victims when memory is short */

LIST_HEAD(vcache_chain, vnode_key);
TAILQ_HEAD(vnode_lru, vnode);

int desiredvnodes;
unsigned numvnodes;
int prtactive;
struct vnode *rootvnode;

static kmutex_t vcache_lock;
static kcondvar_t vcache_cv;		/* a vnode changed its state */
static struct vcache_chain *vcache_hash;
static uint32_t vcache_mask;

static kmutex_t lru_lock;
static struct vnode_lru lru_list = TAILQ_HEAD_INITIALIZER(lru_list);
static unsigned nlru;
static struct lwp *lru_trimmer;		/* who looks for victims */

static struct pool vnode_pool;

/* vrele_async(): vnodes whose reference a thread is to drop. */
static kmutex_t vrele_lock;
static kcondvar_t vrele_cv;
static struct vnode_lru vrele_queue = TAILQ_HEAD_INITIALIZER(vrele_queue);
static bool vrele_running;

/* Memory was short: reclaim although there are not too many vnodes. */
static volatile unsigned lru_shortage;

static void vrele_last(struct vnode *);
static size_t vcache_give(void *, size_t);

/* By the page daemon only: it may enter file systems. */
static struct rump_reclaim vcache_reclaim = { .rr_sleepfn = vcache_give };

void
rump_vcache_init(void)
{
	char buf[32];
	uint32_t size;

	desiredvnodes = VCACHE_NVNODES;
	if (rumpuser_getparam("RUMP_NVNODES", buf, sizeof(buf)) == 0) {
		u_quad_t n = strtoull(buf, NULL, 0);

		if (n >= 16 && n <= INT_MAX / 2)
			desiredvnodes = (int)n;
	}
	for (size = 64; size < (uint32_t)desiredvnodes; size *= 2)
		continue;
	vcache_hash = kmem_zalloc(size * sizeof(*vcache_hash), KM_SLEEP);
	vcache_mask = size - 1;
	mutex_init(&vcache_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&lru_lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_init(&vrele_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&vcache_cv, "vcache");
	cv_init(&vrele_cv, "vrele");
	pool_init(&vnode_pool, sizeof(struct vnode), 0, 0, 0, "vnodepl",
	    NULL, IPL_NONE);
	rump_mem_reclaim_register(&vcache_reclaim);
}

/*
 * Allocation.
 */

/*
 * Memory for a vnode, or NULL.  The file system that asks may hold locks that
 * it takes when it is asked to reclaim, so that the page daemon is given a
 * moment to find some, and no more; then the next release of a vnode will.
 */
static struct vnode *
vnode_memory(void)
{
	struct rump_mempatience mp = RUMP_MEMPATIENCE_INITIALIZER;
	struct vnode *vp;

	while ((vp = pool_get(&vnode_pool, PR_NOWAIT)) == NULL &&
	    rump_mem_pause(&mp, sizeof(*vp)))
		continue;
	if (vp == NULL)
		atomic_swap_uint(&lru_shortage, 1);
	return vp;
}

/*
 * A vnode in the LOADING state with one reference, on no list.  NULL: no
 * memory.
 */
static struct vnode *
vnode_alloc(struct mount *mp)
{
	struct vnode *vp;

	if ((vp = vnode_memory()) == NULL)
		return NULL;
	memset(vp, 0, sizeof(*vp));
	uvm_obj_init(&vp->v_uobj, &uvm_vnodeops, true, 1);
	cv_init(&vp->v_cv, "vnode");
	rw_init(&vp->v_lock);
	LIST_INIT(&vp->v_cleanblkhd);
	LIST_INIT(&vp->v_dirtyblkhd);
	LIST_INIT(&vp->v_ncchildren);
	LIST_INIT(&vp->v_ncparents);
	SLIST_INIT(&vp->v_klist);
	vp->v_size = vp->v_writesize = VSIZENOTSET;
	vp->v_type = VNON;
	vp->v_tag = VT_NON;
	vp->v_state = VS_LOADING;
	vp->v_op = dead_vnodeop_p;
	vp->v_key.vk_vnode = vp;
	atomic_inc_uint(&numvnodes);
	if (mp != NULL)
		rump_vnode_setmount(vp, mp);
	return vp;
}

/* Nobody knows VP any more: return the memory. */
static void
vnode_free(struct vnode *vp)
{

	KASSERT(vnode_uses(vp) == 0);
	KASSERT(vp->v_key.vk_mount == NULL);
	mutex_enter(&lru_lock);
	if (vp->v_iflag & VI_RUMP_ONLRU) {
		vp->v_iflag &= ~VI_RUMP_ONLRU;
		TAILQ_REMOVE(&lru_list, vp, v_lru);
		nlru--;
	}
	mutex_exit(&lru_lock);
	rump_vnode_setmount(vp, NULL);
	rw_destroy(&vp->v_lock);
	cv_destroy(&vp->v_cv);
	uvm_obj_destroy(&vp->v_uobj, true);
	atomic_dec_uint(&numvnodes);
	pool_put(&vnode_pool, vp);
}

int
rump_vnode_alloc_anon(struct mount *mp, struct vnode **vpp)
{
	struct vnode *vp;

	vp = vnode_alloc(mp != NULL ? mp : dead_rootmount);
	if (vp == NULL)
		return ENOMEM;
	vp->v_vflag |= VV_LOCKSWORK | VV_MPSAFE;
	vp->v_state = VS_ACTIVE;
	*vpp = vp;
	return 0;
}

/*
 * References.
 */

void
vref(struct vnode *vp)
{

	KASSERT(vnode_uses(vp) > 0);
	atomic_inc_uint(&vp->v_usecount);
}

/* Drop a reference that is not the last one; false if it is. */
static __inline bool
vtryrele(struct vnode *vp)
{
#ifdef RUMP_UP
	if (__predict_true(vp->v_usecount > 1)) {
		vp->v_usecount--;
		return true;
	}
#else
	unsigned use;

	/*
	 * Release: what this thread did to the vnode comes before it gives
	 * it up.  Acquire: who finds the last reference in its hands, and
	 * may free the vnode, comes after all of them.
	 */
	use = __atomic_load_n(&vp->v_usecount, __ATOMIC_ACQUIRE);
	while (use > 1) {
		if (__atomic_compare_exchange_n(&vp->v_usecount, &use,
		    use - 1, true, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
			return true;
	}
#endif
	return false;
}

void
vrele(struct vnode *vp)
{

	if (vtryrele(vp))
		return;
	vrele_last(vp);
}

void
vput(struct vnode *vp)
{

	VOP_UNLOCK(vp);
	vrele(vp);
}

bool
rump_vnode_tryref(struct vnode *vp)
{
	bool active;

#ifdef RUMP_UP
	active = vp->v_state == VS_ACTIVE;
	if (__predict_true(active))
		vp->v_usecount++;
#else
	/* While it is loaded it may still be given another interlock. */
	if (__atomic_load_n(&vp->v_state, __ATOMIC_ACQUIRE) == VS_LOADING)
		return false;
	mutex_enter(vp->v_interlock);
	active = vp->v_state == VS_ACTIVE;
	if (active)
		atomic_inc_uint(&vp->v_usecount);
	mutex_exit(vp->v_interlock);
#endif
	return active;
}

int
vget(struct vnode *vp, int flags, bool waitok)
{
	int error;

	KASSERT(mutex_owned(vp->v_interlock));
	KASSERT((vp->v_iflag & VI_RUMP_MARKER) == 0);

	atomic_inc_uint(&vp->v_usecount);
	error = vdead_check(vp, waitok ? 0 : VDEAD_NOWAIT);
	mutex_exit(vp->v_interlock);
	if (error != 0) {
		vrele(vp);
		return error;
	}
	if ((flags & (LK_EXCLUSIVE | LK_SHARED)) != 0) {
		error = vn_lock(vp, flags);
		if (error != 0)
			vrele(vp);
	}
	return error;
}

void
vholdl(struct vnode *vp)
{

	KASSERT(mutex_owned(vp->v_interlock));
	vp->v_holdcnt++;
}

void
holdrelel(struct vnode *vp)
{

	KASSERT(mutex_owned(vp->v_interlock));
	KASSERT(vp->v_holdcnt > 0);
	vp->v_holdcnt--;
}

void
vhold(struct vnode *vp)
{

	mutex_enter(vp->v_interlock);
	vholdl(vp);
	mutex_exit(vp->v_interlock);
}

void
holdrele(struct vnode *vp)
{

	mutex_enter(vp->v_interlock);
	holdrelel(vp);
	mutex_exit(vp->v_interlock);
}

/*
 * The least recently used, unreferenced vnodes.
 */

/* VP, interlock held, became unreferenced: it is the youngest one. */
static void
lru_insert(struct vnode *vp)
{

	mutex_enter(&lru_lock);
	if (vp->v_iflag & VI_RUMP_ONLRU) {
		TAILQ_REMOVE(&lru_list, vp, v_lru);
	} else {
		vp->v_iflag |= VI_RUMP_ONLRU;
		nlru++;
	}
	TAILQ_INSERT_TAIL(&lru_list, vp, v_lru);
	mutex_exit(&lru_lock);
}

/*
 * The oldest unreferenced vnode, now with a reference, its interlock held;
 * or NULL.
 */
static struct vnode *
lru_victim(void)
{
	struct vnode *vp, *next;

	mutex_enter(&lru_lock);
	for (vp = TAILQ_FIRST(&lru_list); vp != NULL; vp = next) {
		next = TAILQ_NEXT(vp, v_lru);
		/* Against the lock order, so it must not wait. */
		if (!mutex_tryenter(vp->v_interlock))
			continue;
		if (vnode_uses(vp) == 0 && vp->v_holdcnt == 0 &&
		    vp->v_state == VS_ACTIVE) {
			vp->v_iflag &= ~VI_RUMP_ONLRU;
			TAILQ_REMOVE(&lru_list, vp, v_lru);
			nlru--;
			vnode_setuses(vp, 1);
			break;
		}
		if (vnode_uses(vp) != 0) {
			vp->v_iflag &= ~VI_RUMP_ONLRU;
			TAILQ_REMOVE(&lru_list, vp, v_lru);
			nlru--;
		}
		mutex_exit(vp->v_interlock);
	}
	mutex_exit(&lru_lock);
	return vp;
}

static __inline unsigned
vnodes(void)
{

	return __atomic_load_n(&numvnodes, __ATOMIC_RELAXED);
}

/* Reclaim up to WANT unreferenced vnodes while there are more than KEEP. */
static int
lru_trim(int want, unsigned keep)
{
	struct vnode *vp;
	int done = 0;

	mutex_enter(&lru_lock);
	if (lru_trimmer != NULL) {
		mutex_exit(&lru_lock);
		return 0;
	}
	lru_trimmer = curlwp;
	mutex_exit(&lru_lock);
	while (done < want && vnodes() > keep && (vp = lru_victim()) != NULL) {
		mutex_exit(vp->v_interlock);
		if (!vrecycle(vp))
			vrele(vp);
		done++;
	}
	mutex_enter(&lru_lock);
	lru_trimmer = NULL;
	mutex_exit(&lru_lock);
	return done;
}

static size_t
vcache_give(void *arg, size_t want)
{

	return (size_t)lru_trim(VCACHE_SHORTAGE, 0) * sizeof(struct vnode);
}

int
vfs_drainvnodes(void)
{

	while (vnodes() > (unsigned)desiredvnodes &&
	    lru_trim(VCACHE_TRIM, (unsigned)desiredvnodes) > 0)
		continue;
	return vnodes() > (unsigned)desiredvnodes ? EBUSY : 0;
}

/*
 * The caller's reference was the last when it looked.  Runs VOP_INACTIVE
 * if it still is when the vnode is locked, and reclaims the vnode if the
 * file system says that its file is gone.
 */
static void
vrele_last(struct vnode *vp)
{
	bool recycle;

	mutex_enter(vp->v_interlock);
	if (vp->v_state == VS_ACTIVE) {
		mutex_exit(vp->v_interlock);
		vn_lock(vp, LK_EXCLUSIVE | LK_RETRY);
		if (vtryrele(vp)) {
			VOP_UNLOCK(vp);
			return;
		}
		recycle = false;
		if (vp->v_state == VS_ACTIVE)
			VOP_INACTIVE(vp, &recycle);
		else
			VOP_UNLOCK(vp);
		if (recycle && vrecycle(vp))
			return;
		mutex_enter(vp->v_interlock);
	}
	if (vtryrele(vp)) {
		mutex_exit(vp->v_interlock);
		return;
	}
	KASSERT(vnode_uses(vp) == 1);
	vnode_setuses(vp, 0);
	if (vp->v_state == VS_DEAD) {
		mutex_exit(vp->v_interlock);
		vnode_free(vp);
		return;
	}
	lru_insert(vp);
	mutex_exit(vp->v_interlock);
	if (__predict_false(lru_shortage != 0) &&
	    atomic_swap_uint(&lru_shortage, 0) != 0)
		lru_trim(VCACHE_SHORTAGE, 0);
	if (__predict_false(vnodes() > (unsigned)desiredvnodes))
		lru_trim(VCACHE_TRIM, (unsigned)desiredvnodes);
}

static void
vrele_thread(void *cookie)
{
	struct vnode *vp;

	mutex_enter(&vrele_lock);
	for (;;) {
		while ((vp = TAILQ_FIRST(&vrele_queue)) == NULL)
			cv_wait(&vrele_cv, &vrele_lock);
		TAILQ_REMOVE(&vrele_queue, vp, v_synclist);
		mutex_exit(&vrele_lock);
		vrele(vp);
		mutex_enter(&vrele_lock);
	}
}

/* As vrele(), without running VOP_INACTIVE in the caller's context. */
void
vrele_async(struct vnode *vp)
{

	if (vtryrele(vp))
		return;
	mutex_enter(&vrele_lock);
	if (!vrele_running) {
		if (kthread_create(PRI_VM, KTHREAD_MPSAFE, NULL, vrele_thread,
		    NULL, NULL, "vrele") != 0) {
			/* No thread to be had: do it here. */
			mutex_exit(&vrele_lock);
			vrele(vp);
			return;
		}
		vrele_running = true;
	}
	vn_syncer_remove_from_worklist(vp);
	TAILQ_INSERT_TAIL(&vrele_queue, vp, v_synclist);
	cv_signal(&vrele_cv);
	mutex_exit(&vrele_lock);
}

/*
 * Keys.
 */

static uint32_t
key_hash(const struct mount *mp, const void *key, size_t keylen)
{
	uint64_t h = (uintptr_t)mp >> 6, w;
	const unsigned char *p = key;

	if (keylen == sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		h ^= w;
	} else {
		while (keylen-- > 0)
			h = h * 31 + *p++;
	}
	h *= 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(h >> 32);
}

static struct vnode_key *
key_lookup(const struct mount *mp, const void *key, size_t keylen,
    uint32_t hash)
{
	struct vnode_key *vk;

	KASSERT(mutex_owned(&vcache_lock));
	LIST_FOREACH(vk, &vcache_hash[hash & vcache_mask], vk_hash) {
		if (vk->vk_hashval == hash && vk->vk_mount == mp &&
		    vk->vk_keylen == keylen &&
		    memcmp(vk->vk_key, key, keylen) == 0)
			return vk;
	}
	return NULL;
}

static void
key_insert(struct vnode_key *vk, struct mount *mp, const void *key,
    size_t keylen, uint32_t hash)
{

	KASSERT(mutex_owned(&vcache_lock));
	vk->vk_mount = mp;
	vk->vk_key = key;
	vk->vk_keylen = keylen;
	vk->vk_hashval = hash;
	LIST_INSERT_HEAD(&vcache_hash[hash & vcache_mask], vk, vk_hash);
}

static void
key_remove(struct vnode_key *vk)
{

	KASSERT(mutex_owned(&vcache_lock));
	LIST_REMOVE(vk, vk_hash);
	vk->vk_mount = NULL;
}

/* VP's state changed: those who wait for a vnode look again. */
static void
vnode_setstate(struct vnode *vp, enum vnode_state state)
{

	mutex_enter(&vcache_lock);
	mutex_enter(vp->v_interlock);
	__atomic_store_n(&vp->v_state, state, __ATOMIC_RELEASE);
	if (state == VS_DEAD && vp->v_key.vk_mount != NULL)
		key_remove(&vp->v_key);
	cv_broadcast(&vp->v_cv);
	mutex_exit(vp->v_interlock);
	cv_broadcast(&vcache_cv);
	mutex_exit(&vcache_lock);
}

void
rump_vnode_died(struct vnode *vp)
{
	struct vnode_key *vk = &vp->v_key;
	const bool copied = vk->vk_mount != NULL &&
	    vk->vk_keylen > sizeof(vk->vk_copy);

	vnode_setstate(vp, VS_DEAD);
	if (copied)
		kmem_free(__UNCONST(vk->vk_key), vk->vk_keylen);
}

/* A vnode that never came to life goes away again. */
static void
vnode_abort(struct vnode *vp)
{

	vnode_setstate(vp, VS_DEAD);
	vnode_setuses(vp, 0);
	vnode_free(vp);
}

static void
vnode_loaded(struct mount *mp, struct vnode *vp)
{

	if (rump_mount_iflag(mp) & IMNT_MPSAFE)
		vp->v_vflag |= VV_MPSAFE;
	if (vp->v_op[VOP_LOCK_DESCOFFSET] != genfs_nolock)
		vp->v_vflag |= VV_LOCKSWORK;
	vnode_setstate(vp, VS_ACTIVE);
}

int
vcache_get(struct mount *mp, const void *key, size_t keylen,
    struct vnode **vpp)
{
	const void *newkey;
	struct vnode_key *vk;
	struct vnode *vp;
	uint32_t hash;
	int error;

	*vpp = NULL;
	hash = key_hash(mp, key, keylen);
	mutex_enter(&vcache_lock);
	while ((vk = key_lookup(mp, key, keylen, hash)) != NULL) {
		vp = vk->vk_vnode;
		if (vp != NULL && rump_vnode_tryref(vp)) {
			mutex_exit(&vcache_lock);
			*vpp = vp;
			return 0;
		}
		/* Somebody loads it or lets it go: the outcome decides. */
		if (vp != NULL && vp->v_reclaimer == curlwp) {
			mutex_exit(&vcache_lock);
			return ENOENT;
		}
		cv_wait(&vcache_cv, &vcache_lock);
	}
	mutex_exit(&vcache_lock);

	vp = vnode_alloc(mp);
	if (vp == NULL)
		return ENOMEM;
	mutex_enter(&vcache_lock);
	if (key_lookup(mp, key, keylen, hash) != NULL) {
		/* Lost a race for it: it is there now. */
		mutex_exit(&vcache_lock);
		vnode_abort(vp);
		return vcache_get(mp, key, keylen, vpp);
	}
	key_insert(&vp->v_key, mp, key, keylen, hash);
	mutex_exit(&vcache_lock);

	error = VFS_LOADVNODE(mp, vp, key, keylen, &newkey);
	if (error != 0) {
		vnode_abort(vp);
		return error;
	}
	KASSERT(newkey != NULL && memcmp(key, newkey, keylen) == 0);
	mutex_enter(&vcache_lock);
	vp->v_key.vk_key = newkey;
	mutex_exit(&vcache_lock);
	vnode_loaded(mp, vp);
	*vpp = vp;
	return 0;
}

int
vcache_new(struct mount *mp, struct vnode *dvp, struct vattr *vap,
    kauth_cred_t cred, struct vnode **vpp)
{
	const void *key;
	struct vnode_key *old;
	struct vnode *vp;
	uint32_t hash;
	size_t keylen;
	int error;

	*vpp = NULL;
	vp = vnode_alloc(mp);
	if (vp == NULL)
		return ENOMEM;
	error = VFS_NEWVNODE(mp, dvp, vp, vap, cred, &keylen, &key);
	if (error != 0) {
		vnode_abort(vp);
		return error;
	}
	hash = key_hash(mp, key, keylen);
	mutex_enter(&vcache_lock);
	/* The file that had this key before may still be going away. */
	while ((old = key_lookup(mp, key, keylen, hash)) != NULL) {
		KASSERT(old->vk_vnode == NULL ||
		    old->vk_vnode->v_state != VS_ACTIVE);
		cv_wait(&vcache_cv, &vcache_lock);
	}
	key_insert(&vp->v_key, mp, key, keylen, hash);
	mutex_exit(&vcache_lock);
	vnode_loaded(mp, vp);
	*vpp = vp;
	return 0;
}

int
vcache_rekey_enter(struct mount *mp, struct vnode *vp, const void *oldkey,
    size_t oldlen, const void *newkey, size_t newlen)
{
	struct vnode_key *vk;
	uint32_t hash = key_hash(mp, newkey, newlen);

	vk = kmem_zalloc(sizeof(*vk), KM_SLEEP);
	mutex_enter(&vcache_lock);
	KASSERT(vp->v_key.vk_mount == mp && vp->v_key.vk_keylen == oldlen &&
	    memcmp(vp->v_key.vk_key, oldkey, oldlen) == 0);
	if (key_lookup(mp, newkey, newlen, hash) != NULL) {
		mutex_exit(&vcache_lock);
		kmem_free(vk, sizeof(*vk));
		return EEXIST;
	}
	key_insert(vk, mp, newkey, newlen, hash);
	mutex_exit(&vcache_lock);
	return 0;
}

void
vcache_rekey_exit(struct mount *mp, struct vnode *vp, const void *oldkey,
    size_t oldlen, const void *newkey, size_t newlen)
{
	struct vnode_key *vk;
	uint32_t hash = key_hash(mp, newkey, newlen);

	mutex_enter(&vcache_lock);
	vk = key_lookup(mp, newkey, newlen, hash);
	KASSERT(vk != NULL && vk->vk_vnode == NULL);
	key_remove(vk);
	key_remove(&vp->v_key);
	key_insert(&vp->v_key, mp, newkey, newlen, hash);
	cv_broadcast(&vcache_cv);
	mutex_exit(&vcache_lock);
	kmem_free(vk, sizeof(*vk));
}

/*
 * VP is about to be reclaimed, and with it the file system's memory that
 * the key lies in.  The key stays taken until the vnode is dead, so that
 * the file is not loaded while its last state is being written.
 */
void
rump_vnode_keepkey(struct vnode *vp)
{
	struct vnode_key *vk = &vp->v_key;
	void *copy = vk->vk_copy;

	if (vk->vk_mount == NULL)
		return;
	if (vk->vk_keylen > sizeof(vk->vk_copy))
		copy = kmem_alloc(vk->vk_keylen, KM_SLEEP);
	mutex_enter(&vcache_lock);
	memcpy(copy, vk->vk_key, vk->vk_keylen);
	vk->vk_key = copy;
	mutex_exit(&vcache_lock);
}

/*
 * The file system has let go of the key.  In VOP_RECLAIM this changes
 * nothing yet, see above; a vnode that stays has no key from now on.
 */
void
vcache_remove(struct mount *mp, const void *key, size_t keylen)
{
	struct vnode_key *vk;

	mutex_enter(&vcache_lock);
	vk = key_lookup(mp, key, keylen, key_hash(mp, key, keylen));
	if (vk != NULL && vk->vk_vnode != NULL &&
	    vk->vk_vnode->v_reclaimer == NULL) {
		key_remove(vk);
		cv_broadcast(&vcache_cv);
	}
	mutex_exit(&vcache_lock);
}

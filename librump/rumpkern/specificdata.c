/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data attached to objects by key.  A domain's mutex protects its keys and
 * the growth of containers; a value is read and written by its object's
 * owner only.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/mutex.h>

#include <rump-priv/specificdata.h>

struct specificdata_container {
	u_int sdc_nvalues;
	void *sdc_values[];
};

struct sd_key {
	bool used;
	specificdata_dtor_t dtor;
};

struct specificdata_domain {
	kmutex_t sd_lock;
	u_int sd_nkeys;
	struct sd_key *sd_keys;
};

static size_t
container_size(u_int n)
{

	return sizeof(struct specificdata_container) + n * sizeof(void *);
}

specificdata_domain_t
specificdata_domain_create(void)
{
	specificdata_domain_t sd = kmem_zalloc(sizeof(*sd), KM_SLEEP);

	mutex_init(&sd->sd_lock, MUTEX_DEFAULT, IPL_NONE);
	return sd;
}

void
specificdata_domain_delete(specificdata_domain_t sd)
{

	mutex_destroy(&sd->sd_lock);
	if (sd->sd_nkeys != 0)
		kmem_free(sd->sd_keys, sd->sd_nkeys * sizeof(*sd->sd_keys));
	kmem_free(sd, sizeof(*sd));
}

int
specificdata_key_create(specificdata_domain_t sd, specificdata_key_t *keyp,
    specificdata_dtor_t dtor)
{
	struct sd_key *keys;
	u_int i, n;

	mutex_enter(&sd->sd_lock);
	for (i = 0; i < sd->sd_nkeys; i++)
		if (!sd->sd_keys[i].used)
			break;
	if (i == sd->sd_nkeys) {
		n = sd->sd_nkeys + 4;
		keys = kmem_zalloc(n * sizeof(*keys), KM_SLEEP);
		if (sd->sd_nkeys != 0) {
			memcpy(keys, sd->sd_keys,
			    sd->sd_nkeys * sizeof(*keys));
			kmem_free(sd->sd_keys,
			    sd->sd_nkeys * sizeof(*keys));
		}
		sd->sd_keys = keys;
		sd->sd_nkeys = n;
	}
	sd->sd_keys[i].used = true;
	sd->sd_keys[i].dtor = dtor;
	*keyp = i;
	mutex_exit(&sd->sd_lock);
	return 0;
}

/* Nobody may have a value of this key any more. */
void
specificdata_key_delete(specificdata_domain_t sd, specificdata_key_t key)
{

	mutex_enter(&sd->sd_lock);
	KASSERT(key < sd->sd_nkeys && sd->sd_keys[key].used);
	sd->sd_keys[key].used = false;
	sd->sd_keys[key].dtor = NULL;
	mutex_exit(&sd->sd_lock);
}

int
specificdata_init(specificdata_domain_t sd, specificdata_reference *ref)
{

	ref->specdataref_container = NULL;
	mutex_init(&ref->specdataref_lock, MUTEX_DEFAULT, IPL_NONE);
	return 0;
}

void
specificdata_fini(specificdata_domain_t sd, specificdata_reference *ref)
{
	specificdata_container_t sdc = ref->specdataref_container;
	specificdata_dtor_t dtor;
	u_int i;
	void *v;

	mutex_destroy(&ref->specdataref_lock);
	ref->specdataref_container = NULL;
	if (sdc == NULL)
		return;
	for (i = 0; i < sdc->sdc_nvalues; i++) {
		if ((v = sdc->sdc_values[i]) == NULL)
			continue;
		mutex_enter(&sd->sd_lock);
		dtor = i < sd->sd_nkeys ? sd->sd_keys[i].dtor : NULL;
		mutex_exit(&sd->sd_lock);
		if (dtor != NULL)
			(*dtor)(v);
	}
	kmem_free(sdc, container_size(sdc->sdc_nvalues));
}

void *
specificdata_getspecific_unlocked(specificdata_domain_t sd,
    specificdata_reference *ref, specificdata_key_t key)
{
	specificdata_container_t sdc = ref->specdataref_container;

	return sdc != NULL && key < sdc->sdc_nvalues ?
	    sdc->sdc_values[key] : NULL;
}

void *
specificdata_getspecific(specificdata_domain_t sd,
    specificdata_reference *ref, specificdata_key_t key)
{
	void *v;

	mutex_enter(&ref->specdataref_lock);
	v = specificdata_getspecific_unlocked(sd, ref, key);
	mutex_exit(&ref->specdataref_lock);
	return v;
}

void
specificdata_setspecific(specificdata_domain_t sd,
    specificdata_reference *ref, specificdata_key_t key, void *data)
{
	specificdata_container_t old, new;
	u_int n;

	mutex_enter(&ref->specdataref_lock);
	old = ref->specdataref_container;
	if (old == NULL || key >= old->sdc_nvalues) {
		n = key + 4;
		new = kmem_zalloc(container_size(n), KM_SLEEP);
		new->sdc_nvalues = n;
		if (old != NULL) {
			memcpy(new->sdc_values, old->sdc_values,
			    old->sdc_nvalues * sizeof(void *));
			kmem_free(old, container_size(old->sdc_nvalues));
		}
		ref->specdataref_container = new;
		old = new;
	}
	old->sdc_values[key] = data;
	mutex_exit(&ref->specdataref_lock);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Property containers, proplib(3): reference-counted objects that can be
 * written as a property list in XML and read from one.
 *
 * Creating, copying and changing may sleep for memory; each object may be
 * used by many lwps at once.  What a container hands out by get is not
 * retained for the caller.
 */
#ifndef _PROP_PROPLIB_H_
#define _PROP_PROPLIB_H_

#include <prop/plistref.h>
#include <prop/prop_array.h>
#include <prop/prop_bool.h>
#include <prop/prop_data.h>
#include <prop/prop_dictionary.h>
#include <prop/prop_number.h>
#include <prop/prop_object.h>
#include <prop/prop_string.h>

#endif /* _PROP_PROPLIB_H_ */

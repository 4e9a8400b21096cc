/* Opens the store that a URL names. Used by the supervisor. */
#pragma once

#include "store/store.h"

/* Does not access the network or disk. Class ERROR_CONFIG; ERROR_PERMANENT: a bucket without credentials. */
Store *store_open(const StoreOptions *options, GError **error);

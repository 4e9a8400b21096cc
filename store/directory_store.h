/* A directory as a store (store/store_type.h). Used by the supervisor. */
#pragma once

#include "store/file.h"
#include "store/store.h"

/* prefix is the absolute path, and ends with '/'. Called by store_open(). */
Store *directory_store_open(const StoreOptions *options, const char *prefix);

/* How files are written into the directory. Only for such a store. */
FilePlace store_file_place(const Store *store);

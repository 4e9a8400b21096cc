/* The keys of an S3 Inventory whose files are on this machine, in the layout in which S3 stores them:
 * FOLDER/manifest.json and data/NAME.csv.gz beside FOLDER, or below it (Amazon S3 User Guide, "Locating your
 * S3 Inventory list"). Used by the main process. */
#pragma once

#include "daemon/session/key_source.h"

/* Whether the name of a manifest is that of an Inventory, and not of a CSV file. */
gboolean inventory_source_is_named(const char *path);

/* Reads the manifest, and its checksum if manifest.checksum is beside it. The MD5 of a file of data is
 * compared before its first key is used: afterwards reading fails with class ERROR_INPUT. Class ERROR_CONFIG
 * if this is no Inventory in CSV, or if a file of it is missing. */
KeySource *inventory_source_new(const char *path, GError **error);

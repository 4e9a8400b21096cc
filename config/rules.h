/* Validates the strings of a configuration: one function per kind, each returning the normal form (owned by
 * the caller), or NULL and an error of class ERROR_CONFIG. Private to config/. Pure. */
#pragma once

#include <glib.h>

/* s3://... or file:///..., normalised with a '/' at the end: see config/location.h. */
char *rule_location(const char *text, GError **error);

/* A relative folder of plain characters, normalised with a '/' at the end; or "none". */
char *rule_state(const char *text, GError **error);

/* http[s]://HOST[:PORT][/PATH] without user, query or fragment; a '/' at the end is dropped. */
char *rule_endpoint(const char *text, GError **error);

/* 1 to 63 of a-z A-Z 0-9 _ -: servers other than AWS have names of their own. */
char *rule_region(const char *text, GError **error);

/* 1 to 64 of a-z 0-9 _ -, optionally with @2x to @4x at the end, which `scale` appends to a name. */
char *rule_output_name(const char *text, GError **error);

/* 1 to 64 of A-Z a-z 0-9 . _ -. */
char *rule_job_name(const char *text, GError **error);

/* 1 to 64 of A-Z 0-9 _ -: servers other than AWS have storage classes of their own. */
char *rule_storage_class(const char *text, GError **error);

/* 1 to 512 printable ASCII characters, no space. */
char *rule_kms_key(const char *text, GError **error);

/* Starts with '/', fits into PATH_MAX, has no control characters. */
char *rule_absolute_path(const char *text, GError **error);

/* Where a server listens: see config/listen_address.h. */
char *rule_listen(const char *text, GError **error);

/* A cron expression: see schedule/cron.h. */
char *rule_schedule(const char *text, GError **error);

/* Permissions of a file: three octal digits, optionally preceded by 0. */
char *rule_mode(const char *text, GError **error);

/* Permissions of outputs, and of the folders for them: as rule_mode(), but their owner must have access. A
 * folder's may be preceded by 2, for setgid. */
char *rule_file_mode(const char *text, GError **error);
char *rule_dir_mode(const char *text, GError **error);

/* A group's name: 1 to 32 printable characters without space, `:` and `/`. */
char *rule_group(const char *text, GError **error);

/* "1000" or "10%": config/deletion_limit.h. */
char *rule_max_delete(const char *text, GError **error);

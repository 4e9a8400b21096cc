/* What the texts of a configuration must look like: one function per kind, each giving the form to keep
 * (owned by the caller), or NULL and an error of class ERROR_CONFIG. Private to config/. Pure. */
#pragma once

#include <glib.h>

/* s3://... or file:///..., with the '/' at its end: see config/location.h. */
char *rule_location(const char *text, GError **error);

/* http[s]://HOST[:PORT][/PATH] without user, query or fragment; a '/' at the end is dropped. */
char *rule_endpoint(const char *text, GError **error);

/* 1 to 63 of a-z A-Z 0-9 _ -: servers other than AWS name them as they like. */
char *rule_region(const char *text, GError **error);

/* 1 to 64 of a-z 0-9 _ -, and possibly @2x to @4x at the end: what `scale` makes of a name. */
char *rule_output_name(const char *text, GError **error);

/* 1 to 64 of A-Z 0-9 _ -: servers other than AWS have classes of their own. */
char *rule_storage_class(const char *text, GError **error);

/* 1 to 512 printable characters of ASCII, no space. */
char *rule_kms_key(const char *text, GError **error);

/* Starts with '/', fits PATH_MAX, no control characters. */
char *rule_absolute_path(const char *text, GError **error);

/* A cron expression: see schedule/cron.h. */
char *rule_schedule(const char *text, GError **error);

/* Permissions of a file: three octal digits, and possibly a 0 before them. */
char *rule_mode(const char *text, GError **error);

/* Permissions of outputs, and of the folders for them: the same, but their owner can use them. Those of a
 * folder may have a 2 before them, for its group. */
char *rule_file_mode(const char *text, GError **error);
char *rule_dir_mode(const char *text, GError **error);

/* A group's name: 1 to 32 printable characters without space, `:` and `/`. */
char *rule_group(const char *text, GError **error);

/* Parses one of AWS's two INI files as AWS's own tools do. Supervisor only: it holds secrets, in memory that
 * is wiped when it is freed. Immutable; single-threaded.
 *
 * - config: [profile NAME], [default], [services NAME], [sso-session NAME]; other sections are skipped
 * - credentials: [NAME]; sections with one of the words above are skipped
 *
 * A repeated section continues the first, a repeated key replaces it; [profile default] hides [default]. Keys
 * are not case-sensitive. A line that is indented deeper than the key above it belongs to that key: it is
 * "name = value" if the key has no value of its own (nested settings), else it continues the value after a
 * newline. Lines that begin with # or ; are comments, and so is the rest of a value after white space and one
 * of these. Where AWS's tools differ, a file that one of them accepts is accepted. (AWS SDKs and Tools
 * Reference Guide, "Shared config and credentials files"; the command line's parser is Python's configparser,
 * whose rule for indentation this is.) */
#pragma once

#include <glib.h>

/* Real files are a few KiB, with dozens of profiles. */
#define PROFILE_FILE_MAX_BYTES (256u << 10)

typedef enum { PROFILE_FILE_CONFIG, PROFILE_FILE_CREDENTIALS } ProfileFileKind;

typedef enum {
    PROFILE_SECTION_PROFILE,
    PROFILE_SECTION_SERVICES,
    PROFILE_SECTION_SSO_SESSION
} ProfileSection;

typedef struct ProfileFile ProfileFile;

/* Class ERROR_PERMANENT: larger than PROFILE_FILE_MAX_BYTES, a NUL byte, or a line that is none of the above.
 * The text is "PATH:LINE: what is wrong", never the line itself, which may be a secret. path is for errors
 * only. */
ProfileFile *profile_file_parse(ProfileFileKind kind, const char *path, const void *data, gsize size_bytes,
                                GError **error);

/* Loads and parses a file. A file that does not exist counts as empty. Class ERROR_PERMANENT also if it
 * cannot be read. */
ProfileFile *profile_file_load(ProfileFileKind kind, const char *path, GError **error);

/* file may be NULL. */
void profile_file_free(ProfileFile *file);

gboolean profile_file_has(const ProfileFile *file, ProfileSection section, const char *name);

/* The value of a key of [section name]; with nested, the value of "nested = value" below the key. Valid as
 * long as file. NULL if it is missing or empty. */
const char *profile_file_get(const ProfileFile *file, ProfileSection section, const char *name,
                             const char *key, const char *nested);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProfileFile, profile_file_free)

/* A configuration as plain structs with small accessors. For code that only reads a Config; config/config.h
 * makes them. A Config is immutable and owns everything in it. */
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "config/key_template.h"
#include "recipe/recipe.h"
#include "recipe/render_limits.h"
#include "schedule/timetable.h"

/* The most patterns in each of source.include and source.exclude. */
#define CONFIG_MAX_PATTERNS 100u

/* The most bytes in all names and values of one output's headers together: S3 allows 2 KiB of user
 * metadata. */
#define CONFIG_MAX_HEADER_BYTES 2048u

/* The prefix of user metadata that identifies an output's original, and the part of CONFIG_MAX_HEADER_BYTES
 * that is reserved for it. */
#define CONFIG_PROVENANCE_PREFIX    "x-amz-meta-thumbmill-"
#define CONFIG_MAX_PROVENANCE_BYTES 512u

/* Where a request names the bucket: in the path, or in the host name. */
typedef enum {
    CONFIG_ADDRESSING_AUTO, /* path with a custom endpoint, virtual with AWS */
    CONFIG_ADDRESSING_PATH,
    CONFIG_ADDRESSING_VIRTUAL,
} ConfigAddressing;

/* The checksum that is sent to S3 in addition to Content-MD5, and stored with the object. */
typedef enum {
    CONFIG_CHECKSUM_NONE,
    CONFIG_CHECKSUM_CRC32,
    CONFIG_CHECKSUM_CRC32C,
    CONFIG_CHECKSUM_SHA1,
    CONFIG_CHECKSUM_SHA256,
} ConfigChecksum;

/* How to reach one store's server; unused for a directory. The top-level `s3:` is already merged in. */
typedef struct {
    char *endpoint; /* such as "http://127.0.0.1:8000", or NULL for AWS */
    char *region;   /* or NULL if not configured */
    ConfigAddressing addressing;
    char *ca_file;           /* absolute path of a PEM file, or NULL for the system's */
    gboolean verify_etag;    /* for uploads */
    ConfigChecksum checksum; /* for uploads */
    gboolean sign_payload;   /* for uploads */
    gboolean requester_pays;
    guint32 list_version;   /* 1 or 2 */
    guint32 list_ranges;    /* in parallel; 1 lists one page after the other */
    char *credentials_file; /* absolute path, or NULL to find credentials as AWS's tools do */
    gboolean dual_stack;    /* use AWS's hosts with IPv6: no configuration key, taken from AWS's variables and
                             * profiles */
    gboolean fips;          /* use AWS's hosts with validated cryptography: no configuration key either */
} S3Config;

/* Where symbolic links in a directory of originals may lead. */
typedef enum { CONFIG_LINKS_INSIDE, CONFIG_LINKS_ANY } ConfigLinks;

typedef struct {
    char *url; /* normalised, ends with '/': see config/location.h */
    GStrv include;
    GStrv exclude;
    /* The destination's state folder, relative to url, if it is in the source: no original lies there. Else
     * "". Set in a finished configuration. */
    char own[LIMIT_KEY_BYTES + 1];
    ConfigLinks follow_links;
    S3Config s3;
} SourceConfig;

/* destination.state if nothing is kept. */
#define CONFIG_NO_STATE "none"

/* The key, below destination.url, of the object by which keep_existing is tested: uploaded, uploaded again
 * with the precondition, and deleted. */
#define CONFIG_PRECONDITION_KEY "thumbmill-precondition"

/* The information about its original that an output carries. */
typedef enum {
    CONFIG_PROVENANCE_PRIVATE, /* a digest of the original's version, which reveals nothing to others */
    CONFIG_PROVENANCE_FULL,    /* the original's ETag and version id */
    CONFIG_PROVENANCE_NONE,
} ConfigProvenance;

/* The fate of an output whose original is gone. */
typedef enum {
    CONFIG_ORPHANS_KEEP,
    CONFIG_ORPHANS_DELETE, /* each pass that has compared everything deletes them */
} ConfigOrphans;

typedef struct {
    char *url;                   /* normalised, ends with '/' */
    ConfigProvenance provenance; /* for each output in a bucket */
    char *state;                 /* the folder below url for what thumbmill itself keeps there, ends with '/';
                                  * "none": nothing is kept. See config_state_key() */
    gboolean keep_existing;      /* whether an object that appears where an output was missing is kept (in a
                                  * bucket) */
    gboolean create;             /* whether to create a missing directory with its parents */
    ConfigOrphans orphans;
    gint64 orphan_grace_ms; /* an orphan is kept until it has been one for so long */
    char *max_delete;       /* config/deletion_limit.h */
    char *file_mode;        /* octal, for outputs in a directory: "0644" */
    char *dir_mode;         /* octal, for folders that are created */
    S3Config s3;
} DestinationConfig;

typedef struct {
    char *name;
    char *value;
} PairConfig;

/* S3's canned access control lists. */
typedef enum {
    CONFIG_ACL_NONE, /* the header is not sent */
    CONFIG_ACL_PRIVATE,
    CONFIG_ACL_PUBLIC_READ,
    CONFIG_ACL_PUBLIC_READ_WRITE,
    CONFIG_ACL_AUTHENTICATED_READ,
    CONFIG_ACL_AWS_EXEC_READ,
    CONFIG_ACL_BUCKET_OWNER_READ,
    CONFIG_ACL_BUCKET_OWNER_FULL_CONTROL,
} ConfigAcl;

/* The encryption that is requested from a bucket. */
typedef enum {
    CONFIG_ENCRYPTION_NONE, /* the header is not sent */
    CONFIG_ENCRYPTION_AES256,
    CONFIG_ENCRYPTION_KMS,
    CONFIG_ENCRYPTION_KMS_DSSE,
} ConfigEncryption;

/* The largest `scale`: no screen has a higher pixel density. */
#define CONFIG_MAX_SCALE 4u

typedef struct {
    char *name;   /* [a-z0-9_-]{1,64}(@[2-4]x)?, unique */
    GStrv match;  /* patterns of the originals' keys from which it is made */
    GStrv except; /* patterns of those from which it is not */
    guint32
        scales; /* as configured, bit n for scale n; in a finished configuration each output has the scale 1
                 * only */
    Recipe recipe;
    /* {recipe}: the beginning of the hash of the recipe. Set in a finished configuration. */
    char recipe_id[KEY_TEMPLATE_RECIPE_DIGITS + 1];
    KeyTemplate *key;
    GPtrArray *headers; /* of PairConfig; sent with each upload in addition to Content-Type */
    ConfigAcl acl;      /* acl and all following fields apply to buckets; sent only if set */
    char *storage_class;
    ConfigEncryption encryption;
    char *kms_key;       /* for an encryption by KMS; NULL for the bucket's own key */
    GPtrArray *tags;     /* of PairConfig */
    GStrv copy_metadata; /* patterns for the names of the original's user metadata to copy */
} OutputConfig;

typedef struct {
    guint32 count; /* or 0 for the number of CPUs that this process may use */
    guint32 max_tasks_per_child;
    gint64 task_timeout_ms;
    guint32 tasks_in_flight; /* per worker, or 0 for as many as keep its imager busy */
} WorkersConfig;

/* How a run treats outputs whose recipe has changed since they were made. */
typedef enum { CONFIG_RECIPE_CHANGE_REPORT, CONFIG_RECIPE_CHANGE_REMAKE } ConfigRecipeChange;

/* Handling of truncated sources. */
typedef enum { CONFIG_TRUNCATED_FAIL, CONFIG_TRUNCATED_ACCEPT } ConfigTruncated;

typedef struct {
    guint64 max_pixels;
    guint64 max_source_bytes; /* at most LIMIT_BLOB_BYTES */
    guint64 max_output_bytes; /* at most LIMIT_BLOB_BYTES */
    guint64 memory_bytes;     /* of all imagers together, or 0 for half of the available memory */
    guint32 max_frames;
    ConfigTruncated truncated;
} LimitsConfig;

typedef struct {
    guint32 attempts; /* of one request, including the first */
    guint32 runs;     /* in which an object may fail temporarily before it rests */
    guint32 alike;    /* number of objects at a pass's beginning: if nearly all of them fail alike, the pass
                       * stops; 0 disables the check */
    gint64 outage_ms; /* how long a pass waits for an unavailable store */
} RetriesConfig;

/* The daemon's control socket. */
typedef struct {
    char *socket; /* absolute, or NULL for the service manager's, if there is one */
    char *mode;   /* octal, such as "0600" */
    char *group;  /* may be NULL */
} ControlConfig;

/* The daemon's web server. */
typedef struct {
    char *listen; /* config/listen_address.h; or NULL */
} HttpConfig;

/* Files that are written about each run. */
typedef struct {
    char *objects; /* absolute; may be NULL */
} ReportConfig;

/* Where metrics go. */
typedef struct {
    char *textfile; /* absolute; may be NULL */
} MetricsConfig;

/* Whether the program starts although the runtime or kernel forbids a layer of the imagers' sandbox. */
typedef enum { CONFIG_SANDBOX_REQUIRED, CONFIG_SANDBOX_BEST_EFFORT } ConfigSandbox;

/* One job. The fields from workers on, except those for its timetable, are the same in all jobs of a file. */
typedef struct {
    char *name; /* of the job */
    SourceConfig source;
    DestinationConfig destination;
    GPtrArray *outputs; /* of OutputConfig, 1 .. LIMIT_OUTPUTS */
    WorkersConfig workers;
    LimitsConfig limits;
    RetriesConfig retries;
    ConfigRecipeChange recipe_change;
    gint64 stop_timeout_ms;
    char *schedule;  /* a cron expression; may be NULL */
    gint64 every_ms; /* or 0 if not configured */
    gint64 jitter_ms;
    TimetableMissed missed;
    gint64 heartbeat_timeout_ms; /* of the daemon's supervisor */
    ControlConfig control;
    HttpConfig http;
    ReportConfig report;
    MetricsConfig metrics;
    ConfigSandbox sandbox;
    char *state_directory; /* absolute, or NULL if not configured */
} Config;

/* Whether any output copies metadata of its original. */
gboolean config_copies_metadata(const Config *config);

/* Output number i, which must be below config->outputs->len. */
const OutputConfig *config_output(const Config *config, guint i);

/* The names used by S3 and the configuration; "none" if none is set. */
const char *config_acl_name(ConfigAcl acl);
const char *config_encryption_name(ConfigEncryption encryption);

/* The limits that apply to rendering. */
RenderLimits config_render_limits(const Config *config);

/* The memory for decoding, in all imagers together: as configured, or half of that of the machine or
 * cgroup. */
guint64 config_memory_bytes(const Config *config);

/* The number of workers: as configured, or one for each CPU that this process may use. */
guint config_workers(const Config *config);

/* When the daemon is to begin passes: a timetable to start. */
Timetable config_timetable(const Config *config);

/* The key of a file in the state folder, relative to the destination's prefix. Owned by the caller; NULL if
 * no state is kept. */
char *config_state_key(const Config *config, const char *name);

/* Whether a key, relative to the destination's prefix, lies in the state folder: no output may have it. */
gboolean config_is_state_key(const Config *config, const char *key);

/* Whether this output is made from the original with this key: by match and except. */
gboolean output_config_takes(const OutputConfig *output, const char *key);

/* The values for expanding this output's key template; they borrow from output. */
KeyTemplateValues output_config_values(const OutputConfig *output);

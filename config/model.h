/* A configuration as plain structs, and their small readers. Whoever only reads a Config includes this;
 * config/config.h makes them. Nobody changes a Config after it is made, and everything in it is owned by it.
 */
#pragma once

#include <glib.h>

#include "config/key_template.h"
#include "recipe/recipe.h"
#include "recipe/render_limits.h"
#include "schedule/timetable.h"

/* Patterns in one of source.include and source.exclude. */
#define CONFIG_MAX_PATTERNS 100u

/* All names and values of one output's headers together: S3 allows 2 KiB of user metadata. */
#define CONFIG_MAX_HEADER_BYTES 2048u

/* User metadata that says where an output comes from, and what is kept free for it of
 * CONFIG_MAX_HEADER_BYTES. */
#define CONFIG_PROVENANCE_PREFIX    "x-amz-meta-thumbmill-"
#define CONFIG_MAX_PROVENANCE_BYTES 512u

/* How a bucket is named in a request: in the path, or in the host name. */
typedef enum {
    CONFIG_ADDRESSING_AUTO, /* path with an endpoint of one's own, virtual with AWS */
    CONFIG_ADDRESSING_PATH,
    CONFIG_ADDRESSING_VIRTUAL,
} ConfigAddressing;

/* What S3 is told beside an upload's Content-MD5, and keeps. */
typedef enum {
    CONFIG_CHECKSUM_NONE,
    CONFIG_CHECKSUM_CRC32,
    CONFIG_CHECKSUM_CRC32C,
    CONFIG_CHECKSUM_SHA1,
    CONFIG_CHECKSUM_SHA256,
} ConfigChecksum;

/* How to reach one store's server; of no meaning for a directory. The top-level `s3:` is already merged in.
 */
typedef struct {
    char *endpoint; /* "http://127.0.0.1:8000"; NULL: AWS */
    char *region;   /* NULL: not configured */
    ConfigAddressing addressing;
    char *ca_file;           /* absolute path of a PEM file; NULL: the system's */
    gboolean verify_etag;    /* of uploads */
    ConfigChecksum checksum; /* of uploads */
    gboolean sign_payload;   /* of uploads */
    gboolean requester_pays;
    guint32 list_version;   /* 1 or 2 */
    guint32 list_ranges;    /* at once; 1: one page after the other */
    char *credentials_file; /* absolute path; NULL: as AWS's tools find them */
    gboolean dual_stack;    /* AWS's hosts with IPv6: not configured, but of AWS's variables and profiles */
    gboolean fips;          /* AWS's hosts with validated cryptography: the same */
} S3Config;

/* Where symbolic links in a directory of originals may lead. */
typedef enum { CONFIG_LINKS_INSIDE, CONFIG_LINKS_ANY } ConfigLinks;

typedef struct {
    char *url; /* normalised, ends with '/': see config/location.h */
    GStrv include;
    GStrv exclude;
    ConfigLinks follow_links;
    S3Config s3;
} SourceConfig;

/* What an output says of its original. */
typedef enum {
    CONFIG_PROVENANCE_PRIVATE, /* which version it is, in a form that tells nobody else anything */
    CONFIG_PROVENANCE_FULL,    /* its ETag and version id */
    CONFIG_PROVENANCE_NONE,
} ConfigProvenance;

typedef struct {
    char *url;                   /* normalised, ends with '/' */
    ConfigProvenance provenance; /* of each output in a bucket */
    gboolean keep_existing;      /* whether what turns up where an output was missing stays (in a bucket) */
    gboolean create;             /* whether a directory is made together with those above it */
    char *file_mode;             /* octal, of outputs in a directory: "0644" */
    char *dir_mode;              /* octal, of folders that are made */
    S3Config s3;
} DestinationConfig;

typedef struct {
    char *name;
    char *value;
} PairConfig;

/* S3's canned access control lists. */
typedef enum {
    CONFIG_ACL_NONE, /* nothing is said */
    CONFIG_ACL_PRIVATE,
    CONFIG_ACL_PUBLIC_READ,
    CONFIG_ACL_PUBLIC_READ_WRITE,
    CONFIG_ACL_AUTHENTICATED_READ,
    CONFIG_ACL_AWS_EXEC_READ,
    CONFIG_ACL_BUCKET_OWNER_READ,
    CONFIG_ACL_BUCKET_OWNER_FULL_CONTROL,
} ConfigAcl;

/* How a bucket is asked to encrypt. */
typedef enum {
    CONFIG_ENCRYPTION_NONE, /* nothing is said */
    CONFIG_ENCRYPTION_AES256,
    CONFIG_ENCRYPTION_KMS,
    CONFIG_ENCRYPTION_KMS_DSSE,
} ConfigEncryption;

/* The most of `scale`: no screen has more pixels to the inch. */
#define CONFIG_MAX_SCALE 4u

typedef struct {
    char *name; /* [a-z0-9_-]{1,64}(@[2-4]x)?, unique */
    guint32
        scales; /* as written, bit n for n; in a finished configuration each output has the scale 1 only */
    Recipe recipe;
    KeyTemplate *key;
    GPtrArray *headers; /* of PairConfig; sent with each upload beside the Content-Type */
    ConfigAcl acl;      /* this and the rest: of a bucket; sent only if it is there */
    char *storage_class;
    ConfigEncryption encryption;
    char *kms_key;       /* of an encryption by KMS; NULL: the bucket's own */
    GPtrArray *tags;     /* of PairConfig */
    GStrv copy_metadata; /* patterns of the names of the original's own metadata that it gets too */
} OutputConfig;

typedef struct {
    guint32 count; /* 0: as many as there are CPUs for this process */
    guint32 max_tasks_per_child;
    gint64 task_timeout_ms;
    guint32 tasks_in_flight; /* per worker; 0: as many as keep its imager busy */
} WorkersConfig;

/* What becomes of a source that ends too early. */
typedef enum { CONFIG_TRUNCATED_FAIL, CONFIG_TRUNCATED_ACCEPT } ConfigTruncated;

typedef struct {
    guint64 max_pixels;
    guint64 max_source_bytes; /* at most LIMIT_BLOB_BYTES */
    guint64 max_output_bytes; /* the same */
    guint64 memory_bytes;     /* of all imagers together; 0: half of what there is */
    guint32 max_frames;
    ConfigTruncated truncated;
} LimitsConfig;

typedef struct {
    guint32 attempts; /* of one request, the first included */
    guint32 runs;     /* in which an object may fail in a passing way before it rests */
    guint32 alike; /* objects with which a pass begins: if nearly all of them fail alike it stops; 0: it goes
                      on */
    gint64 outage_ms; /* how long a pass waits for a store that is away */
} RetriesConfig;

/* The daemon's control socket. */
typedef struct {
    char *socket; /* absolute; NULL: where the service manager says, or none */
    char *mode;   /* octal: "0600" */
    char *group;  /* NULL: none */
} ControlConfig;

/* What becomes of a start where the runtime or kernel forbids a layer of the imagers' sandbox. */
typedef enum { CONFIG_SANDBOX_REQUIRED, CONFIG_SANDBOX_BEST_EFFORT } ConfigSandbox;

typedef struct {
    SourceConfig source;
    DestinationConfig destination;
    GPtrArray *outputs; /* of OutputConfig, 1 .. LIMIT_OUTPUTS */
    WorkersConfig workers;
    LimitsConfig limits;
    RetriesConfig retries;
    gint64 stop_timeout_ms;
    char *schedule;  /* a cron expression; NULL: none */
    gint64 every_ms; /* 0: not so */
    gint64 jitter_ms;
    TimetableMissed missed;
    gint64 heartbeat_timeout_ms; /* of the daemon's supervisor */
    ControlConfig control;
    ConfigSandbox sandbox;
    char *state_directory; /* absolute; NULL: not configured */
} Config;

/* Whether an output gets metadata of its original. */
gboolean config_copies_metadata(const Config *config);

/* Output number i, which must be below config->outputs->len. */
const OutputConfig *config_output(const Config *config, guint i);

/* As S3 and the configuration spell them; "none" for none. */
const char *config_acl_name(ConfigAcl acl);
const char *config_encryption_name(ConfigEncryption encryption);

/* What of limits a rendering needs to know. */
RenderLimits config_render_limits(const Config *config);

/* The memory for decoding, in all imagers together: as it says, or half of what the machine or its cgroup
 * has. */
guint64 config_memory_bytes(const Config *config);

/* How many workers it wants: as it says, or one for each CPU that this process may use. */
guint config_workers(const Config *config);

/* When the daemon is to begin passes: a timetable to start. */
Timetable config_timetable(const Config *config);

/* The values with which this output's key template expands; they borrow from output. */
KeyTemplateValues output_config_values(const OutputConfig *output);

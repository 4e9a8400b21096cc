#include "config/schema.h"

#include "base/limits.h"
#include "config/header_list.h"
#include "config/model.h"
#include "config/rules.h"
#include "config/tag_list.h"

#define SECOND_MS G_GUINT64_CONSTANT(1000)
#define DAY_MS    (SECOND_MS * 60 * 60 * 24)

/* Each range keeps a page of up to a megabyte in memory. */
#define MAX_LIST_RANGES 64

static const char *fit_name(guint value)
{
    return recipe_fit_name((Fit)value);
}

static const char *crop_name(guint value)
{
    return recipe_crop_name((Crop)value);
}

static const char *profile_name(guint value)
{
    return recipe_profile_name((Profile)value);
}

static const char *metadata_name(guint value)
{
    return recipe_metadata_name((Metadata)value);
}

static const char *subsampling_name(guint value)
{
    return recipe_subsampling_name((Subsampling)value);
}

static const char *encoder_name(guint value)
{
    return recipe_encoder_name((Encoder)value);
}

static const char *format_name(guint value)
{
    const FormatInfo *info = format_info((ImageFormat)value);

    return info->can_encode ? info->name : NULL;
}

static const char *addressing_name(guint value)
{
    static const char *const names[] = {
        [CONFIG_ADDRESSING_AUTO] = "auto",
        [CONFIG_ADDRESSING_PATH] = "path",
        [CONFIG_ADDRESSING_VIRTUAL] = "virtual",
    };

    return names[value];
}

static const char *checksum_name(guint value)
{
    static const char *const names[] = {
        [CONFIG_CHECKSUM_NONE] = "none",     [CONFIG_CHECKSUM_CRC32] = "crc32",
        [CONFIG_CHECKSUM_CRC32C] = "crc32c", [CONFIG_CHECKSUM_SHA1] = "sha1",
        [CONFIG_CHECKSUM_SHA256] = "sha256",
    };

    return names[value];
}

static const char *acl_name(guint value)
{
    return config_acl_name((ConfigAcl)value);
}

static const char *encryption_name(guint value)
{
    return config_encryption_name((ConfigEncryption)value);
}

static const char *truncated_name(guint value)
{
    return value == CONFIG_TRUNCATED_FAIL ? "fail" : "accept";
}

static const char *sandbox_name(guint value)
{
    return value == CONFIG_SANDBOX_REQUIRED ? "required" : "best-effort";
}

static const char *missed_name(guint value)
{
    return value == TIMETABLE_MISSED_RUN ? "run" : "skip";
}

static const char *links_name(guint value)
{
    return value == CONFIG_LINKS_INSIDE ? "inside" : "any";
}

static const char *orphans_name(guint value)
{
    return value == CONFIG_ORPHANS_KEEP ? "keep" : "delete";
}

static const char *provenance_name(guint value)
{
    static const char *const names[] = {
        [CONFIG_PROVENANCE_PRIVATE] = "private",
        [CONFIG_PROVENANCE_FULL] = "full",
        [CONFIG_PROVENANCE_NONE] = "none",
    };

    return names[value];
}

static const char *recipe_change_name(guint value)
{
    return value == CONFIG_RECIPE_CHANGE_REPORT ? "report" : "remake";
}

static const char *const crop_aliases[] = {"center", "centre", NULL};
static const char *const format_aliases[] = {"jpg", "jpeg", NULL};
static const char *const provenance_aliases[] = {"true", "private", "false", "none", NULL};

static const FieldChoices provenance_choices = {CONFIG_PROVENANCE_NONE + 1, provenance_name,
                                                provenance_aliases};
static const FieldChoices recipe_change_choices = {CONFIG_RECIPE_CHANGE_REMAKE + 1, recipe_change_name, NULL};
static const FieldChoices orphans_choices = {CONFIG_ORPHANS_DELETE + 1, orphans_name, NULL};
static const FieldChoices links_choices = {CONFIG_LINKS_ANY + 1, links_name, NULL};
static const FieldChoices fit_choices = {FIT_LAST + 1, fit_name, NULL};
static const FieldChoices crop_choices = {CROP_LAST + 1, crop_name, crop_aliases};
static const FieldChoices format_choices = {FORMAT_LAST + 1, format_name, format_aliases};
static const FieldChoices profile_choices = {PROFILE_LAST + 1, profile_name, NULL};
static const FieldChoices metadata_choices = {METADATA_LAST + 1, metadata_name, NULL};
static const FieldChoices subsampling_choices = {SUBSAMPLING_LAST + 1, subsampling_name, NULL};
static const FieldChoices encoder_choices = {ENCODER_LAST + 1, encoder_name, NULL};
static const FieldChoices addressing_choices = {CONFIG_ADDRESSING_VIRTUAL + 1, addressing_name, NULL};
static const FieldChoices checksum_choices = {CONFIG_CHECKSUM_SHA256 + 1, checksum_name, NULL};
static const FieldChoices truncated_choices = {CONFIG_TRUNCATED_ACCEPT + 1, truncated_name, NULL};
static const FieldChoices sandbox_choices = {CONFIG_SANDBOX_BEST_EFFORT + 1, sandbox_name, NULL};
static const FieldChoices missed_choices = {TIMETABLE_MISSED_LAST + 1, missed_name, NULL};

static const FieldChoices acl_choices = {CONFIG_ACL_BUCKET_OWNER_FULL_CONTROL + 1, acl_name, NULL};
static const FieldChoices encryption_choices = {CONFIG_ENCRYPTION_KMS_DSSE + 1, encryption_name, NULL};

/* clang-format off */
#define SECTION(fields, type) {fields, G_N_ELEMENTS(fields), sizeof(type)}
/* clang-format on */

static const Field s3_fields[] = {
    {"endpoint", FIELD_STRING, offsetof(S3Config, endpoint),
     "The server, http://HOST:PORT or https://HOST. If omitted: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the "
     "profile's endpoint_url; otherwise AWS.",
     .normalise = rule_endpoint},
    {"region", FIELD_STRING, offsetof(S3Config, region),
     "The region that requests are signed for. If omitted: AWS_REGION, AWS_DEFAULT_REGION or the profile's "
     "region; otherwise us-east-1.",
     .normalise = rule_region},
    {"addressing", FIELD_CHOICE, offsetof(S3Config, addressing),
     "Where the bucket's name goes in a request. auto: in the path if an endpoint is set, in the host name "
     "at AWS.",
     .initial = "auto", .choices = &addressing_choices},
    {"ca_file", FIELD_STRING, offsetof(S3Config, ca_file),
     "Absolute path of a PEM file with the certificate authorities to trust. If omitted: AWS_CA_BUNDLE or "
     "the profile's ca_bundle; otherwise the system's.",
     .normalise = rule_absolute_path},
    {"credentials_file", FIELD_STRING, offsetof(S3Config, credentials_file),
     "Absolute path of a file with the credentials: an AWS credentials file, of which [default] is used, or "
     "the JSON that a credential_process prints. If omitted: s3-credentials in $CREDENTIALS_DIRECTORY "
     "(systemd's LoadCredential=) if it exists, otherwise the places that AWS's tools search.",
     .normalise = rule_absolute_path},
    {"verify_etag", FIELD_FLAG, offsetof(S3Config, verify_etag),
     "Whether an upload fails if the server's ETag looks like an MD5 and is not the MD5 of the uploaded "
     "bytes. Set it to false for servers whose ETags only look like an MD5.",
     .initial = "true"},
    {"checksum", FIELD_CHOICE, offsetof(S3Config, checksum),
     "The digest to send with each upload as x-amz-checksum-*, for servers that verify and store it. "
     "Content-MD5 is always sent.",
     .initial = "none", .choices = &checksum_choices},
    {"sign_payload", FIELD_FLAG, offsetof(S3Config, sign_payload),
     "Whether the signature of an upload covers the SHA-256 of its bytes (in headers). Otherwise uploads use "
     "presigned URLs, whose signature does not cover the bytes.",
     .initial = "false"},
    {"requester_pays", FIELD_FLAG, offsetof(S3Config, requester_pays),
     "Whether this account agrees to pay for the requests. Requester-pays buckets refuse requests without "
     "it.",
     .initial = "false"},
    {"list_version", FIELD_UINT, offsetof(S3Config, list_version),
     "Version of the list request: 2, or 1 for servers that do not support version 2 or handle version 1 "
     "better.",
     .initial = "2", .min = 1, .max = 2},
    {"list_ranges", FIELD_UINT, offsetof(S3Config, list_ranges),
     "About how many requests list the buckets in parallel, where they are large: each of a range of keys, "
     "of the source or of "
     "an output. 1: each sequentially, in key order.",
     .initial = "8", .min = 1, .max = MAX_LIST_RANGES},
};
static const Section s3_section = SECTION(s3_fields, S3Config);

static const Field source_fields[] = {
    {"url", FIELD_STRING, offsetof(SourceConfig, url),
     "Where the originals are: s3://BUCKET/, s3://BUCKET/PREFIX/ or file:///DIRECTORY/. A file counts as "
     "changed when its ctime is newer, so chmod counts too.",
     .is_required = TRUE, .normalise = rule_location},
    {"include", FIELD_PATTERNS, offsetof(SourceConfig, include),
     "Patterns of the keys to process, relative to url. `*` matches anything including `/`, `?` matches one "
     "character. Case is ignored.",
     .initial =
         "*.jpg *.jpeg *.jpe *.jfif *.png *.apng *.webp *.gif *.tif *.tiff *.heic *.heif *.hif *.avif"},
    {"exclude", FIELD_PATTERNS, offsetof(SourceConfig, exclude), "Patterns of keys to exclude from these.",
     .initial = NULL},
    {"follow_links", FIELD_CHOICE, offsetof(SourceConfig, follow_links),
     "Which symbolic links of a directory are followed. inside: links to targets below the directory; others "
     "are skipped with a warning. any: also links to other places, to everything that this user can read. "
     "Whoever can create files in the directory can then publish those places. Because of the workers' "
     "sandbox, links out of the directory work in its top folder only.",
     .initial = "inside", .choices = &links_choices},
    {"s3", FIELD_SECTION, offsetof(SourceConfig, s3),
     "Connection settings of the source that differ from the top-level s3.", .inherits = TRUE,
     .section = &s3_section},
};
static const Section source_section = SECTION(source_fields, SourceConfig);

static const Field destination_fields[] = {
    {"url", FIELD_STRING, offsetof(DestinationConfig, url), "Where the outputs go; same forms as source.url.",
     .is_required = TRUE, .normalise = rule_location},
    {"provenance", FIELD_CHOICE, offsetof(DestinationConfig, provenance),
     "Metadata about the original on each output in a bucket, visible to everybody who can read the output. "
     "private: " CONFIG_PROVENANCE_PREFIX
     "version, -recipe (a hash) and -source, 8 hexadecimal digits that only distinguish versions of the "
     "original; true means the same. full: instead of -source, the original's ETag (as -source-etag), which "
     "usually is the MD5 of its bytes, and its version id. none or false: no metadata.",
     .initial = "private", .choices = &provenance_choices},
    {"state", FIELD_STRING, offsetof(DestinationConfig, state),
     "Folder below url for recipes.json, which records since when each output's recipe has been in force, so "
     "that a changed recipe is noticed. No output may have a key in this folder, and no object in it counts "
     "as an original. none: no record is kept, and a changed recipe does not affect existing outputs.",
     .initial = ".thumbmill/", .normalise = rule_state},
    {"keep_existing", FIELD_FLAG, offsetof(DestinationConfig, keep_existing),
     "Whether an output that was missing when the bucket was listed is uploaded only if it is still missing "
     "(If-None-Match: *). Each run first tests whether the server supports this.",
     .initial = "false"},
    {"create", FIELD_FLAG, offsetof(DestinationConfig, create),
     "Whether a missing directory is created together with all its parents. Otherwise it is created only if "
     "its parent exists, because a missing parent can mean that a file system is not mounted.",
     .initial = "false"},
    {"orphans", FIELD_CHOICE, offsetof(DestinationConfig, orphans),
     "What becomes of an output whose original is gone. keep: it stays; `thumbmill gc` deletes it. delete: "
     "each pass that has compared everything deletes it, as gc does: only what carries thumbmill's "
     "provenance.",
     .initial = "keep", .choices = &orphans_choices},
    {"orphan_grace", FIELD_DURATION, offsetof(DestinationConfig, orphan_grace_ms),
     "An output is deleted when it has been without its original for this long, from the first pass or gc "
     "that saw it.",
     .initial = "1d", .min = 0, .max = 366 * DAY_MS},
    {"max_delete", FIELD_STRING, offsetof(DestinationConfig, max_delete),
     "A number of objects, or a share such as 5%. Nothing is deleted if more outputs are orphans, or if more "
     "originals than that have gone since the last complete pass.",
     .initial = "10%", .normalise = rule_max_delete},
    {"file_mode", FIELD_STRING, offsetof(DestinationConfig, file_mode),
     "Permissions of output files in a directory, in octal; the umask is ignored.", .initial = "0644",
     .normalise = rule_file_mode},
    {"dir_mode", FIELD_STRING, offsetof(DestinationConfig, dir_mode),
     "Permissions of folders created for the outputs, in octal.", .initial = "0755",
     .normalise = rule_dir_mode},
    {"s3", FIELD_SECTION, offsetof(DestinationConfig, s3),
     "Connection settings of the destination that differ from the top-level s3.", .inherits = TRUE,
     .section = &s3_section},
};
static const Section destination_section = SECTION(destination_fields, DestinationConfig);

static const Field output_fields[] = {
    {"name", FIELD_STRING, offsetof(OutputConfig, name),
     "1 to 64 of a-z 0-9 _ -, unique. May end in @2x, @3x or @4x, like the names that scale generates.",
     .is_required = TRUE, .normalise = rule_output_name},
    {"match", FIELD_PATTERNS, offsetof(OutputConfig, match),
     "Patterns, like those of source.include, of the keys of originals from which this output is made.",
     .initial = "*"},
    {"except", FIELD_PATTERNS, offsetof(OutputConfig, except),
     "Patterns of keys of originals from which it is not made, although they match. An original from which "
     "no "
     "output is made is skipped.",
     .initial = NULL},
    {"preset", FIELD_RESOLVED, 0,
     "Names of presets whose keys this output has too. Its own keys win over those of presets, and a later "
     "preset over an earlier one.",
     .form = "a name or a list of names"},
    {"scale", FIELD_SET, offsetof(OutputConfig, scales),
     "Variants for high-density screens: [1, 2] produces NAME, and NAME@2x with twice the width and height.",
     .initial = "1", .min = 1, .max = CONFIG_MAX_SCALE},
    {"width", FIELD_UINT, offsetof(OutputConfig, recipe.width),
     "Width of the box, in pixels. If only one of width and height is set, the other follows from the image.",
     .initial = "auto", .zero = "auto", .min = 1, .max = RECIPE_MAX_SIDE},
    {"height", FIELD_UINT, offsetof(OutputConfig, recipe.height), "Height of the box, in pixels.",
     .initial = "auto", .zero = "auto", .min = 1, .max = RECIPE_MAX_SIDE},
    {"fit", FIELD_CHOICE, offsetof(OutputConfig, recipe.fit),
     "inside: the whole image fits into the box; outside: the image covers the box and is not cropped; "
     "cover: the image covers the box and is cropped to it; contain: like inside, padded with background to "
     "the size of the box; fill: stretched to the box.",
     .initial = "inside", .choices = &fit_choices},
    {"enlarge", FIELD_FLAG, offsetof(OutputConfig, recipe.enlarge),
     "Whether images smaller than the box are enlarged to it.", .initial = "false"},
    {"crop", FIELD_CHOICE, offsetof(OutputConfig, recipe.crop),
     "The part that fit cover keeps. attention: the part most likely to draw the eye; entropy: the part with "
     "the most detail.",
     .initial = "centre", .choices = &crop_choices},
    {"background", FIELD_COLOUR, offsetof(OutputConfig, recipe.background),
     "Background colour, for transparent images in formats without transparency and for the padding of fit "
     "contain.",
     .initial = "#ffffff"},
    {"format", FIELD_CHOICE, offsetof(OutputConfig, recipe.format),
     "The output format. source: the original's format, or jpeg for formats that can only be read (HEIC).",
     .initial = "jpeg", .choices = &format_choices},
    {"quality", FIELD_UINT, offsetof(OutputConfig, recipe.quality),
     "Quality, for jpeg, webp and avif. auto: 80, 80 and 50.", .initial = "auto", .zero = "auto", .min = 1,
     .max = 100},
    {"effort", FIELD_UINT, offsetof(OutputConfig, recipe.effort),
     "CPU time to spend on smaller files, for png, webp, gif and avif. auto: the encoder's default; 4 for "
     "avif.",
     .initial = "auto", .zero = "auto", .min = 1, .max = RECIPE_MAX_EFFORT},
    {"lossless", FIELD_FLAG, offsetof(OutputConfig, recipe.lossless),
     "Lossless compression, for webp and avif.", .initial = "false"},
    {"progressive", FIELD_FLAG, offsetof(OutputConfig, recipe.progressive),
     "Progressive jpeg or interlaced png: displayed coarse first. Takes more time to encode and to display.",
     .initial = "false"},
    {"subsampling", FIELD_CHOICE, offsetof(OutputConfig, recipe.subsampling),
     "Chroma subsampling, for jpeg and avif. auto: 4:2:0 below quality 90.", .initial = "auto",
     .choices = &subsampling_choices},
    {"encoder", FIELD_CHOICE, offsetof(OutputConfig, recipe.encoder),
     "Encoder for avif. aom: libaom; svt: SVT-AV1, a plug-in of libheif that is not installed everywhere, "
     "supports 4:2:0 only and needs three times the memory; auto: the one that libheif prefers, which is "
     "libaom.",
     .initial = "auto", .choices = &encoder_choices},
    {"palette", FIELD_FLAG, offsetof(OutputConfig, recipe.palette),
     "Palette of at most 256 colours, for png.", .initial = "false"},
    {"max_bytes", FIELD_SIZE, offsetof(OutputConfig, recipe.max_bytes),
     "Maximum size of the output. The quality is lowered until it fits.", .initial = "none", .zero = "none",
     .min = 1, .max = LIMIT_BLOB_BYTES},
    {"profile", FIELD_CHOICE, offsetof(OutputConfig, recipe.profile),
     "Colour profile of the output. srgb: convert to sRGB; keep: keep the original's profile, except that "
     "CMYK and high dynamic range become sRGB; p3: convert to Display P3.",
     .initial = "srgb", .choices = &profile_choices},
    {"metadata", FIELD_CHOICE, offsetof(OutputConfig, recipe.metadata),
     "strip: no metadata; keep: the original's metadata, without entries that no longer hold for the output; "
     "copyright: copyright and artist only.",
     .initial = "strip", .choices = &metadata_choices},
    {"linear", FIELD_FLAG, offsetof(OutputConfig, recipe.linear),
     "Resize in linear light, which preserves the brightness of fine bright patterns. Takes more time.",
     .initial = "false"},
    {"sharpen", FIELD_UINT, offsetof(OutputConfig, recipe.sharpen), "Amount of sharpening after resizing.",
     .initial = "0", .min = 0, .max = RECIPE_MAX_SHARPEN},
    {"frames", FIELD_UINT, offsetof(OutputConfig, recipe.max_frames),
     "Frames of an animation to keep, in webp and gif. 1: a still image. all: up to limits.max_frames.",
     .initial = "all", .zero = "all", .min = 1, .max = RECIPE_MAX_FRAMES},
    {"key", FIELD_TEMPLATE, offsetof(OutputConfig, key),
     "The output's key, relative to destination.url. {output} is the output's name, {dir} the source key up "
     "to its last `/`, {name} the rest, {stem} the rest without its extension, {ext} the extension of the "
     "format (for the format source, the source key's extension), {width} and {height} the size of the box, "
     "{recipe} 8 digits that change with every option that changes the output's bytes. {{ is a literal "
     "brace.",
     .initial = "{output}/{dir}{stem}.{ext}"},
    {"headers", FIELD_PAIRS, offsetof(OutputConfig, headers),
     "Headers to send with each upload: Cache-Control, Content-Disposition, Content-Language, Expires, "
     "x-amz-meta-*.",
     .initial = NULL, .add_pair = header_list_add},
    {"acl", FIELD_CHOICE, offsetof(OutputConfig, acl),
     "S3 canned access control list for each upload. none: the bucket decides; most buckets allow nothing "
     "else.",
     .initial = "none", .choices = &acl_choices},
    {"storage_class", FIELD_STRING, offsetof(OutputConfig, storage_class),
     "S3 storage class, such as STANDARD_IA. If omitted: the bucket's default.",
     .normalise = rule_storage_class},
    {"encryption", FIELD_CHOICE, offsetof(OutputConfig, encryption),
     "Server-side encryption, with the server's key (AES256) or a key of its key service. none: the bucket's "
     "default.",
     .initial = "none", .choices = &encryption_choices},
    {"kms_key", FIELD_STRING, offsetof(OutputConfig, kms_key),
     "Key for encryption aws:kms: its id, ARN or alias. If omitted: the bucket's default.",
     .normalise = rule_kms_key},
    {"copy_metadata", FIELD_PATTERNS, offsetof(OutputConfig, copy_metadata),
     "Patterns of the original's user metadata (names without x-amz-meta-) to copy to the outputs. Costs one "
     "HEAD request per original that is processed.",
     .initial = NULL},
    {"tags", FIELD_PAIRS, offsetof(OutputConfig, tags), "S3 object tags, at most ten.", .initial = NULL,
     .add_pair = tag_list_add},
};
const Section schema_output = SECTION(output_fields, OutputConfig);

static const Field workers_fields[] = {
    {"count", FIELD_UINT, offsetof(WorkersConfig, count),
     "Number of worker processes; each has one imager. auto: the number of CPUs that this process may use.",
     .initial = "auto", .zero = "auto", .min = 1, .max = LIMIT_WORKERS},
    {"max_tasks_per_child", FIELD_UINT, offsetof(WorkersConfig, max_tasks_per_child),
     "Number of objects after which an imager is replaced by a fresh process.", .initial = "1000", .min = 1,
     .max = 1000000000},
    {"task_timeout", FIELD_DURATION, offsetof(WorkersConfig, task_timeout_ms),
     "Time limit for one object; a slower object fails.", .initial = "60s", .min = SECOND_MS, .max = DAY_MS},
    {"tasks_in_flight", FIELD_UINT, offsetof(WorkersConfig, tasks_in_flight),
     "Number of objects that one worker transfers in parallel. auto: as many as keep its imager busy, up to "
     "64. More than 4 are used only while the originals in flight take less than a quarter of limits.memory, "
     "and never more than the limit of open files allows (5 per object, plus 2 per output).",
     .initial = "auto", .zero = "auto", .min = 1, .max = LIMIT_TASKS_IN_FLIGHT},
};
static const Section workers_section = SECTION(workers_fields, WorkersConfig);

static const Field limits_fields[] = {
    {"max_pixels", FIELD_SIZE, offsetof(LimitsConfig, max_pixels),
     "Maximum number of pixels of an original; a larger image fails before it is decoded.", .initial = "100M",
     .min = 1, .max = G_GUINT64_CONSTANT(10000000000)},
    {"max_source_bytes", FIELD_SIZE, offsetof(LimitsConfig, max_source_bytes),
     "Maximum size of an original; a larger object fails before it is downloaded.", .initial = "256M",
     .min = 1, .max = LIMIT_BLOB_BYTES},
    {"max_output_bytes", FIELD_SIZE, offsetof(LimitsConfig, max_output_bytes),
     "Maximum size of one output; an object with a larger output fails.", .initial = "256M", .min = 1,
     .max = LIMIT_BLOB_BYTES},
    {"max_frames", FIELD_UINT, offsetof(LimitsConfig, max_frames),
     "Maximum number of frames of an animation; further frames are dropped.", .initial = "500", .min = 1,
     .max = RECIPE_MAX_FRAMES},
    {"truncated", FIELD_CHOICE, offsetof(LimitsConfig, truncated),
     "Whether a truncated image fails, or is rendered as far as it could be decoded.", .initial = "fail",
     .choices = &truncated_choices},
    {"memory", FIELD_SIZE, offsetof(LimitsConfig, memory_bytes),
     "Memory for decoding, in all imagers together. auto: half of the memory of the machine or its cgroup.",
     .initial = "auto", .zero = "auto", .min = G_GUINT64_CONSTANT(64) << 20,
     .max = G_GUINT64_CONSTANT(1) << 50},
};
static const Section limits_section = SECTION(limits_fields, LimitsConfig);

static const Field retries_fields[] = {
    {"attempts", FIELD_UINT, offsetof(RetriesConfig, attempts),
     "Attempts of one request that fails with a transient error, including the first.", .initial = "5",
     .min = 1, .max = 20},
    {"runs", FIELD_UINT, offsetof(RetriesConfig, runs),
     "Number of consecutive runs in which an object may fail with a transient error. After that it is "
     "deferred for an hour, and for twice as long after each further failure, up to a day.",
     .initial = "5", .min = 1, .max = 1000},
    {"alike", FIELD_UINT, offsetof(RetriesConfig, alike),
     "Number of objects at the start of a pass that are checked for a common failure: if 95 % of them fail "
     "for the same reason, the pass stops with an error and the failures are not remembered. never: the pass "
     "continues.",
     .initial = "100", .zero = "never", .min = 10, .max = 100000},
    {"outage", FIELD_DURATION, offsetof(RetriesConfig, outage_ms),
     "How long a run waits for a store that became unavailable or full before it ends. No object fails in "
     "the meantime.",
     .initial = "10m", .min = 0, .max = DAY_MS},
};
static const Section retries_section = SECTION(retries_fields, RetriesConfig);

static const Field control_fields[] = {
    {"socket", FIELD_STRING, offsetof(ControlConfig, socket),
     "Absolute path of the socket. If omitted: control in $RUNTIME_DIRECTORY, which systemd sets; without "
     "that variable there is no socket.",
     .normalise = rule_absolute_path},
    {"mode", FIELD_STRING, offsetof(ControlConfig, mode), "Permissions of the socket, in octal.",
     .initial = "0600", .normalise = rule_mode},
    {"group", FIELD_STRING, offsetof(ControlConfig, group),
     "Group of the socket, whose members may use it in addition to root and the daemon's user.",
     .normalise = rule_group},
};
static const Section control_section = SECTION(control_fields, ControlConfig);

static const Field http_fields[] = {
    {"listen", FIELD_STRING, offsetof(HttpConfig, listen),
     "Where the daemon serves its status page (/), /status.json, /metrics, /healthz and /readyz: "
     "ADDRESS:PORT, unix:/PATH, or systemd for the socket that a socket unit passes. Whoever can connect may "
     "read them, and can change nothing. If omitted: nowhere. Read at the start only.",
     .normalise = rule_listen},
};
static const Section http_section = SECTION(http_fields, HttpConfig);

static const Field report_fields[] = {
    {"objects", FIELD_STRING, offsetof(ReportConfig, objects),
     "Absolute path of a file that says what became of each original, a line each, written while the pass "
     "runs; "
     "each pass of run and of the daemon replaces it. A name that ends in .csv: the columns of S3 Batch "
     "Operations, whose failed lines are a --manifest; else JSON. If omitted: none is written.",
     .normalise = rule_absolute_path},
};
static const Section report_section = SECTION(report_fields, ReportConfig);

static const Field metrics_fields[] = {
    {"textfile", FIELD_STRING, offsetof(MetricsConfig, textfile),
     "Absolute path of a file for the textfile collector of Prometheus's node_exporter, which is replaced "
     "after each pass of run and of the daemon; its name has to end in .prom. If omitted: none is written.",
     .normalise = rule_absolute_path},
};
static const Section metrics_section = SECTION(metrics_fields, MetricsConfig);

static const Field config_fields[] = {
    {"name", FIELD_STRING, offsetof(Config, name),
     "The job's name, in reports, records and for --job: 1 to 64 of A-Z a-z 0-9 . _ -. Required for each of "
     "jobs; otherwise, if omitted, the file's name without its extension.",
     .normalise = rule_job_name, .place = FIELD_OF_JOB},
    {"jobs", FIELD_RESOLVED, 0,
     "Several jobs in one configuration: each has the keys name, source, destination and outputs, and may "
     "have "
     "s3, defaults, recipe_change, report, schedule, every, jitter and missed. What a job does not have of "
     "these "
     "optional keys is taken from the top of the file; a key is taken as a whole, and schedule and every "
     "together. All other keys are shared by all jobs. Two jobs must not have the same source and "
     "destination, "
     "nor write the same keys.",
     .form = "a list of mappings"},
    {"include", FIELD_RESOLVED, 0,
     "Other files with `jobs`, `presets` or both, and nothing else: a path or a list of paths, relative to "
     "this "
     "file, in which * and ? stand for any characters of a file's name (jobs.d/*.yaml).",
     .form = "a path or a list of paths"},
    {"source", FIELD_SECTION, offsetof(Config, source), "The originals.", .is_required = TRUE,
     .place = FIELD_OF_JOB, .section = &source_section},
    {"destination", FIELD_SECTION, offsetof(Config, destination), "The derived images.", .is_required = TRUE,
     .place = FIELD_OF_JOB, .section = &destination_section},
    {"s3", FIELD_SECTION_BASIS, 0,
     "Connection settings of both stores; source.s3 and destination.s3 override them.",
     .section = &s3_section, .place = FIELD_OF_BOTH},
    {"outputs", FIELD_SECTION_LIST, offsetof(Config, outputs), "The images to make from each original.",
     .is_required = TRUE, .place = FIELD_OF_JOB, .max = LIMIT_OUTPUTS, .section = &schema_output},
    {"presets", FIELD_RESOLVED, 0,
     "Named sets of keys for outputs: all keys but name and preset. outputs[].preset refers to them.",
     .form = "a mapping of names to mappings"},
    {"defaults", FIELD_RESOLVED, 0,
     "Keys that all outputs have, unless a preset or the output itself has them.", .form = "a mapping",
     .place = FIELD_OF_BOTH},
    {"workers", FIELD_SECTION, offsetof(Config, workers), "Worker processes.", .section = &workers_section},
    {"limits", FIELD_SECTION, offsetof(Config, limits), "Limits of originals and outputs.",
     .section = &limits_section},
    {"retries", FIELD_SECTION, offsetof(Config, retries), "How often to retry requests and objects.",
     .section = &retries_section},
    {"recipe_change", FIELD_CHOICE, offsetof(Config, recipe_change),
     "What a run does with outputs that were made with an earlier recipe. report: counts them and keeps "
     "them, until `run --remake` is used once; remake: makes them again. A configuration older than the one "
     "in force never causes this.",
     .initial = "report", .choices = &recipe_change_choices, .place = FIELD_OF_BOTH},
    {"stop_timeout", FIELD_DURATION, offsetof(Config, stop_timeout_ms),
     "How long objects in flight may take to finish after a request to stop.", .initial = "30s", .min = 0,
     .max = DAY_MS},
    {"schedule", FIELD_STRING, offsetof(Config, schedule),
     "When the daemon starts passes: the five fields of crontab(5), in local time, or @hourly, @daily, "
     "@weekly, @monthly, @yearly. If both schedule and every are omitted: only on request.",
     .normalise = rule_schedule, .place = FIELD_OF_BOTH},
    {"every", FIELD_DURATION, offsetof(Config, every_ms),
     "Interval between the starts of passes, instead of a schedule.", .initial = "never", .zero = "never",
     .min = SECOND_MS, .max = 366 * DAY_MS, .place = FIELD_OF_BOTH},
    {"jitter", FIELD_DURATION, offsetof(Config, jitter_ms),
     "Maximum random delay of a pass, to spread the load of many machines with the same schedule.",
     .initial = "0", .min = 0, .max = DAY_MS, .place = FIELD_OF_BOTH},
    {"missed", FIELD_CHOICE, offsetof(Config, missed),
     "What to do about scheduled times that passed while the daemon did not run or another pass was running. "
     "run: start one pass as soon as possible, however many were missed; skip: wait for the next scheduled "
     "time.",
     .initial = "run", .choices = &missed_choices, .place = FIELD_OF_BOTH},
    {"heartbeat_timeout", FIELD_DURATION, offsetof(Config, heartbeat_timeout_ms),
     "Time without a response after which a supervisor or worker is killed and replaced.", .initial = "60s",
     .min = SECOND_MS, .max = DAY_MS},
    {"control", FIELD_SECTION, offsetof(Config, control),
     "The socket by which commands such as thumbmill status reach the daemon. Read at the start only.",
     .section = &control_section},
    {"http", FIELD_SECTION, offsetof(Config, http), "The daemon's web server.", .section = &http_section},
    {"report", FIELD_SECTION, offsetof(Config, report), "What is written about each run.",
     .section = &report_section, .place = FIELD_OF_BOTH},
    {"metrics", FIELD_SECTION, offsetof(Config, metrics), "Metrics in Prometheus's text format.",
     .section = &metrics_section},
    {"sandbox", FIELD_CHOICE, offsetof(Config, sandbox),
     "What to do if the kernel or the container runtime forbids seccomp or Landlock, which confine image "
     "decoding. required: refuse to start; best-effort: decode with the layers that are available, and log a "
     "warning.",
     .initial = "required", .choices = &sandbox_choices},
    {"state_directory", FIELD_STRING, offsetof(Config, state_directory),
     "Directory for the run lock and the ledger of failures. If omitted: the first directory in "
     "$STATE_DIRECTORY, which systemd sets; without that variable failures are not remembered.",
     .normalise = rule_absolute_path},
};
const Section schema_config = SECTION(config_fields, Config);

/* Prefixes are such as "source.url" and "outputs[].width". */
static void describe_section(const Section *section, const char *prefix, GString *out)
{
    for (guint i = 0; i < section->n_fields; i++) {
        const Field *field = &section->fields[i];
        g_autofree char *path = g_strconcat(prefix, field->name, NULL);
        g_autofree char *expects = field_expects(field);

        g_string_append_printf(out, "%s: %s", path, expects);
        if (field->is_required)
            g_string_append(out, "; required");
        else if (field->initial != NULL)
            g_string_append_printf(out, "; default: %s", field->initial);
        g_string_append_printf(out, "\n    %s\n", field->help);
        if (field->section != NULL && !field->inherits) {
            g_autofree char *below = g_strconcat(path, field->kind == FIELD_SECTION_LIST ? "[]." : ".", NULL);

            describe_section(field->section, below, out);
        }
    }
}

char *schema_describe(void)
{
    GString *out = g_string_new(NULL);

    describe_section(&schema_config, "", out);
    return g_string_free(out, FALSE);
}

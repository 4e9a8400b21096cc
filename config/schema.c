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
     "The server, http://HOST:PORT or https://HOST. Left out: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the "
     "profile's endpoint_url, else AWS.",
     .normalise = rule_endpoint},
    {"region", FIELD_STRING, offsetof(S3Config, region),
     "The region that requests are signed for. Left out: AWS_REGION, AWS_DEFAULT_REGION or the profile's "
     "region, else us-east-1.",
     .normalise = rule_region},
    {"addressing", FIELD_CHOICE, offsetof(S3Config, addressing),
     "Where a request names the bucket; auto: in the path with an endpoint, in the host name with AWS.",
     .initial = "auto", .choices = &addressing_choices},
    {"ca_file", FIELD_STRING, offsetof(S3Config, ca_file),
     "Absolute path of a PEM file with the certificate authorities to trust. Left out: AWS_CA_BUNDLE or the "
     "profile's ca_bundle, else the system's.",
     .normalise = rule_absolute_path},
    {"credentials_file", FIELD_STRING, offsetof(S3Config, credentials_file),
     "Absolute path of a file with the keys: AWS's credentials file, of which [default] counts, or the JSON "
     "that a credential_process writes. Left out: s3-credentials in $CREDENTIALS_DIRECTORY (systemd's "
     "LoadCredential=) if it is there, else wherever AWS's tools find theirs.",
     .normalise = rule_absolute_path},
    {"verify_etag", FIELD_FLAG, offsetof(S3Config, verify_etag),
     "Whether the ETag that answers an upload must be the MD5 of what was sent, if it looks like one. false "
     "is for servers whose ETags look so and are something else.",
     .initial = "true"},
    {"checksum", FIELD_CHOICE, offsetof(S3Config, checksum),
     "The digest that an upload has as x-amz-checksum-*, for a server that looks at it and keeps it beside "
     "the object. An upload has a Content-MD5 in any case.",
     .initial = "none", .choices = &checksum_choices},
    {"sign_payload", FIELD_FLAG, offsetof(S3Config, sign_payload),
     "Whether an upload is signed together with the SHA-256 of its bytes, in headers, and not by a presigned "
     "URL, which leaves them open.",
     .initial = "false"},
    {"requester_pays", FIELD_FLAG, offsetof(S3Config, requester_pays),
     "Whether the bucket's requests are on the bill of whoever makes them: without this it refuses them.",
     .initial = "false"},
    {"list_version", FIELD_UINT, offsetof(S3Config, list_version),
     "Of the request that lists: 2, or 1 for servers that know no other or are better at it.", .initial = "2",
     .min = 1, .max = 2},
    {"list_ranges", FIELD_UINT, offsetof(S3Config, list_ranges),
     "So many requests list a bucket of many pages at once, each a range of its keys. 1: one page after the "
     "other, in the keys' order.",
     .initial = "8", .min = 1, .max = MAX_LIST_RANGES},
};
static const Section s3_section = SECTION(s3_fields, S3Config);

static const Field source_fields[] = {
    {"url", FIELD_STRING, offsetof(SourceConfig, url),
     "Where the originals are: s3://BUCKET/, s3://BUCKET/PREFIX/ or file:///DIRECTORY/. A file counts as "
     "changed when its "
     "ctime is newer, so by chmod too.",
     .is_required = TRUE, .normalise = rule_location},
    {"include", FIELD_PATTERNS, offsetof(SourceConfig, include),
     "Patterns of the keys to take, relative to url. `*` matches anything, `/` too; `?` one character; "
     "letters match in either case.",
     .initial =
         "*.jpg *.jpeg *.jpe *.jfif *.png *.apng *.webp *.gif *.tif *.tiff *.heic *.heif *.hif *.avif"},
    {"exclude", FIELD_PATTERNS, offsetof(SourceConfig, exclude),
     "Patterns of the keys to leave out of these.", .initial = NULL},
    {"follow_links", FIELD_CHOICE, offsetof(SourceConfig, follow_links),
     "Of a directory: which symbolic links are followed. inside: those that lead to places below it; others "
     "are "
     "left out, and said. any: also those that lead elsewhere, to whatever this user may read; whoever can "
     "put "
     "files there can publish it. Behind the workers' sandbox only those in its top folder lead out.",
     .initial = "inside", .choices = &links_choices},
    {"s3", FIELD_SECTION, offsetof(SourceConfig, s3),
     "How to reach the source, where it differs from the top.", .inherits = TRUE, .section = &s3_section},
};
static const Section source_section = SECTION(source_fields, SourceConfig);

static const Field destination_fields[] = {
    {"url", FIELD_STRING, offsetof(DestinationConfig, url), "Where the outputs go, in the same forms.",
     .is_required = TRUE, .normalise = rule_location},
    {"provenance", FIELD_CHOICE, offsetof(DestinationConfig, provenance),
     "What each output in a bucket says of what it was made of, in metadata that whoever can read it sees. "
     "private: " CONFIG_PROVENANCE_PREFIX "version, -recipe (a hash) and -source, 8 hexadecimal digits that "
     "tell one version of the original from another and nothing else; true means the same. full: the "
     "original's ETag (as -source-etag), which mostly is the MD5 of its bytes, and its version id in place "
     "of -source. none, or false: nothing.",
     .initial = "private", .choices = &provenance_choices},
    {"state", FIELD_STRING, offsetof(DestinationConfig, state),
     "The folder below url where thumbmill keeps recipes.json: since when each output's recipe has been in "
     "force, so that a changed recipe is noticed. No output has a key there, and nothing there is an "
     "original. "
     "none: it is not kept, and a changed recipe changes nothing that exists.",
     .initial = ".thumbmill/", .normalise = rule_state},
    {"keep_existing", FIELD_FLAG, offsetof(DestinationConfig, keep_existing),
     "Whether an output that was missing when the bucket was listed is put only if it is missing still "
     "(If-None-Match: *). Each run first tries whether the server means that.",
     .initial = "false"},
    {"create", FIELD_FLAG, offsetof(DestinationConfig, create),
     "Whether a directory that is missing is made with all above it. Else only if the directory above it is "
     "there, "
     "which may be one on which nothing is mounted.",
     .initial = "false"},
    {"file_mode", FIELD_STRING, offsetof(DestinationConfig, file_mode),
     "Permissions of outputs in a directory, in octal; the umask does not matter.", .initial = "0644",
     .normalise = rule_file_mode},
    {"dir_mode", FIELD_STRING, offsetof(DestinationConfig, dir_mode),
     "Permissions of the folders that are made for them.", .initial = "0755", .normalise = rule_dir_mode},
    {"s3", FIELD_SECTION, offsetof(DestinationConfig, s3),
     "How to reach the destination, where it differs from the top.", .inherits = TRUE,
     .section = &s3_section},
};
static const Section destination_section = SECTION(destination_fields, DestinationConfig);

static const Field output_fields[] = {
    {"name", FIELD_STRING, offsetof(OutputConfig, name),
     "1 to 64 of a-z 0-9 _ -, unique. It may end in @2x, @3x or @4x, as the names do that scale makes.",
     .is_required = TRUE, .normalise = rule_output_name},
    {"scale", FIELD_SET, offsetof(OutputConfig, scales),
     "For screens of more pixels: [1, 2] makes NAME, and NAME@2x of twice the width and height.",
     .initial = "1", .min = 1, .max = CONFIG_MAX_SCALE},
    {"width", FIELD_UINT, offsetof(OutputConfig, recipe.width),
     "Of the box, in pixels. One of width and height is enough: the other follows from the image.",
     .initial = "auto", .zero = "auto", .min = 1, .max = RECIPE_MAX_SIDE},
    {"height", FIELD_UINT, offsetof(OutputConfig, recipe.height), "Of the box, in pixels.", .initial = "auto",
     .zero = "auto", .min = 1, .max = RECIPE_MAX_SIDE},
    {"fit", FIELD_CHOICE, offsetof(OutputConfig, recipe.fit),
     "inside: the whole image fits into the box; outside: it covers the box and is not cropped; cover: it "
     "fills the box, what sticks out is cropped; contain: inside, with background around it up to the box; "
     "fill: stretched to the box.",
     .initial = "inside", .choices = &fit_choices},
    {"enlarge", FIELD_FLAG, offsetof(OutputConfig, recipe.enlarge),
     "Whether images smaller than the box are enlarged to it.", .initial = "false"},
    {"crop", FIELD_CHOICE, offsetof(OutputConfig, recipe.crop),
     "The part that fit cover keeps; attention: where the eye goes; entropy: where most happens.",
     .initial = "centre", .choices = &crop_choices},
    {"background", FIELD_COLOUR, offsetof(OutputConfig, recipe.background),
     "Under transparency where the format has none, and around fit contain.", .initial = "#ffffff"},
    {"format", FIELD_CHOICE, offsetof(OutputConfig, recipe.format),
     "The format to encode. source: that of the original, and jpeg for one that can only be read (HEIC).",
     .initial = "jpeg", .choices = &format_choices},
    {"quality", FIELD_UINT, offsetof(OutputConfig, recipe.quality),
     "Of jpeg, webp and avif. auto: 80, 80 and 50.", .initial = "auto", .zero = "auto", .min = 1, .max = 100},
    {"effort", FIELD_UINT, offsetof(OutputConfig, recipe.effort),
     "CPU to spend on fewer bytes, of png, webp, gif and avif. auto: the encoder's own; of avif 4.",
     .initial = "auto", .zero = "auto", .min = 1, .max = RECIPE_MAX_EFFORT},
    {"lossless", FIELD_FLAG, offsetof(OutputConfig, recipe.lossless), "Of webp and avif.",
     .initial = "false"},
    {"progressive", FIELD_FLAG, offsetof(OutputConfig, recipe.progressive),
     "Of jpeg, and png (interlaced): shown coarse first. Dearer to make and to show.", .initial = "false"},
    {"subsampling", FIELD_CHOICE, offsetof(OutputConfig, recipe.subsampling),
     "Of the colours of jpeg and avif. auto: 4:2:0 below quality 90.", .initial = "auto",
     .choices = &subsampling_choices},
    {"encoder", FIELD_CHOICE, offsetof(OutputConfig, recipe.encoder),
     "Of avif. aom: libaom; svt: SVT-AV1, a plug-in of libheif that not every machine has, always of 4:2:0, "
     "and with three times the memory; auto: the one that libheif prefers, which is libaom.",
     .initial = "auto", .choices = &encoder_choices},
    {"palette", FIELD_FLAG, offsetof(OutputConfig, recipe.palette), "Of png: at most 256 colours.",
     .initial = "false"},
    {"max_bytes", FIELD_SIZE, offsetof(OutputConfig, recipe.max_bytes),
     "The quality is lowered until the output has no more.", .initial = "none", .zero = "none", .min = 1,
     .max = LIMIT_BLOB_BYTES},
    {"profile", FIELD_CHOICE, offsetof(OutputConfig, recipe.profile),
     "srgb: colours are converted to it; keep: they keep the original's profile, but CMYK and high dynamic "
     "range become sRGB; p3: converted to Display "
     "P3.",
     .initial = "srgb", .choices = &profile_choices},
    {"metadata", FIELD_CHOICE, offsetof(OutputConfig, recipe.metadata),
     "strip: nothing but the picture; keep: the original's, without what is not true of the output; "
     "copyright: copyright and artist.",
     .initial = "strip", .choices = &metadata_choices},
    {"linear", FIELD_FLAG, offsetof(OutputConfig, recipe.linear),
     "Resize in linear light: fine bright patterns keep their brightness. Dearer.", .initial = "false"},
    {"sharpen", FIELD_UINT, offsetof(OutputConfig, recipe.sharpen), "How much, after resizing.",
     .initial = "0", .min = 0, .max = RECIPE_MAX_SHARPEN},
    {"frames", FIELD_UINT, offsetof(OutputConfig, recipe.max_frames),
     "Of an animation, in webp and gif. 1: a still image. all: up to limits.max_frames.", .initial = "all",
     .zero = "all", .min = 1, .max = RECIPE_MAX_FRAMES},
    {"key", FIELD_TEMPLATE, offsetof(OutputConfig, key),
     "The output's key, relative to destination.url. {output} is its name, {dir} the source key up to its "
     "last "
     "`/`, {name} what follows, {stem} that without its extension, {ext} the format's extension (of the "
     "format source: the source key's own), "
     "{width} and {height} the box's, {recipe} 8 digits that change with whatever decides its bytes; {{ is a "
     "brace.",
     .initial = "{output}/{dir}{stem}.{ext}"},
    {"headers", FIELD_PAIRS, offsetof(OutputConfig, headers),
     "Sent with each upload: Cache-Control, Content-Disposition, Content-Language, Expires, x-amz-meta-*.",
     .initial = NULL, .add_pair = header_list_add},
    {"acl", FIELD_CHOICE, offsetof(OutputConfig, acl),
     "S3's canned access control list for each upload. none: the bucket decides, which is all that most "
     "buckets allow.",
     .initial = "none", .choices = &acl_choices},
    {"storage_class", FIELD_STRING, offsetof(OutputConfig, storage_class),
     "S3's storage class, as STANDARD_IA. Left out: the bucket's own.", .normalise = rule_storage_class},
    {"encryption", FIELD_CHOICE, offsetof(OutputConfig, encryption),
     "By the server, with its own key or one of its key service. none: as the bucket does by itself.",
     .initial = "none", .choices = &encryption_choices},
    {"kms_key", FIELD_STRING, offsetof(OutputConfig, kms_key),
     "The key of encryption aws:kms: its id, ARN or alias. Left out: the bucket's own.",
     .normalise = rule_kms_key},
    {"copy_metadata", FIELD_PATTERNS, offsetof(OutputConfig, copy_metadata),
     "Patterns of the names of the original's own metadata (what follows x-amz-meta-) that uploads get too. "
     "It costs a HEAD request for each original that is read.",
     .initial = NULL},
    {"tags", FIELD_PAIRS, offsetof(OutputConfig, tags), "Names and values, up to ten.", .initial = NULL,
     .add_pair = tag_list_add},
};
const Section schema_output = SECTION(output_fields, OutputConfig);

static const Field workers_fields[] = {
    {"count", FIELD_UINT, offsetof(WorkersConfig, count),
     "Worker processes, each with its imager. auto: the CPUs that this process may use.", .initial = "auto",
     .zero = "auto", .min = 1, .max = LIMIT_WORKERS},
    {"max_tasks_per_child", FIELD_UINT, offsetof(WorkersConfig, max_tasks_per_child),
     "An imager is replaced by a fresh process after so many objects.", .initial = "1000", .min = 1,
     .max = 1000000000},
    {"task_timeout", FIELD_DURATION, offsetof(WorkersConfig, task_timeout_ms),
     "An object that takes longer fails.", .initial = "60s", .min = SECOND_MS, .max = DAY_MS},
    {"tasks_in_flight", FIELD_UINT, offsetof(WorkersConfig, tasks_in_flight),
     "Objects that one worker transfers at the same time. auto: as many as keep its imager busy, up to 64. "
     "Beyond 4 only while the originals in flight take less than a quarter of limits.memory, and "
     "never more than the limit of open files leaves room for (5, and 2 for each output).",
     .initial = "auto", .zero = "auto", .min = 1, .max = LIMIT_TASKS_IN_FLIGHT},
};
static const Section workers_section = SECTION(workers_fields, WorkersConfig);

static const Field limits_fields[] = {
    {"max_pixels", FIELD_SIZE, offsetof(LimitsConfig, max_pixels),
     "An image with more fails before it is decoded.", .initial = "100M", .min = 1,
     .max = G_GUINT64_CONSTANT(10000000000)},
    {"max_source_bytes", FIELD_SIZE, offsetof(LimitsConfig, max_source_bytes),
     "A larger object fails before it is fetched.", .initial = "256M", .min = 1, .max = LIMIT_BLOB_BYTES},
    {"max_output_bytes", FIELD_SIZE, offsetof(LimitsConfig, max_output_bytes),
     "An object of which an output would be larger fails.", .initial = "256M", .min = 1,
     .max = LIMIT_BLOB_BYTES},
    {"max_frames", FIELD_UINT, offsetof(LimitsConfig, max_frames),
     "Of an animation; those that follow are left out.", .initial = "500", .min = 1,
     .max = RECIPE_MAX_FRAMES},
    {"truncated", FIELD_CHOICE, offsetof(LimitsConfig, truncated),
     "An image that ends too early fails, or is accepted as far as it goes.", .initial = "fail",
     .choices = &truncated_choices},
    {"memory", FIELD_SIZE, offsetof(LimitsConfig, memory_bytes),
     "For decoding, in all imagers together. auto: half of what the machine or its cgroup has.",
     .initial = "auto", .zero = "auto", .min = G_GUINT64_CONSTANT(64) << 20,
     .max = G_GUINT64_CONSTANT(1) << 50},
};
static const Section limits_section = SECTION(limits_fields, LimitsConfig);

static const Field retries_fields[] = {
    {"attempts", FIELD_UINT, offsetof(RetriesConfig, attempts),
     "Of one request that fails in a way that may pass, the first included.", .initial = "5", .min = 1,
     .max = 20},
    {"runs", FIELD_UINT, offsetof(RetriesConfig, runs),
     "In which an object may fail in a way that may pass, one after the other. Then it rests for an hour, "
     "and "
     "twice as long each time that it fails again, a day at most.",
     .initial = "5", .min = 1, .max = 1000},
    {"alike", FIELD_UINT, offsetof(RetriesConfig, alike),
     "Objects at the beginning of a pass: if 95 of a hundred of them fail for the same reason, the pass "
     "stops and says "
     "so, and the failures are not remembered. never: it goes on.",
     .initial = "100", .zero = "never", .min = 10, .max = 100000},
    {"outage", FIELD_DURATION, offsetof(RetriesConfig, outage_ms),
     "How long a run waits for a store that worked and is away, or has no room; then it ends. No object "
     "fails "
     "meanwhile.",
     .initial = "10m", .min = 0, .max = DAY_MS},
};
static const Section retries_section = SECTION(retries_fields, RetriesConfig);

static const Field control_fields[] = {
    {"socket", FIELD_STRING, offsetof(ControlConfig, socket),
     "The socket's absolute path. Left out: control in $RUNTIME_DIRECTORY, which systemd sets; without that "
     "there is none.",
     .normalise = rule_absolute_path},
    {"mode", FIELD_STRING, offsetof(ControlConfig, mode), "Its permissions, in octal.", .initial = "0600",
     .normalise = rule_mode},
    {"group", FIELD_STRING, offsetof(ControlConfig, group),
     "A group that it belongs to, and whose members may use it beside root and the daemon's own user.",
     .normalise = rule_group},
};
static const Section control_section = SECTION(control_fields, ControlConfig);

static const Field config_fields[] = {
    {"source", FIELD_SECTION, offsetof(Config, source), "The originals.", .is_required = TRUE,
     .section = &source_section},
    {"destination", FIELD_SECTION, offsetof(Config, destination), "The derived images.", .is_required = TRUE,
     .section = &destination_section},
    {"s3", FIELD_SECTION_BASIS, 0, "How to reach both stores; source.s3 and destination.s3 override it.",
     .section = &s3_section},
    {"outputs", FIELD_SECTION_LIST, offsetof(Config, outputs), "The images to derive from each original.",
     .is_required = TRUE, .max = LIMIT_OUTPUTS, .section = &schema_output},
    {"workers", FIELD_SECTION, offsetof(Config, workers), "The processes that do the work.",
     .section = &workers_section},
    {"limits", FIELD_SECTION, offsetof(Config, limits), "What an original may have, and what may come of it.",
     .section = &limits_section},
    {"retries", FIELD_SECTION, offsetof(Config, retries), "Of requests to the stores, and of objects.",
     .section = &retries_section},
    {"recipe_change", FIELD_CHOICE, offsetof(Config, recipe_change),
     "What a run does with outputs that were made with another recipe than their output has now. report: it "
     "counts and leaves them, until `run --remake` is given once; remake: it makes them again. Never with a "
     "configuration that is older than the one in force.",
     .initial = "report", .choices = &recipe_change_choices},
    {"stop_timeout", FIELD_DURATION, offsetof(Config, stop_timeout_ms),
     "How long objects in flight may take to finish when thumbmill is told to stop.", .initial = "30s",
     .min = 0, .max = DAY_MS},
    {"schedule", FIELD_STRING, offsetof(Config, schedule),
     "When the daemon begins passes: the five fields of crontab(5), in local time, or @hourly, @daily, "
     "@weekly, "
     "@monthly, @yearly. Left out, as is every: only when asked to.",
     .normalise = rule_schedule},
    {"every", FIELD_DURATION, offsetof(Config, every_ms),
     "How often the daemon begins a pass, instead of a schedule.", .initial = "never", .zero = "never",
     .min = SECOND_MS, .max = 366 * DAY_MS},
    {"jitter", FIELD_DURATION, offsetof(Config, jitter_ms),
     "A pass begins later than planned by up to this, at random: for many machines with one schedule.",
     .initial = "0", .min = 0, .max = DAY_MS},
    {"missed", FIELD_CHOICE, offsetof(Config, missed),
     "A planned time that came while the daemon did not run, or another pass did. run: a pass is made up for "
     "as soon as possible, one for all that were missed; skip: the next time is waited for.",
     .initial = "run", .choices = &missed_choices},
    {"heartbeat_timeout", FIELD_DURATION, offsetof(Config, heartbeat_timeout_ms),
     "A supervisor or worker is killed and replaced when it has not answered for so long.", .initial = "60s",
     .min = SECOND_MS, .max = DAY_MS},
    {"control", FIELD_SECTION, offsetof(Config, control),
     "The socket by which commands (thumbmill status) reach the daemon. Read when it starts.",
     .section = &control_section},
    {"sandbox", FIELD_CHOICE, offsetof(Config, sandbox),
     "What happens where the kernel or a container's runtime forbids seccomp or Landlock, behind which "
     "images "
     "are decoded. required: nothing starts; best-effort: images are decoded behind what there is, with a "
     "warning.",
     .initial = "required", .choices = &sandbox_choices},
    {"state_directory", FIELD_STRING, offsetof(Config, state_directory),
     "Where to keep the lock of a run, and the ledger: what failed, and why. Left out: the first directory "
     "of "
     "$STATE_DIRECTORY, which systemd sets; without that nothing is remembered.",
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

/* Hard limits that no configuration can raise, each with its reason. Limits that users set are in config/. */
#pragma once

/* S3's own limit on a key, in bytes of UTF-8 (AWS, "Creating object key names"). */
#define LIMIT_KEY_BYTES 1024u

/* Outputs per object: each has a presigned URL of up to 8 KiB in the task message. */
#define LIMIT_OUTPUTS 64u

/* The most jobs in one configuration. */
#define LIMIT_JOBS 1000u

/* Worker processes: more than the CPUs of any machine in our tests. */
#define LIMIT_WORKERS 1024u

/* Objects that a worker has at a time: each has its source and outputs in memory, and a connection for
 * each. */
#define LIMIT_TASKS_IN_FLIGHT 64u

/* One message between our processes. Larger than any valid one (64 outputs of 8 KiB), small enough to refuse
 * a false length. */
#define LIMIT_MESSAGE_BYTES (4u << 20)

/* Descriptors attached to one message; the kernel's own limit is 253 (SCM_MAX_FD). */
#define LIMIT_MESSAGE_FDS 80u

/* A configuration file. Real ones are a few KiB. */
#define LIMIT_CONFIG_BYTES (1u << 20)

/* A page of ListObjectsV2. 1000 keys of 1024 bytes, percent-encoded threefold, with markup, are below this.
 */
#define LIMIT_LIST_BYTES (16u << 20)

/* An S3 error document. Real ones are below 2 KiB; a longer one is truncated, not refused. */
#define LIMIT_ERROR_BYTES (64u << 10)

/* The largest blob that any configuration may allow; also the limit for what an imager may return. */
#define LIMIT_BLOB_BYTES (G_GUINT64_CONSTANT(4) << 30)

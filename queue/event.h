/* Events: what the body of a message says has happened to objects. Pure; used by the supervisor.
 *
 * Bodies are those of S3's notifications, plain or wrapped by SNS (up to EVENT_MAX_WRAPS times), of
 * EventBridge, of Ceph's and MinIO's gateways, and our own. Which of them a body is decides how its keys are
 * encoded: AWS and MinIO form-encode them, all others write them as they are. (Amazon S3 User Guide, "Event
 * message structure" and "Using EventBridge"; Ceph, "Bucket Notifications".) */
#pragma once

#include <glib.h>

/* The largest message of SQS; notifications are below 64 KiB. */
#define EVENT_MAX_BODY_BYTES (1u << 20)

/* Stores write one event per message; our own messages have up to EVENT_MAX_OWN. */
#define EVENT_MAX_EVENTS 1000u
#define EVENT_MAX_OWN    100u

#define EVENT_MAX_WRAPS  3u

typedef enum {
    EVENT_CREATED, /* an object is new, replaced, or restored from an archive */
    EVENT_REMOVED, /* an object was deleted, or has expired; only a request can tell whether it is gone */
    EVENT_OTHER,   /* tags, access, the start of a restore, ...: nothing follows from it */
} EventKind;

/* Who wrote a body, for stores that say what is not true. */
typedef enum {
    EVENT_FROM_BODY, /* as the body itself says */
    EVENT_FROM_AWS,
    EVENT_FROM_CEPH,
    EVENT_FROM_MINIO,
} EventProducer;

typedef struct {
    EventKind kind;
    char *name;        /* the producer's, without "s3:", such as "ObjectCreated:Put" */
    char *bucket;      /* "" only if kind is EVENT_OTHER; so is key */
    char *key;         /* decoded; any bytes but NUL, at most LIMIT_KEY_BYTES */
    char *version_id;  /* or NULL */
    char *etag;        /* without quotes, or NULL */
    gint64 size_bytes; /* or -1 */
    char *sequencer;   /* orders the events of one key, see event_order(); or NULL if it cannot */
} Event;

/* The word of a configuration ("auto", "aws", "ceph", "minio"); FALSE if it is none. */
gboolean event_producer_parse(const char *word, EventProducer *ret_producer);

/* The events of a body, in its order, each an Event; none for a message by which a store only tests its
 * queue. Class ERROR_INPUT: the body is no message about objects. One bad record makes the whole body bad, so
 * that nothing of it is lost unseen. */
GPtrArray *event_parse(const char *body, gsize size_bytes, EventProducer producer, GError **error);

/* The order of two events of the same key and bucket: negative if a is older, positive if it is newer, 0 if
 * nothing is known about it. */
int event_order(const Event *a, const Event *b);

/* A body of our own, which says that these objects are wanted: at most EVENT_MAX_OWN keys. bucket is
 * UTF-8; keys are any bytes. Owned by the caller. */
char *event_write(const char *bucket, const char *const *keys, gsize key_count);

void event_free(Event *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Event, event_free)

/* Sends the keys of a list to the supervisor, which reads them as it needs them: neither process holds more
 * than some kilobytes of the list. What cannot be a key is logged with the number of its line. Used by the
 * main process; single-threaded. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/session/key_source.h"

typedef struct KeyFeed KeyFeed;

/* Lines that are logged, of those that cannot be keys; the others are only counted. */
#define KEY_FEED_MAX_NAMED 20u

/* Takes ownership of source. config is borrowed. */
KeyFeed *key_feed_new(const Config *config, KeySource *source);

/* A description of the list, for people. */
const char *key_feed_name(const KeyFeed *feed);

/* Begins to send, once. Returns the descriptor for the supervisor, owned by the caller, or -1 with class
 * ERROR_INTERNAL. */
int key_feed_start(KeyFeed *feed, GMainContext *context, GError **error);

/* Lines so far that cannot be keys; and rows of a manifest of other buckets, outside of source.url, or of old
 * versions. */
guint64 key_feed_invalid(const KeyFeed *feed);
guint64 key_feed_outside(const KeyFeed *feed);

/* Whether the list could not be read to its end, which has been logged. */
gboolean key_feed_has_failed(const KeyFeed *feed);

/* NULL is allowed. */
void key_feed_free(KeyFeed *feed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyFeed, key_feed_free)

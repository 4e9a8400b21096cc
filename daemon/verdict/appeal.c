#include "daemon/verdict/appeal.h"

#include <string.h>

#include "base/error.h"
#include "base/timer.h"
#include "s3/call.h"
#include "s3/listing.h"
#include "store/bucket_store.h"
#include "store/file.h"

/* U+10FFFF, which sorts behind every other character. */
#define BEHIND_ALL "\xf4\x8f\xbf\xbf"

struct Appeal {
    AppealOptions options; /* its keys are not valid: see the copies */
    char *refused_key;
    char *known_key;
    char *latest; /* key that the last leap found, with the store's prefix; NULL at first */
    guint hop;
    Timer *timer;
    S3Listing *listing; /* of one object; NULL if none is running */
    S3Call *call;       /* request for one byte, or NULL */
};

static void hop(Appeal *appeal);

static void tell(Appeal *appeal, gboolean is_refused)
{
    appeal->options.func(is_refused, appeal->options.data); /* may free appeal */
}

char *appeal_leap(const char *key, guint hop)
{
    const gsize length = strlen(key) * (APPEAL_HOPS - 2 - MIN(hop, APPEAL_HOPS - 2)) / (APPEAL_HOPS - 2);
    const char *end = key + length;

    if (hop + 1 >= APPEAL_HOPS)
        return g_strdup("");
    while (end > key && ((guchar)*end & 0xc0u) == 0x80u)
        end--;
    return g_strdup_printf("%.*s" BEHIND_ALL, (int)(end - key), key);
}

/* An empty object has no first byte (416), and an archived one cannot be read now: neither is refused. */
static gboolean is_refusal(const HttpResponse *response, const GError *error)
{
    return error != NULL && error_class(error) != ERROR_ARCHIVED && !error_may_pass(error) &&
           (response == NULL || http_response_status(response) != 416);
}

static void on_byte(const HttpResponse *response, const GError *error, void *user)
{
    Appeal *appeal = user;

    appeal->call = NULL;
    if (!is_refusal(response, error) || appeal->hop >= APPEAL_HOPS)
        tell(appeal, is_refusal(response, error));
    else
        hop(appeal);
}

/* key includes the store's prefix. */
static void ask_for_byte(Appeal *appeal, const char *key)
{
    static const char *const headers[] = {"Range: bytes=0-0", NULL};

    appeal->call = s3_call_start(
        store_client(appeal->options.store),
        &(S3CallOptions){
            .kind = HTTP_CHECK, .key = key, .headers = headers, .done = on_byte, .user = appeal});
}

/* Whether an object is neither the refused one nor the one that the last leap found. */
static gboolean is_another(const Appeal *appeal, const char *key)
{
    return strcmp(key + strlen(store_prefix(appeal->options.store)), appeal->refused_key) != 0 &&
           g_strcmp0(key, appeal->latest) != 0;
}

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Appeal *appeal = data;
    const S3Object *object = objects != NULL && objects->len > 0 ? objects->pdata[0] : NULL;

    (void)is_last;
    if (error != NULL) {
        tell(appeal, is_refusal(NULL, error));
    } else if (object != NULL && is_another(appeal, object->key)) {
        g_free(appeal->latest);
        appeal->latest = g_strdup(object->key);
        ask_for_byte(appeal, object->key);
    } else if (appeal->hop < APPEAL_HOPS) {
        hop(appeal);
    } else {
        tell(appeal, TRUE);
    }
}

static void hop(Appeal *appeal)
{
    const char *prefix = store_prefix(appeal->options.store);
    g_autofree char *leap = appeal_leap(appeal->refused_key, appeal->hop++);
    g_autofree char *after = *leap != '\0' ? g_strconcat(prefix, leap, NULL) : NULL;

    g_clear_pointer(&appeal->listing, s3_listing_free);
    appeal->listing =
        s3_listing_new(store_client(appeal->options.store),
                       &(S3ListOptions){.prefix = prefix, .after = after, .max_keys = 1}, on_page, appeal);
    s3_listing_next(appeal->listing);
}

static void begin(void *data)
{
    Appeal *appeal = data;
    Store *store = appeal->options.store;
    g_autofree char *known = NULL;

    if (store_is_directory(store)) {
        tell(appeal, !file_allows(store_prefix(store), appeal->options.is_write));
    } else if (appeal->options.is_write) {
        tell(appeal, TRUE);
    } else if (appeal->known_key != NULL) {
        known = g_strconcat(store_prefix(store), appeal->known_key, NULL);
        appeal->hop = APPEAL_HOPS;
        ask_for_byte(appeal, known);
    } else {
        hop(appeal);
    }
}

Appeal *appeal_new(const AppealOptions *options)
{
    Appeal *appeal = g_new0(Appeal, 1);

    appeal->options = *options;
    appeal->refused_key = g_strdup(options->refused_key);
    appeal->known_key = g_strdup(options->known_key);
    appeal->timer = timer_new(options->context, begin, appeal);
    timer_set(appeal->timer, 0);
    return appeal;
}

void appeal_free(Appeal *appeal)
{
    if (appeal == NULL)
        return;
    s3_call_cancel(appeal->call);
    s3_listing_free(appeal->listing);
    timer_free(appeal->timer);
    g_free(appeal->refused_key);
    g_free(appeal->known_key);
    g_free(appeal->latest);
    g_free(appeal);
}

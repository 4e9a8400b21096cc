#include "s3/presigned.h"

#include <string.h>

#include "base/clock.h"
#include "s3/aws/sigv4.h"

/* The value of a query parameter and all that follows it, or NULL if url has no such parameter. */
static const char *parameter(const char *url, const char *name)
{
    const char *query = strchr(url, '?');
    gsize length = strlen(name);

    for (const char *at = query; at != NULL; at = strchr(at + 1, '&'))
        if (strncmp(at + 1, name, length) == 0 && at[1 + length] == '=')
            return at + 1 + length + 1;
    return NULL;
}

gint64 presigned_end_s(const char *url)
{
    const char *date = parameter(url, "X-Amz-Date"); /* such as 20130524T000000Z */
    const char *expires = parameter(url, "X-Amz-Expires");
    g_autofree char *iso = NULL;
    gint64 begin_s;
    guint64 span_s = expires != NULL ? g_ascii_strtoull(expires, NULL, 10) : 0;

    if (date == NULL || expires == NULL || span_s > SIGV4_MAX_EXPIRES_S || strcspn(date, "&") != 16)
        return G_MAXINT64;
    iso = g_strdup_printf("%.4s-%.2s-%.5s:%.2s:%.3s", date, date + 4, date + 6, date + 11, date + 13);
    return clock_parse_iso(iso, &begin_s) ? begin_s + (gint64)span_s : G_MAXINT64;
}

#include "s3/http/http_head.h"

#include <curl/curl.h>
#include <string.h>

#define METADATA_PREFIX "x-amz-meta-"

/* The end of the year 9999: later times cannot be signed. */
#define MAX_DATE_S G_GINT64_CONSTANT(253402300799)

static const char *const header_names[HTTP_HEADER_COUNT] = {
    [HTTP_HEADER_CONTENT_LENGTH] = "content-length",
    [HTTP_HEADER_CONTENT_RANGE] = "content-range",
    [HTTP_HEADER_CONTENT_TYPE] = "content-type",
    [HTTP_HEADER_DATE] = "date",
    [HTTP_HEADER_ETAG] = "etag",
    [HTTP_HEADER_LAST_MODIFIED] = "last-modified",
    [HTTP_HEADER_RETRY_AFTER] = "retry-after",
    [HTTP_HEADER_BUCKET_REGION] = "x-amz-bucket-region",
    [HTTP_HEADER_REQUEST_ID] = "x-amz-request-id",
    [HTTP_HEADER_VERSION_ID] = "x-amz-version-id",
    [HTTP_HEADER_ENCRYPTION] = "x-amz-server-side-encryption",
    [HTTP_HEADER_CUSTOMER_ENCRYPTION] = "x-amz-server-side-encryption-customer-algorithm",
};

void http_head_clear(HttpHead *head)
{
    for (gsize i = 0; i < HTTP_HEADER_COUNT; i++)
        g_clear_pointer(&head->headers[i], g_free);
    g_clear_pointer(&head->metadata, g_ptr_array_unref);
    head->metadata_bytes = 0;
    head->status = 0;
}

static gboolean take_status_line(HttpHead *head, const char *line)
{
    const char *space = g_ascii_strncasecmp(line, "HTTP/", 5) == 0 ? strchr(line, ' ') : NULL;

    if (space == NULL)
        return FALSE;
    http_head_clear(head);
    head->status = strtol(space + 1, NULL, 10);
    return TRUE;
}

/* The array stays NULL-terminated. */
static void add_metadata(HttpHead *head, const char *name, const char *value)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    char *line = g_strconcat(lower, ": ", value, NULL);

    head->metadata_bytes += strlen(line);
    if (head->metadata_bytes > LIMIT_METADATA_BYTES) {
        g_free(line);
        return;
    }
    if (head->metadata == NULL) {
        head->metadata = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(head->metadata, NULL);
    }
    g_ptr_array_insert(head->metadata, (int)head->metadata->len - 1, line);
}

gboolean http_head_add(HttpHead *head, const char *line, gsize length)
{
    g_autofree char *text = g_strndup(line, MIN(length, LIMIT_HEADER_BYTES));
    char *colon;

    if (take_status_line(head, text))
        return TRUE;
    colon = strchr(text, ':');
    if (colon == NULL || length > LIMIT_HEADER_BYTES)
        return FALSE;
    *colon = '\0';
    if (g_ascii_strncasecmp(text, METADATA_PREFIX, strlen(METADATA_PREFIX)) == 0)
        add_metadata(head, text, g_strstrip(colon + 1));
    for (gsize i = 0; i < HTTP_HEADER_COUNT; i++) {
        if (g_ascii_strcasecmp(text, header_names[i]) == 0) {
            g_free(head->headers[i]);
            head->headers[i] = g_strdup(g_strstrip(colon + 1));
        }
    }
    return FALSE;
}

gint64 http_head_date_s(const HttpHead *head)
{
    const char *text = head->headers[HTTP_HEADER_DATE];
    gint64 date_s = text != NULL ? (gint64)curl_getdate(text, NULL) : -1;

    return date_s >= 0 && date_s <= MAX_DATE_S ? date_s : -1;
}

gint64 http_head_length(const HttpHead *head)
{
    const char *text = head->headers[HTTP_HEADER_CONTENT_LENGTH];
    gint64 length = -1;

    if (text == NULL || !g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &length, NULL))
        return -1;
    return length;
}

static gboolean take_text(const char **at, const char *text)
{
    if (!g_str_has_prefix(*at, text))
        return FALSE;
    *at += strlen(text);
    return TRUE;
}

static gboolean take_number(const char **at, guint64 *ret_number)
{
    char *end;

    if (!g_ascii_isdigit(**at))
        return FALSE;
    *ret_number = g_ascii_strtoull(*at, &end, 10); /* G_MAXUINT64 on overflow */
    *at = end;
    return *ret_number <= G_MAXINT64;
}

gboolean http_head_range(const HttpHead *head, HttpRange *ret_range)
{
    const char *at = head->headers[HTTP_HEADER_CONTENT_RANGE];
    HttpRange range = {.total_bytes = HTTP_TOTAL_UNKNOWN};

    if (at == NULL || !take_text(&at, "bytes ") || !take_number(&at, &range.first_byte) ||
        !take_text(&at, "-") || !take_number(&at, &range.last_byte) || !take_text(&at, "/") ||
        !(take_text(&at, "*") || take_number(&at, &range.total_bytes)))
        return FALSE;
    if (*at != '\0' || range.first_byte > range.last_byte || range.last_byte >= range.total_bytes)
        return FALSE;
    *ret_range = range;
    return TRUE;
}

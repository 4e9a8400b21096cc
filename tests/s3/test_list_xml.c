#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "s3/aws/xml.h"
#include "s3/list_xml.h"

#define HEAD                                                                                                 \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "                                         \
    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
#define TAIL "</ListBucketResult>"
#define OBJECT(key)                                                                                          \
    "<Contents><Key>" key "</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>"                      \
    "<ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size>"                           \
    "<Owner><ID>1</ID><DisplayName>Key</DisplayName></Owner><StorageClass>STANDARD</StorageClass></"         \
    "Contents>"

/* Feeds text in parts of `step` bytes. */
static gboolean parse(const char *text, gsize size, gsize step, S3Page *ret_page, GError **error)
{
    g_autoptr(ListXml) list = list_xml_new(FALSE);

    for (gsize at = 0; at < size; at += step) {
        if (!list_xml_feed(list, text + at, MIN(step, size - at), error))
            return FALSE;
    }
    return list_xml_finish(list, ret_page, error);
}

static void refuse(const char *text, ErrorClass class)
{
    S3Page page = {(void *)1, (void *)2};
    g_autoptr(GError) error = NULL;

    cr_assert_not(parse(text, strlen(text), 7, &page, &error), "%s", text);
    cr_assert_eq(error_class(error), class, "%s: %s", text, error->message);
    cr_assert_eq(page.objects, (void *)1);
    cr_assert_eq(page.next_token, (void *)2);
}

Test(list_xml, a_page_in_parts_of_every_size)
{
    static const char text[] =
        HEAD "<Name>bucket</Name><Prefix/><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys>"
             "<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</"
             "NextContinuationToken><IsTruncated>true</IsTruncated>" OBJECT("my%2Bimage.jpg")
                 OBJECT("photos/a &amp; b &lt;+&#xe9;.jpg") TAIL;

    for (gsize step = 1; step < sizeof text; step++) {
        g_auto(S3Page) page = {0};
        const S3Object *first, *second;

        cr_assert(parse(text, sizeof text - 1, step, &page, NULL));
        cr_assert_eq(page.objects->len, 2);
        first = g_ptr_array_index(page.objects, 0);
        second = g_ptr_array_index(page.objects, 1);
        cr_assert_str_eq(first->key, "my%2Bimage.jpg", "not encoded, as the answer does not say so");
        cr_assert_str_eq(second->key, "photos/a & b <+\xc3\xa9.jpg");
        cr_assert_eq(first->size_bytes, 434234);
        cr_assert_eq(first->mtime_s, 1255369830);
        cr_assert_str_eq(first->etag, "fba9dede5f27731c9771645a39863328");
        cr_assert_str_eq(first->storage_class, "STANDARD");
        cr_assert_str_eq(page.next_token, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
    }
}

Test(list_xml, keys_are_decoded_if_the_answer_says_so_even_at_its_end)
{
    static const char text[] = HEAD OBJECT("a+b%2Bc%2F%01%25.jpg") "<EncodingType>url</EncodingType>"
                                                                   "<IsTruncated>false</IsTruncated>" TAIL;
    g_auto(S3Page) page = {0};
    const S3Object *object;

    cr_assert(parse(text, strlen(text), 100, &page, NULL));
    object = g_ptr_array_index(page.objects, 0);
    cr_assert_str_eq(object->key, "a b+c/\x01%.jpg");
    cr_assert_null(page.next_token);
}

Test(list_xml, an_empty_page)
{
    static const char text[] = HEAD "<IsTruncated>false</IsTruncated>" TAIL;
    static const char token_only[] = HEAD "<NextContinuationToken>x</NextContinuationToken>" TAIL;
    g_auto(S3Page) page = {0}, other = {0};

    cr_assert(parse(text, strlen(text), 10, &page, NULL));
    cr_assert_eq(page.objects->len, 0);
    cr_assert_null(page.next_token);
    cr_assert(parse(token_only, strlen(token_only), 10, &other, NULL));
    cr_assert_null(other.next_token, "IsTruncated decides");
}

Test(list_xml, what_is_cut_off_or_no_xml_may_be_tried_again)
{
    static const char text[] = HEAD OBJECT("a") "<IsTruncated>false</IsTruncated>" TAIL;

    for (gsize length = 0; length < strlen(text); length++) {
        g_autofree char *cut = g_strndup(text, length);

        refuse(cut, ERROR_TRANSIENT);
    }
    refuse("Service Unavailable", ERROR_TRANSIENT);
    refuse("<html><p></html>", ERROR_PERMANENT);
    refuse(HEAD "</Contents>" TAIL, ERROR_TRANSIENT);
    refuse(HEAD "\x01" TAIL, ERROR_TRANSIENT);
    refuse(HEAD "\xff\xfe" TAIL, ERROR_TRANSIENT);
    refuse(HEAD "&unknown;" TAIL, ERROR_TRANSIENT);
    refuse(HEAD TAIL TAIL, ERROR_TRANSIENT);
}

/* S3 sends status 200 before it knows whether the listing succeeds. */
Test(list_xml, an_error_instead_of_a_page_may_be_tried_again)
{
    static const char text[] = "<Error><Code>InternalError</Code><Message>We encountered an internal error."
                               "</Message></Error>";
    S3Page page = {0};
    g_autoptr(GError) error = NULL;

    cr_assert_not(parse(text, strlen(text), 10, &page, &error));
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    cr_assert(strstr(error->message, "InternalError") != NULL);
}

Test(list_xml, document_types_and_entities_are_refused)
{
    refuse("<!DOCTYPE ListBucketResult><ListBucketResult/>", ERROR_PERMANENT);
    refuse("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]>"
           "<ListBucketResult>&b;</ListBucketResult>",
           ERROR_PERMANENT);
    refuse("<!DOCTYPE l SYSTEM \"file:///etc/passwd\"><ListBucketResult/>", ERROR_PERMANENT);
}

Test(list_xml, depth_and_sizes_are_limited)
{
    GString *deep = g_string_new(HEAD);
    GString *wide = g_string_new(HEAD "<Contents><Key>");
    GString *key = g_string_new(HEAD "<Contents><Key>");
    GString *many = g_string_new(HEAD);

    for (guint i = 0; i < 100000; i++)
        g_string_append(deep, "<a>");
    for (guint i = 0; i <= XML_MAX_TEXT_BYTES; i++)
        g_string_append_c(wide, 'a');
    g_string_append(wide, "</Key></Contents>" TAIL);
    for (guint i = 0; i <= LIMIT_KEY_BYTES; i++)
        g_string_append_c(key, 'a');
    g_string_append(key, "</Key><Size>1</Size></Contents>" TAIL);
    for (guint i = 0; i <= LIST_XML_MAX_OBJECTS; i++)
        g_string_append_printf(many, "<Contents><Key>%05u</Key></Contents>", i);
    g_string_append(many, TAIL);
    refuse(deep->str, ERROR_PERMANENT);
    refuse(wide->str, ERROR_PERMANENT);
    refuse(key->str, ERROR_PERMANENT);
    refuse(many->str, ERROR_PERMANENT);
    g_string_free(deep, TRUE);
    g_string_free(wide, TRUE);
    g_string_free(key, TRUE);
    g_string_free(many, TRUE);
}

Test(list_xml, an_endless_answer_is_refused)
{
    g_autoptr(ListXml) list = list_xml_new(FALSE);
    g_autoptr(GError) error = NULL;
    g_autofree char *spaces = g_strnfill(1 << 20, ' ');
    gsize fed = 0;

    cr_assert(list_xml_feed(list, HEAD, strlen(HEAD), NULL));
    while (list_xml_feed(list, spaces, 1 << 20, &error)) {
        fed += 1 << 20;
        cr_assert_leq(fed, LIMIT_LIST_BYTES);
    }
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
}

Test(list_xml, a_key_of_1024_bytes_is_taken)
{
    GString *text = g_string_new(HEAD "<EncodingType>url</EncodingType><Contents><Key>");
    g_auto(S3Page) page = {0};

    for (guint i = 0; i < LIMIT_KEY_BYTES; i++)
        g_string_append(text, "%41");
    g_string_append(text, "</Key></Contents>" TAIL);
    cr_assert(parse(text->str, text->len, 1000, &page, NULL));
    cr_assert_eq(strlen(((S3Object *)g_ptr_array_index(page.objects, 0))->key), LIMIT_KEY_BYTES);
    g_string_free(text, TRUE);
}

Test(list_xml, malformed_fields_are_refused)
{
    refuse(HEAD "<Contents><Size>1</Size></Contents>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<Contents><Key></Key></Contents>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<Contents><Key>a</Key><Size>-1</Size></Contents>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<Contents><Key>a</Key><Size>1e3</Size></Contents>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<Contents><Key>a</Key><LastModified>yesterday</LastModified></Contents>" TAIL,
           ERROR_PERMANENT);
    refuse(HEAD "<EncodingType>url</EncodingType><Contents><Key>a%2</Key></Contents>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<EncodingType>url</EncodingType><Contents><Key>a%00b</Key></Contents>" TAIL,
           ERROR_PERMANENT);
    refuse(HEAD "<EncodingType>url</EncodingType><Contents><Key>%FF</Key></Contents>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<IsTruncated>true</IsTruncated>" TAIL, ERROR_PERMANENT);
    refuse(HEAD "<IsTruncated>true</IsTruncated><NextContinuationToken/>" TAIL, ERROR_PERMANENT);
    refuse("<ListAllMyBucketsResult/>", ERROR_PERMANENT);
}

Test(list_xml, tells_what_is_in_an_archive)
{
    static const struct {
        const char *inside;
        gboolean is_archived;
    } table[] = {
        {"", FALSE},
        {"<StorageClass>GLACIER_IR</StorageClass>", FALSE},
        {"<StorageClass>GLACIER</StorageClass>", TRUE},
        {"<StorageClass>DEEP_ARCHIVE</StorageClass>", TRUE},
        {"<StorageClass>GLACIER</StorageClass><RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress>"
         "</RestoreStatus>",
         TRUE},
        {"<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>"
         "2030-01-01T00:00:00Z</RestoreExpiryDate></RestoreStatus><StorageClass>GLACIER</StorageClass>",
         FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text =
            g_strconcat(HEAD "<Contents><Key>a</Key>", table[i].inside, "</Contents>" TAIL, NULL);
        g_auto(S3Page) page = {0};

        cr_assert(parse(text, strlen(text), 50, &page, NULL));
        cr_expect_eq(s3_object_is_archived(g_ptr_array_index(page.objects, 0)), table[i].is_archived, "%s",
                     table[i].inside);
    }
}

/* The number of bytes of 16 MB that are taken before expat is stopped; it would parse an incomplete token
 * repeatedly from its beginning. */
static gsize taken_of(const char *begin, char fill)
{
    g_autoptr(ListXml) list = list_xml_new(FALSE);
    g_autoptr(GError) error = NULL;
    char part[1024];
    gsize taken = 0;

    cr_assert(list_xml_feed(list, begin, strlen(begin), NULL));
    memset(part, fill, sizeof part);
    while (taken < LIMIT_LIST_BYTES / 2 && list_xml_feed(list, part, sizeof part, &error))
        taken += sizeof part;
    cr_assert_not_null(error, "all was taken");
    cr_assert_eq(error_class(error), ERROR_PERMANENT, "%s", error->message);
    return taken;
}

/* A page is parsed a MB at a time, and the first one has complete tokens, too. */
#define MOST_TAKEN ((2u << 20) + XML_MAX_TOKEN_BYTES)

Test(list_xml, a_token_without_end_is_not_read_on)
{
    cr_expect_lt(taken_of(HEAD "<!-- ", 'c'), MOST_TAKEN);
    cr_expect_lt(taken_of(HEAD "<Name a='", 'v'), MOST_TAKEN);
    cr_expect_lt(taken_of(HEAD "<N", 'n'), MOST_TAKEN);
    cr_expect_lt(taken_of(HEAD "<?p ", 'p'), MOST_TAKEN);
}

/* A page of one comment with this many characters, and its tags. */
static char *commented(gsize n)
{
    g_autofree char *comment = g_strnfill(n, 'c');

    return g_strconcat(HEAD "<!--", comment, "-->" TAIL, NULL);
}

Test(list_xml, a_token_has_64_KiB_at_most)
{
    g_autofree char *longest = commented(XML_MAX_TOKEN_BYTES - strlen("<!---->"));
    g_autofree char *longer = commented(XML_MAX_TOKEN_BYTES - strlen("<!---->") + 1);
    g_auto(S3Page) page = {0};

    cr_assert(parse(longest, strlen(longest), strlen(longest), &page, NULL));
    refuse(longer, ERROR_PERMANENT);
}

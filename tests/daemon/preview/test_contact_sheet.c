#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "daemon/preview/contact_sheet.h"

#define LIMIT (1u << 20)

static const char *const one_name[] = {"a.jpg", NULL};

static const SheetPicture source = {.name = "source",
                                    .format = FORMAT_JPEG,
                                    .width = 4000,
                                    .height = 3000,
                                    .frames = 1,
                                    .size_bytes = 5000000};

static SheetPicture output(const char *name, ImageFormat format, const char *bytes)
{
    return (SheetPicture){.name = name,
                          .format = format,
                          .width = 200,
                          .height = 150,
                          .frames = 1,
                          .quality = 71,
                          .spent_ms = 12,
                          .size_bytes = strlen(bytes),
                          .bytes = bytes};
}

/* The page with one entry, as a string. */
static char *page_of(const char *title, const char *const *names, const SheetEntry *entry)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ContactSheet) sheet = contact_sheet_new(title, names, LIMIT, &error);
    g_autoptr(Blob) page = NULL;

    cr_assert_not_null(sheet);
    cr_assert(contact_sheet_add(sheet, entry, &error), "%s", error != NULL ? error->message : "");
    page = contact_sheet_finish(sheet, &error);
    cr_assert_not_null(page);
    return g_strndup(blob_data(page), blob_size(page));
}

static guint count(const char *text, const char *needle)
{
    guint n = 0;

    for (const char *p = text; (p = strstr(p, needle)) != NULL; p += strlen(needle))
        n++;
    return n;
}

/* Asserts that every element is closed in order, and that there is no other `<`. */
static void assert_nested(const char *page)
{
    static const char *const empty[] = {"meta", "img", "!DOCTYPE", NULL};
    g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(g_free);

    for (const char *p = page; (p = strchr(p, '<')) != NULL; p++) {
        const gboolean closes = p[1] == '/';
        const char *name = p + (closes ? 2 : 1);
        const gsize length = strspn(name, "abcdefghijklmnopqrstuvwxyz123456789!DOCTYPE");
        g_autofree char *tag = g_strndup(name, length);

        cr_assert_gt(length, 0u, "%.40s", p);
        cr_assert_not_null(strchr(p, '>'));
        if (closes) {
            cr_assert_gt(open->len, 0u);
            cr_assert_str_eq(tag, g_ptr_array_index(open, open->len - 1), "%.60s", p);
            g_ptr_array_set_size(open, (gint)open->len - 1);
        } else if (!g_strv_contains(empty, tag)) {
            g_ptr_array_add(open, g_steal_pointer(&tag));
        }
    }
    cr_assert_eq(open->len, 0u);
}

Test(contact_sheet, has_the_numbers_and_the_bytes)
{
    const SheetPicture thumbnail = output("source", FORMAT_WEBP, "tiny");
    SheetPicture outputs[] = {output("large", FORMAT_JPEG, "jpeg bytes"),
                              output("thumb", FORMAT_PNG, "png bytes"),
                              output("exact", FORMAT_WEBP, "webp bytes")};
    SheetEntry entry = {.name = "a.jpg",
                        .source = &source,
                        .thumbnail = &thumbnail,
                        .outputs = outputs,
                        .n_outputs = 3,
                        .spent_ms = 345,
                        .plan = "a.jpg: jpeg\n  base: 200 x 150"};
    g_autofree char *page = NULL;

    outputs[1].quality = outputs[2].quality = 0;
    outputs[2].frames = 7;
    page = page_of("photos.yaml", one_name, &entry);
    assert_nested(page);
    cr_assert_eq(count(page, "<img "), 4u);
    cr_assert_eq(count(page, " alt=\""), 4u);
    cr_assert_not_null(strstr(page, "src=\"data:image/webp;base64,dGlueQ==\""));
    cr_assert_not_null(strstr(page, "src=\"data:image/jpeg;base64,anBlZyBieXRlcw==\""));
    cr_assert_not_null(strstr(page, "alt=\"large of a.jpg\""));
    cr_assert_not_null(strstr(page, "4000&nbsp;&times;&nbsp;3000"));
    cr_assert_not_null(strstr(page, "<td>71</td>"), "a quality");
    cr_assert_not_null(strstr(page, "<td>&ndash;</td>"), "none, of PNG");
    cr_assert_not_null(strstr(page, "<td>lossless</td>"));
    cr_assert_not_null(strstr(page, "7&nbsp;frames"));
    cr_assert_not_null(strstr(page, "<td>345</td>"));
    cr_assert_not_null(strstr(page, ">a.jpg: jpeg\n  base: 200 x 150</pre>"));
    cr_assert_null(strstr(page, "<nav"), "one image needs no list of them");
    cr_assert_null(strstr(page, "http://"));
    cr_assert_null(strstr(page, "https://"));
    cr_assert_null(strstr(page, "<script"));
}

Test(contact_sheet, an_output_opens_by_its_own_name)
{
    const SheetPicture large = output("large", FORMAT_JPEG, "x");
    const SheetEntry entry = {.name = "a.jpg", .source = &source, .outputs = &large, .n_outputs = 1};
    g_autofree char *page = page_of("c", one_name, &entry);

    cr_assert_eq(count(page, "id=\"image-1-1\""), 1u);
    cr_assert_eq(count(page, "href=\"#image-1-1\""), 1u);
    cr_assert_eq(count(page, "id=\"image-1\""), 1u);
    cr_assert_eq(count(page, "href=\"#image-1\""), 1u, "back");
    cr_assert_eq(count(page, "data:image/jpeg"), 1u, "its bytes are there once");
}

Test(contact_sheet, whatever_a_text_says_it_stays_a_text)
{
    static const char *const hostile = "</h2><script>alert(1)</script>\"' onload=x &amp;%s%n";
    static const char *const names[] = {"</h2><script>alert(1)</script>\"' onload=x &amp;%s%n", "b", NULL};
    static const char *const warnings[] = {"<b>bold</b>", NULL};
    const SheetPicture picture = output(hostile, FORMAT_PNG, "x");
    const SheetPicture tiff = output(hostile, FORMAT_TIFF, "x");
    const SheetPicture outputs[] = {picture, tiff};
    const SheetEntry entry = {.name = hostile,
                              .source = &picture,
                              .thumbnail = &picture,
                              .outputs = outputs,
                              .n_outputs = 2,
                              .plan = hostile,
                              .warnings = warnings,
                              .failure = hostile};
    g_autofree char *page = page_of(hostile, names, &entry);

    assert_nested(page);
    cr_assert_null(strstr(page, "<script"));
    cr_assert_null(strstr(page, "<b>bold"));
    cr_assert_null(strstr(page, "\"' onload"));
    cr_assert_not_null(strstr(page, "x &amp;amp;%s%n"), "an entity too is a text");
    cr_assert_not_null(strstr(page, "&lt;b&gt;bold&lt;/b&gt;"));
    cr_assert_gt(count(page, "&quot;&apos; onload") + count(page, "&quot;&#39; onload"), 7u);
}

Test(contact_sheet, what_failed_says_why_and_the_list_leads_to_it)
{
    static const char *const names[] = {"a.jpg", "b.jpg", NULL};
    const SheetEntry first = {.name = "a.jpg", .failure = "not an image"};
    const SheetEntry second = {.name = "b.jpg", .source = &source, .failure = "too large"};
    g_autoptr(ContactSheet) sheet = contact_sheet_new("c", names, LIMIT, NULL);
    g_autoptr(Blob) blob = NULL;
    g_autofree char *page = NULL;

    cr_assert(contact_sheet_add(sheet, &first, NULL));
    cr_assert(contact_sheet_add(sheet, &second, NULL));
    blob = contact_sheet_finish(sheet, NULL);
    page = g_strndup(blob_data(blob), blob_size(blob));
    assert_nested(page);
    cr_assert_not_null(strstr(page, "<a href=\"#image-2\"><bdi>b.jpg</bdi></a>"));
    cr_assert_not_null(strstr(page, "<section id=\"image-2\"><h2><bdi>b.jpg</bdi></h2>"));
    cr_assert_not_null(strstr(page, "not an image"));
    cr_assert_not_null(strstr(page, "too large"));
    cr_assert_null(strstr(page, "<img"));
    cr_assert_not_null(strstr(page, "2 images of"));
    cr_assert_not_null(strstr(page, "2 failed"));
}

Test(contact_sheet, what_browsers_do_not_show_is_a_file_to_save)
{
    const SheetPicture print = output("print", FORMAT_TIFF, "tiff bytes");
    const SheetEntry entry = {.name = "a.jpg", .source = &source, .outputs = &print, .n_outputs = 1};
    g_autofree char *page = page_of("c", one_name, &entry);

    assert_nested(page);
    cr_assert_null(strstr(page, "<img"));
    cr_assert_not_null(
        strstr(page, "download=\"print.tif\" href=\"data:image/tiff;base64,dGlmZiBieXRlcw==\""));
}

Test(contact_sheet, large_bytes_survive)
{
    const gsize size = 200001;
    g_autofree guchar *bytes = g_malloc(size);
    SheetPicture large = output("large", FORMAT_PNG, "");
    const SheetEntry entry = {.name = "a.jpg", .source = &source, .outputs = &large, .n_outputs = 1};
    g_autofree char *expected = NULL;
    g_autofree char *page = NULL;

    for (gsize i = 0; i < size; i++)
        bytes[i] = (guchar)(i * 7 + i / 251);
    large.bytes = bytes;
    large.size_bytes = size;
    expected = g_base64_encode(bytes, size);
    page = page_of("c", one_name, &entry);
    cr_assert_not_null(strstr(page, expected));
}

Test(contact_sheet, the_entry_that_is_too_much_is_named)
{
    g_autofree char *bytes = g_strnfill(LIMIT * 5 / 8, 'x');
    const SheetPicture large = output("large", FORMAT_PNG, bytes);
    const SheetEntry fits = {.name = "first.png", .source = &source, .outputs = &large, .n_outputs = 1};
    const SheetEntry too_much = {.name = "second.png", .source = &source, .outputs = &large, .n_outputs = 1};
    g_autoptr(ContactSheet) sheet = contact_sheet_new("c", one_name, LIMIT, NULL);
    g_autoptr(GError) error = NULL;

    cr_assert(contact_sheet_add(sheet, &fits, NULL));
    cr_assert_not(contact_sheet_add(sheet, &too_much, &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
    cr_assert_not_null(strstr(error->message, "second.png"), "%s", error->message);
    cr_assert_not_null(strstr(error->message, "1.0"), "%s", error->message);
    cr_assert_null(contact_sheet_finish(sheet, NULL));
}

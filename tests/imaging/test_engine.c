#include <criterion/criterion.h>
#include <string.h>

#include "imaging/engine.h"
#include "imaging/warm_up.h"
#include "samples.h"

static void setup(void)
{
    if (!engine_start(NULL))
        abort();
}

TestSuite(engine, .init = setup);

static void expect_taken(const char *domain, const char *text, ErrorClass class, const char *expected)
{
    GError *error = NULL;

    engine_drop_error();
    if (text != NULL)
        vips_error(domain, "%s", text);
    engine_take_error(ERROR_INPUT, "a.jpg", &error);
    cr_expect_str_eq(error->message, expected);
    cr_expect_eq(error_class(error), class);
    cr_expect_str_eq(vips_error_buffer(), "");
    g_error_free(error);
}

Test(engine, error_is_one_clean_line)
{
    expect_taken("VipsJpeg", "premature end\nVips: more", ERROR_INPUT, "a.jpg: premature end");
    expect_taken("source",
                 "bad seek to 506\nsource: bad seek to 9\nheif: Invalid input: No 'meta' box (2.100)",
                 ERROR_INPUT, "a.jpg: No 'meta' box");
    expect_taken("VipsJpeg", "tab\tand\x1b[31m", ERROR_INPUT, "a.jpg: tab and [31m");
    expect_taken("two words", "text", ERROR_INPUT, "a.jpg: two words: text");
    expect_taken(NULL, NULL, ERROR_INPUT, "a.jpg: no reason given");
    expect_taken("vips_tracked", "out of memory --- size == 9MB", ERROR_LIMIT,
                 "a.jpg: out of memory --- size == 9MB");
}

Test(engine, error_is_cut_and_valid_utf8)
{
    g_autofree char *text = g_strnfill(5000, 'x');
    GError *error = NULL;

    text[3] = '\xff';
    vips_error("Vips", "%s", text);
    engine_take_error(ERROR_INPUT, "a", &error);
    cr_expect_leq(strlen(error->message), 210);
    cr_expect(g_utf8_validate(error->message, -1, NULL));
    g_error_free(error);
}

Test(engine, error_may_be_ignored)
{
    vips_error("Vips", "%s", "text");
    engine_take_error(ERROR_INPUT, "a", NULL);
    cr_expect_str_eq(vips_error_buffer(), "");
}

Test(engine, warnings_are_quoted_once)
{
    g_log("VIPS", G_LOG_LEVEL_WARNING, "read error");
    g_log("VIPS", G_LOG_LEVEL_WARNING, "error in tile 0 x 10");
    g_log("VIPS", G_LOG_LEVEL_INFO, "chatter");
    expect_taken(NULL, NULL, ERROR_INPUT, "a.jpg: no reason given");
    g_log("VIPS", G_LOG_LEVEL_WARNING, "read error");
    g_log("VIPS", G_LOG_LEVEL_WARNING, "error in tile 0 x 10");
    {
        GError *error = NULL;

        engine_take_error(ERROR_INPUT, "a.png", &error);
        cr_expect_str_eq(error->message, "a.png: read error");
        g_clear_error(&error);
        g_log("VIPS", G_LOG_LEVEL_WARNING, "crc");
        vips_error("png", "%s", "bad");
        engine_take_error(ERROR_INPUT, "a.png", &error);
        cr_expect_str_eq(error->message, "a.png: bad (crc)");
        g_clear_error(&error);
    }
    expect_taken(NULL, NULL, ERROR_INPUT, "a.jpg: no reason given");
}

Test(engine, starts_twice_and_warms_up_twice)
{
    GError *error = NULL;

    cr_assert(engine_start(&error));
    cr_assert(engine_warm_up(&error), "%s", error != NULL ? error->message : "");
    cr_assert(engine_warm_up(&error));
}

Test(engine, vectors_can_be_turned_off)
{
    g_autoptr(GBytes) bytes = sample_save(sample_quarters(400, 300), ".png");
    Rendition *rendition;

    engine_set_vector(FALSE);
    rendition = sample_render(bytes, FIT_INSIDE, 50, 50, FORMAT_PNG, NULL);
    cr_assert_not_null(rendition);
    cr_expect(pixel_is_near(sample_pixel(rendition, 5, 5), 255, 0, 0, 2));
    rendition_free(rendition);
    engine_set_vector(TRUE);
}

/* Only allowed loaders work; the modules of others are not even opened. */
Test(engine, other_loaders_are_blocked)
{
    static const char svg[] = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    static const char ppm[] = "P6 1 1 255 aaa";
    g_autoptr(GBytes) jpeg = sample_save(sample_quarters(9, 9), ".jpg");
    VipsImage *image;
    gsize size;
    const void *data = g_bytes_get_data(jpeg, &size);

    cr_expect_null(vips_image_new_from_buffer(svg, sizeof svg - 1, "", NULL));
    cr_expect_null(vips_image_new_from_buffer(ppm, sizeof ppm - 1, "", NULL));
    cr_expect_null(vips_image_new_from_file("/usr/share/icons/hicolor/index.theme", NULL));
    cr_expect_eq(vips_type_find("VipsOperation", "magickload_buffer"), 0);
    cr_expect_eq(vips_type_find("VipsOperation", "pdfload_buffer"), 0);
    cr_expect_neq(vips_type_find("VipsOperation", "heifload_buffer"), 0);
    image = vips_image_new_from_buffer(data, size, "", NULL);
    cr_assert_not_null(image);
    g_object_unref(image);
    cr_expect_eq(vips_concurrency_get(), 1);
    cr_expect_eq(vips_cache_get_max(), 0);
    engine_drop_error();
}

#include "imaging/engine.h"

#include <gmodule.h>
#include <string.h>
#include <vips/vips.h>

#include <vips/vector.h>

#include "imaging/render.h"

/* Longer texts are cut: an error is one line of a log. */
#define MAX_REASON_BYTES 200

/* All that may touch bytes from outside. */
static const char *const allowed_loaders[] = {
    "VipsForeignLoadJpeg",  "VipsForeignLoadPng",  "VipsForeignLoadWebp",
    "VipsForeignLoadNsgif", "VipsForeignLoadTiff", "VipsForeignLoadHeif",
};

/* The last warning: libpng's errors come as warnings and leave the error buffer empty or vague. Written by
 * libvips' threads too. */
static GMutex note_lock;
static char note[MAX_REASON_BYTES + 1];

static void message_note(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    (void)domain;
    (void)data;
    /* libvips adds where it was, which says less than what it follows; and of every AVIF file that it ignores
     * its colour description. */
    if ((level & G_LOG_LEVEL_WARNING) == 0 || g_str_has_prefix(message, "error in tile") ||
        g_str_has_prefix(message, "heifload: ignoring nclx"))
        return;
    g_mutex_lock(&note_lock);
    g_strlcpy(note, message, sizeof note);
    g_mutex_unlock(&note_lock);
}

/* What was noted since the last call, possibly "". Owned by the caller. */
static char *note_take(void)
{
    char *text;

    g_mutex_lock(&note_lock);
    text = g_strdup(note);
    note[0] = '\0';
    g_mutex_unlock(&note_lock);
    return text;
}

/* HEIC and AVIF are a module of libvips where it was built so. Its types are registered by opening it, and
 * GModule keeps it open. */
static gboolean heif_load(GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/vips-modules-%d.%d/vips-heif." G_MODULE_SUFFIX, VIPS_LIBDIR,
                                            vips_version(0), vips_version(1));
    const gboolean built_in = g_type_from_name("VipsForeignLoadHeif") != 0;

    if (built_in || g_module_open(path, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL) != NULL)
        return TRUE;
    error_set(error, ERROR_INTERNAL, "libvips' module for HEIC and AVIF: %s", g_module_error());
    return FALSE;
}

const char *engine_version(void)
{
    return vips_version_string();
}

gboolean engine_start(GError **error)
{
    static gboolean started = FALSE;

    if (started)
        return TRUE;
    /* The other modules (JPEG XL, ImageMagick, Poppler, OpenSlide) would be opened now and never used.
     * libvips looks for all of them below this folder. */
    g_setenv("VIPSHOME", "/nonexistent", TRUE);
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION, message_note, NULL);
    if (vips_init("thumbmill-imager") != 0) {
        engine_take_error(ERROR_INTERNAL, "starting libvips", error);
        return FALSE;
    }
    if (!heif_load(error))
        return FALSE;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_leak_set(FALSE);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (guint i = 0; i < G_N_ELEMENTS(allowed_loaders); i++)
        vips_operation_block_set(allowed_loaders[i], FALSE);
    started = TRUE;
    return TRUE;
}

void engine_set_vector(gboolean enabled)
{
    vips_vector_set_enabled(enabled);
}

/* "VipsJpeg: premature end of file\nVips: ..." -> "premature end of file" */
static char *reason_clean(const char *buffer)
{
    gsize length = strcspn(buffer, "\n");
    g_autofree char *line = g_strndup(buffer, MIN(length, MAX_REASON_BYTES));
    char *text = line;
    char *colon = strstr(line, ": ");
    char *valid;

    if (colon != NULL && memchr(line, ' ', (gsize)(colon - line)) == NULL && colon[2] != '\0')
        text = colon + 2;
    valid = g_utf8_make_valid(text, -1);
    for (char *c = valid; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return g_strstrip(valid);
}

void engine_take_error(ErrorClass class, const char *what, GError **error)
{
    g_autofree char *text = reason_clean(vips_error_buffer());
    g_autofree char *noted = note_take();
    g_autofree char *warning = reason_clean(noted);

    vips_error_clear();
    if (strstr(text, "out of memory") != NULL)
        class = ERROR_LIMIT;
    if (*text == '\0')
        error_set(error, class, "%s: %s", what, *warning != '\0' ? warning : "no reason given");
    else if (*warning != '\0')
        error_set(error, class, "%s: %s (%s)", what, text, warning);
    else
        error_set(error, class, "%s: %s", what, text);
}

char *engine_take_warning(void)
{
    g_autofree char *noted = note_take();

    return *noted != '\0' ? reason_clean(noted) : NULL;
}

void engine_drop_error(void)
{
    g_free(note_take());
    vips_error_clear();
}

/* The smallest GIF, one white pixel: to write one takes libvips longer than all the rest of the warm-up. */
static const guint8 tiny_gif[] = {
    'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 0xff, 0xff, 0xff, 0,   0,
    0,   ',', 0,   0,   0,   0,   1, 0, 1, 0, 0,    2, 2, 0x44, 1,    0,    ';',
};

/* A colourful image with an alpha band where the format can hold one. The suffix names the format. */
static gboolean sample_write(const char *suffix, void **ret_bytes, gsize *ret_size)
{
    VipsImage *image = NULL;
    VipsImage *colour = NULL;
    VipsImage *cast = NULL;
    gboolean ok;

    ok = vips_xyz(&image, 128, 96, NULL) == 0 &&
         vips_bandjoin((VipsImage *[]){image, image}, &colour, 2, NULL) == 0 &&
         vips_cast(colour, &cast, VIPS_FORMAT_UCHAR, NULL) == 0 &&
         vips_image_write_to_buffer(cast, suffix, ret_bytes, ret_size, NULL) == 0;
    g_clear_object(&image);
    g_clear_object(&colour);
    g_clear_object(&cast);
    return ok;
}

/* A size that is reduced, one that is also cropped, and an output of each usual format. The encoders of AVIF
 * and GIF take longer than all the rest, and need nothing from outside when they are called first. */
static gboolean sample_render(const void *bytes, gsize size, GError **error)
{
    static const Recipe recipes[] = {
        {.width = 100, .height = 100, .fit = FIT_INSIDE, .format = FORMAT_JPEG, .quality = 80},
        {.width = 40, .height = 40, .fit = FIT_COVER, .format = FORMAT_WEBP, .quality = 80},
        {.width = 20, .height = 20, .fit = FIT_INSIDE, .format = FORMAT_PNG, .quality = 80},
    };
    const RenderLimits limits = {.max_pixels = 1 << 20, .max_output_bytes = 1 << 20};
    g_autoptr(RenderResult) result = render(bytes, size, recipes, G_N_ELEMENTS(recipes), &limits, error);

    return result != NULL;
}

gboolean engine_warm_up(GError **error)
{
    static const char *const suffixes[] = {".jpg", ".png", ".webp", ".tif"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree void *bytes = NULL;
        gsize size = 0;

        if (!sample_write(suffixes[i], &bytes, &size)) {
            engine_take_error(ERROR_INTERNAL, "warming up", error);
            return FALSE;
        }
        if (!sample_render(bytes, size, error))
            return FALSE;
    }
    return sample_render(tiny_gif, sizeof tiny_gif, error);
}

#include "imaging/engine.h"

#include <dlfcn.h>
#include <gmodule.h>
#include <vips/vips.h>

#include <vips/vector.h>

#include "imaging/codecs.h"
#include "imaging/reason.h"

/* The only loaders that may touch untrusted bytes. */
static const char *const allowed_loaders[] = {
    "VipsForeignLoadJpeg",  "VipsForeignLoadPng",  "VipsForeignLoadWebp",
    "VipsForeignLoadNsgif", "VipsForeignLoadTiff", "VipsForeignLoadHeif",
};

/* The warnings since the current image was begun, without duplicates. They matter because libpng reports
 * errors as warnings and leaves the error buffer empty or vague. libvips' threads append too. */
static GMutex notes_lock;
static GPtrArray *notes;

/* More warnings would not be read. */
#define MAX_NOTES 4u

/* Takes ownership of text. A full list keeps its first entries and replaces the last one. */
static void notes_add(char *text)
{
    if (*text == '\0' || g_ptr_array_find_with_equal_func(notes, text, g_str_equal, NULL)) {
        g_free(text);
        return;
    }
    if (notes->len == MAX_NOTES)
        g_ptr_array_set_size(notes, MAX_NOTES - 1);
    g_ptr_array_add(notes, text);
}

/* Adds each line of a text. */
static void notes_add_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    g_mutex_lock(&notes_lock);
    if (notes == NULL)
        notes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; lines[i] != NULL; i++)
        notes_add(reason_from_warning(lines[i]));
    g_mutex_unlock(&notes_lock);
}

static void message_note(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    (void)domain;
    (void)data;
    if ((level & G_LOG_LEVEL_WARNING) != 0)
        notes_add_lines(message);
}

/* Returns and clears the warnings. Owned by the caller. */
static GPtrArray *notes_take(void)
{
    GPtrArray *taken;

    g_mutex_lock(&notes_lock);
    taken = notes != NULL ? g_steal_pointer(&notes) : g_ptr_array_new_with_free_func(g_free);
    g_mutex_unlock(&notes_lock);
    return taken;
}

/* Depending on the build, HEIC and AVIF are a module of libvips. Opening it registers its types; GModule
 * keeps it open. */
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

const char *engine_vector_name(void)
{
    gint64 (*targets)(void);

    /* Exists from 8.16 on; returns 0 if libvips was built without highway. */
    *(void **)&targets = dlsym(RTLD_DEFAULT, "vips_vector_get_builtin_targets");
    if (targets != NULL && targets() != 0)
        return "highway";
    /* Present only if libvips was built with liborc; nothing else in this process uses liborc. */
    return dlsym(RTLD_DEFAULT, "orc_init") != NULL ? "liborc" : "none";
}

gboolean engine_start(GError **error)
{
    static gboolean started = FALSE;

    if (started)
        return TRUE;
    /* Keeps libvips from opening its other modules (JPEG XL, ImageMagick, Poppler, OpenSlide), which are
     * never used. libvips looks for all modules below this folder. */
    g_setenv("VIPSHOME", "/nonexistent", TRUE);
    /* Images that a loader decodes as a whole (animated WebP) stay in memory whatever their size. By default
     * libvips would put more than 100 MB into a temporary file, which the sandbox denies.
     * imaging/planning/footprint.h counts that memory. */
    g_setenv("VIPS_DISC_THRESHOLD", "1000000g", TRUE);
    /* SVT-AV1 prints a description of itself to standard error before each image; restrict it to errors. */
    g_setenv("SVT_LOG", "1", TRUE);
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION, message_note, NULL);
    if (vips_init("thumbmill-imager") != 0) {
        engine_take_error(ERROR_INTERNAL, "starting libvips", error);
        return FALSE;
    }
    if (!heif_load(error))
        return FALSE;
    codecs_load();
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

char *engine_take_reason(void)
{
    g_autofree char *reason = reason_from_buffer(vips_error_buffer());
    g_autoptr(GPtrArray) warnings = notes_take();
    const char *last = warnings->len > 0 ? g_ptr_array_index(warnings, warnings->len - 1) : NULL;

    vips_error_clear();
    if (last == NULL)
        return *reason != '\0' ? g_steal_pointer(&reason) : g_strdup("no reason given");
    if (reason_is_vague(reason))
        return g_strdup(last);
    return g_strdup_printf("%s (%s)", reason, last);
}

void engine_take_error(ErrorClass class, const char *what, GError **error)
{
    g_autofree char *reason = engine_take_reason();

    error_set(error, reason_kind(reason) == REASON_TOO_LARGE ? ERROR_LIMIT : class, "%s: %s", what, reason);
}

void engine_note_complaints(void)
{
    notes_add_lines(vips_error_buffer());
    vips_error_clear();
}

GPtrArray *engine_take_warnings(void)
{
    engine_note_complaints();
    return notes_take();
}

void engine_clear_error(void)
{
    vips_error_clear();
}

void engine_drop_error(void)
{
    g_ptr_array_unref(notes_take());
    vips_error_clear();
}

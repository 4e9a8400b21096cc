#include "imaging/encode.h"

#include "base/error.h"
#include "imaging/codecs.h"
#include "imaging/engine.h"
#include "imaging/engine_facts.h"
#include "imaging/formats/webp.h"
#include "imaging/load_error.h"
#include "imaging/metadata.h"
#include "imaging/step.h"

/* Size of the image that is written to find out whether an encoder works. */
#define TRIAL_SIDE  16
#define TRIAL_BYTES 65536u

/* libvips' default is 4, which costs libaom three to four times the CPU to save 3 % of the bytes
 * (docs/adr/0038-the-default-effort-of-avif.md). */
#define AVIF_EFFORT 3

typedef struct {
    const Recipe *recipe;
    const EncodeOptions *options;
    int quality; /* 0 if lossless */
    Blob *blob;
    GError *error;    /* why writing failed; libvips only learns that it did */
    gboolean is_full; /* writing failed because of the blob's size limit */
} Sink;

static gboolean sink_append(Sink *sink, const void *data, gsize size_bytes)
{
    if (sink->error != NULL)
        return FALSE;
    if (blob_append(sink->blob, data, size_bytes, &sink->error))
        return TRUE;
    sink->is_full = error_class(sink->error) == ERROR_LIMIT;
    return FALSE;
}

static gint64 sink_write(VipsTargetCustom *target, const void *data, gint64 size_bytes, gpointer user_data)
{
    (void)target;
    return sink_append(user_data, data, (gsize)size_bytes) ? size_bytes : -1;
}

static VipsTarget *sink_target(Sink *sink)
{
    VipsTargetCustom *custom = vips_target_custom_new();

    g_signal_connect(custom, "write", G_CALLBACK(sink_write), sink);
    return VIPS_TARGET(custom);
}

/* Maps the recipe's effort (1 .. RECIPE_MAX_EFFORT) to an encoder's own scale; an effort of 0 means the
 * encoder's default. */
static int effort_on_scale(const Recipe *recipe, int standard, int least, int most)
{
    const int steps = (int)RECIPE_MAX_EFFORT - 1;

    if (recipe->effort == 0)
        return standard;
    return least + ((most - least) * ((int)recipe->effort - 1) + steps / 2) / steps;
}

static VipsForeignSubsample subsample_mode(const Recipe *recipe)
{
    switch (recipe->subsampling) {
    case SUBSAMPLING_420: return VIPS_FOREIGN_SUBSAMPLE_ON;
    case SUBSAMPLING_444: return VIPS_FOREIGN_SUBSAMPLE_OFF;
    case SUBSAMPLING_AUTO: break;
    }
    return VIPS_FOREIGN_SUBSAMPLE_AUTO;
}

/* Checked here because libvips silently uses another encoder where the wanted one is missing. */
static gboolean has_encoder(const Sink *sink)
{
    const Encoder encoder = sink->recipe->encoder;

    if (sink->options->format != FORMAT_AVIF || encoder == ENCODER_AUTO || codecs_have_encoder(encoder))
        return TRUE;
    vips_error("heif", "libheif has no encoder '%s'", recipe_encoder_name(encoder));
    return FALSE;
}

static VipsForeignHeifEncoder heif_encoder(const Recipe *recipe)
{
    switch (recipe->encoder) {
    case ENCODER_AOM: return VIPS_FOREIGN_HEIF_ENCODER_AOM;
    case ENCODER_SVT: return VIPS_FOREIGN_HEIF_ENCODER_SVT;
    case ENCODER_AUTO: break;
    }
    return VIPS_FOREIGN_HEIF_ENCODER_AUTO;
}

/* VIPS_FOREIGN_KEEP_ICC, which older headers lack. */
#define KEEP_ICC (1 << 3)

/* An option of a writer that says which metadata to write. */
typedef struct {
    const char *name;
    int value;
} KeepOption;

/* libvips adds an EXIF block of its own, which holds no more than a resolution, unless metadata is stripped.
 * Where it can only keep all metadata or none (ENGINE_KEEPS_ALL_OR_NOTHING), an image with a profile
 * therefore gets that block too. */
static KeepOption keep_option(const Sink *sink)
{
    if (sink->recipe->metadata != METADATA_STRIP)
        return (KeepOption){"strip", FALSE};
    if (!sink->options->with_profile)
        return (KeepOption){"strip", TRUE};
    if (engine_fact(ENGINE_KEEPS_ALL_OR_NOTHING))
        return (KeepOption){"strip", FALSE};
    return (KeepOption){"keep", KEEP_ICC};
}

/* The writers, one function per format. They return 0, or -1 on error, like libvips. */

static int save_jpeg(VipsImage *image, Sink *sink)
{
    const KeepOption keep = keep_option(sink);
    VipsTarget *target = sink_target(sink);
    int result =
        vips_jpegsave_target(image, target, "Q", sink->quality, "interlace", sink->recipe->progressive,
                             "subsample_mode", subsample_mode(sink->recipe), keep.name, keep.value, NULL);

    g_object_unref(target);
    return result;
}

static int save_png(VipsImage *image, Sink *sink)
{
    const Recipe *recipe = sink->recipe;
    const KeepOption keep = keep_option(sink);
    VipsTarget *target = sink_target(sink);
    int result = vips_pngsave_target(image, target, "compression", effort_on_scale(recipe, 6, 1, 9), "effort",
                                     effort_on_scale(recipe, 7, 1, 10), "interlace", recipe->progressive,
                                     "palette", recipe->palette, keep.name, keep.value, NULL);

    g_object_unref(target);
    return result;
}

/* Writes to memory first because webp_strip() needs the whole file; libwebp buffers the file anyway. */
static int save_webp(VipsImage *image, Sink *sink)
{
    const Recipe *recipe = sink->recipe;
    g_autofree void *bytes = NULL;
    gsize size = 0;

    if (vips_webpsave_buffer(image, &bytes, &size, "Q", recipe->lossless ? 75 : sink->quality, "lossless",
                             recipe->lossless, "effort", effort_on_scale(recipe, 4, 0, 6), NULL) != 0)
        return -1;
    if (recipe->metadata == METADATA_STRIP)
        size = webp_strip(bytes, size, sink->options->with_profile);
    return sink_append(sink, bytes, size) ? 0 : -1;
}

static int save_avif(VipsImage *image, Sink *sink)
{
    const Recipe *recipe = sink->recipe;
    VipsForeignSubsample mode = recipe->lossless ? VIPS_FOREIGN_SUBSAMPLE_OFF : subsample_mode(sink->recipe);
    const KeepOption keep = keep_option(sink);
    VipsTarget *target;
    int result;

    if (!has_encoder(sink))
        return -1;
    target = sink_target(sink);
    result = vips_heifsave_target(image, target, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "Q",
                                  recipe->lossless ? 100 : sink->quality, "lossless", recipe->lossless,
                                  "effort", effort_on_scale(recipe, AVIF_EFFORT, 0, 9), "subsample_mode",
                                  mode, keep.name, keep.value, "encoder", heif_encoder(recipe), NULL);

    g_object_unref(target);
    return result;
}

static int save_gif(VipsImage *image, Sink *sink)
{
    VipsTarget *target = sink_target(sink);
    int result = vips_gifsave_target(image, target, "effort", effort_on_scale(sink->recipe, 7, 1, 10), NULL);

    g_object_unref(target);
    return result;
}

/* Writes to memory first because libtiff seeks back in its output. */
static int save_tiff(VipsImage *image, Sink *sink)
{
    g_autofree void *bytes = NULL;
    gsize size = 0;

    if (vips_tiffsave_buffer(image, &bytes, &size, "compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE,
                             "predictor", VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, NULL) != 0)
        return -1;
    return sink_append(sink, bytes, size) ? 0 : -1;
}

static int (*const savers[])(VipsImage *image, Sink *sink) = {
    [FORMAT_JPEG] = save_jpeg, [FORMAT_PNG] = save_png,   [FORMAT_WEBP] = save_webp,
    [FORMAT_GIF] = save_gif,   [FORMAT_TIFF] = save_tiff, [FORMAT_AVIF] = save_avif,
};

/* Whether the encoder, with this recipe's options, can write the plainest of images. If not, it is missing
 * (libheif loads its HEVC and AV1 encoders as plug-ins from separate packages) or broken: no image can be
 * written, and this one is not to blame. *ret_why is the caller's. */
static gboolean encoder_works(const Sink *sink, char **ret_why)
{
    g_autoptr(Blob) blob = blob_new("thumbmill-trial", TRIAL_BYTES, NULL);
    Sink trial = {.recipe = sink->recipe, .options = sink->options, .quality = sink->quality, .blob = blob};
    VipsImage *image = NULL;
    gboolean ok;

    ok = blob != NULL && vips_black(&image, TRIAL_SIDE, TRIAL_SIDE, "bands", 3, NULL) == 0 &&
         savers[sink->options->format](image, &trial) == 0;
    g_clear_object(&image);
    g_clear_error(&trial.error);
    if (ok)
        return TRUE;
    *ret_why = engine_take_reason();
    return FALSE;
}

/* Sets the error after libvips failed to write, with the class that says whose fault it is. */
static void encode_fail(const Sink *sink, GError **error)
{
    const char *name = format_info(sink->options->format)->name;
    g_autofree char *why = NULL;
    GError *reason = NULL;

    if (sink->options->is_streamed)
        load_take_error(sink->options->source, &reason);
    else
        engine_take_error(ERROR_INTERNAL, "encoding", &reason);
    if (error_class(reason) != ERROR_LIMIT && !encoder_works(sink, &why)) {
        g_clear_error(&reason);
        error_set(&reason, ERROR_CONFIG, "this machine cannot encode %s: %s", name, why);
    }
    g_propagate_error(error, reason);
}

/* Encodes at the sink's quality. If the result is larger than max_bytes, sets sink->is_full. */
static Blob *encode_once(VipsImage *image, Sink *sink, guint64 max_bytes, GError **error)
{
    g_autoptr(Blob) blob = blob_new("thumbmill-output", max_bytes, error);
    int result;

    if (blob == NULL)
        return NULL;
    sink->blob = blob;
    sink->is_full = FALSE;
    result = savers[sink->options->format](image, sink);
    if (sink->error != NULL) {
        engine_clear_error();
        g_propagate_prefixed_error(error, g_steal_pointer(&sink->error), "output of %d x %d: ", image->Xsize,
                                   image->Ysize);
        return NULL;
    }
    if (result != 0) {
        encode_fail(sink, error);
        return NULL;
    }
    return g_steal_pointer(&blob);
}

/* Finds the highest quality below the sink's whose result fits; the sink's own quality is known not to fit.
 * Encodes at most 7 times. */
static Blob *encode_search(VipsImage *image, Sink *sink, guint64 max_bytes, GError **error)
{
    int fits = 0;
    int too_much = sink->quality;
    Blob *best = NULL;

    while (too_much - fits > 1) {
        GError *reason = NULL;
        Blob *blob;

        sink->quality = (fits + too_much) / 2;
        blob = encode_once(image, sink, max_bytes, &reason);
        if (blob != NULL) {
            fits = sink->quality;
            blob_unref(best);
            best = blob;
        } else if (sink->is_full) {
            too_much = sink->quality;
            g_error_free(reason);
        } else {
            blob_unref(best);
            g_propagate_error(error, reason);
            return NULL;
        }
    }
    sink->quality = fits;
    if (best == NULL)
        error_set(error, ERROR_LIMIT,
                  "output of %d x %d: more than %" G_GUINT64_FORMAT " bytes even at quality 1", image->Xsize,
                  image->Ysize, max_bytes);
    return best;
}

static Blob *encode_within(VipsImage *image, Sink *sink, guint64 max_bytes, GError **error)
{
    GError *reason = NULL;
    Blob *blob = encode_once(image, sink, max_bytes, &reason);

    if (blob != NULL)
        return blob;
    if (sink->recipe->max_bytes == 0 || sink->quality <= 1 || !sink->is_full) {
        g_propagate_error(error, reason);
        return NULL;
    }
    g_error_free(reason);
    return encode_search(image, sink, max_bytes, error);
}

Blob *encode(VipsImage *image, const Recipe *recipe, const EncodeOptions *options, guint32 *ret_quality,
             GError **error)
{
    Sink sink = {.recipe = recipe, .options = options};
    const guint64 max_bytes =
        recipe->max_bytes != 0 ? MIN(recipe->max_bytes, options->max_bytes) : options->max_bytes;
    g_autoptr(Blob) blob = NULL;

    if (!recipe->lossless || !format_has_option(options->format, OPTION_LOSSLESS))
        sink.quality = (int)recipe_quality(recipe, options->format);
    image = metadata_select(g_object_ref(image), options->format, options->n_frames, options->with_profile,
                            recipe->metadata);
    /* An image that is encoded more than once is rendered into memory first. */
    if (recipe->max_bytes != 0 && sink.quality != 0)
        image = step_memory(image);
    if (image == NULL) {
        encode_fail(&sink, error);
        return NULL;
    }
    engine_note_complaints();
    blob = encode_within(image, &sink, max_bytes, error);
    g_object_unref(image);
    if (blob == NULL || !blob_seal(blob, error))
        return NULL;
    *ret_quality = (guint32)sink.quality;
    return g_steal_pointer(&blob);
}

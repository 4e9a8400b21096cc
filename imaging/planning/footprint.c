#include "imaging/planning/footprint.h"

/* Memory of any rendering: stacks and buffers of libvips' threads, tables of codecs. */
#define FIXED_BYTES ((guint64)6 << 20)

/* The most lines that a pipeline from a decoder to a resize holds, in its caches and those of its threads:
 * 600 without a resize, 1600 with the tallest. */
#define PIPELINE_LINES 1700u

/* The most lines that a pipeline from a base in memory to an encoder holds. */
#define OUTPUT_LINES 600u

/* Fixed memory of the encoders of AVIF and GIF, besides what grows with the image. */
#define AVIF_FIXED_BYTES ((guint64)24 << 20)
#define SVT_FIXED_BYTES  ((guint64)52 << 20)
#define GIF_FIXED_BYTES  ((guint64)2 << 20)

/* Lossless WebP keeps histograms of tiles: up to 2600 of some 13 KB each. Small images have smaller tiles. */
#define WEBP_HISTOGRAM_BYTES ((guint64)36 << 20)
#define WEBP_HISTOGRAM_RATE  300u

/* libimagequant counts the colours of an image: some 70 bytes for each, and at most 1.7 million colours,
 * since it then merges similar ones (noise with alpha, 2.17 and 2.18). Photographs have up to half as many. */
#define PALETTE_COLOURS_BYTES ((guint64)128 << 20)
#define PALETTE_COLOURS_RATE  72u

/* Pixels that are averaged in linear light are held as floating-point numbers. Colours that are weighted with
 * their alpha are so only in passing. */
#define FLOAT_BYTES 4u

/* Untrusted sizes are below 2^32 on each side, so pixels times a few bytes might still overflow. */
static guint64 product(guint64 pixels, guint64 bytes)
{
    return bytes != 0 && pixels > G_MAXUINT64 / 64 / bytes ? G_MAXUINT64 / 64 : pixels * bytes;
}

static guint64 area(PlanSize size)
{
    return (guint64)size.width * size.height;
}

/* The decoder */

static guint64 jpeg_bytes(const FootprintSource *source)
{
    const guint64 bytes_per_pixel = 2 * (guint64)source->bands - (source->is_420 ? 3u : 0u);

    return source->is_multiscan ? product(area(source->stored), bytes_per_pixel) + source->size_bytes : 0;
}

static guint64 png_bytes(const FootprintSource *source)
{
    return source->is_multiscan ? product(area(source->stored), (guint64)source->bands * source->sample_bytes)
                                : 0;
}

static guint64 webp_bytes(const FootprintSource *source)
{
    const guint64 per_stored = (source->is_lossless ? 4u : 0u) + (source->has_alpha ? 2u : 0u);

    if (source->frames > 1)
        return product(area(source->stored), 24) +
               product(area(source->loaded) * source->frames, source->bands);
    return product(area(source->loaded), 8) + product(area(source->stored), per_stored);
}

/* Two rows of tiles, and the tile that is being decoded. */
static guint64 tiff_bytes(const FootprintSource *source)
{
    const PlanSize tile = {MIN(source->tile.width, source->stored.width),
                           MIN(source->tile.height, source->stored.height)};
    const guint64 pixels = 2 * (guint64)(source->stored.width + tile.width) * tile.height + area(tile);

    return product(pixels, (guint64)source->bands * source->sample_bytes);
}

static guint64 heif_bytes(const FootprintSource *source)
{
    return product(area(source->stored),
                   (source->sample_bytes > 1 ? 22u : 12u) + (source->has_alpha ? 4u : 0u));
}

static guint64 decoder_bytes(const FootprintSource *source)
{
    switch (source->format) {
    case FORMAT_JPEG: return jpeg_bytes(source);
    case FORMAT_PNG: return png_bytes(source);
    case FORMAT_WEBP: return webp_bytes(source);
    case FORMAT_GIF: return product(area(source->stored), 6) + source->size_bytes;
    case FORMAT_TIFF: return tiff_bytes(source);
    case FORMAT_HEIC:
    case FORMAT_AVIF: return heif_bytes(source);
    case FORMAT_SOURCE: break;
    }
    return 0;
}

/* From the decoder to the bases */

static gboolean is_linear(const Plan *plan)
{
    for (guint i = 0; i < plan->n_bases; i++)
        if (plan->bases[i].key.linear)
            return TRUE;
    return FALSE;
}

static guint64 pipeline_bytes(const FootprintSource *source, const Plan *plan)
{
    const guint64 sample = is_linear(plan) ? MAX(FLOAT_BYTES, source->sample_bytes) : source->sample_bytes;
    const guint64 lines = MIN(PIPELINE_LINES, (guint64)source->loaded.height * source->frames);

    return product(lines * source->loaded.width, source->bands * sample);
}

/* Bases have 8 bits per band, and CMYK becomes RGB. */
static guint64 base_bands(const FootprintSource *source)
{
    return MIN(source->bands, source->has_alpha ? 4u : 3u);
}

static guint64 bases_bytes(const FootprintSource *source, const Plan *plan)
{
    guint64 bytes = 0;

    if (source->is_streamed)
        return 0;
    if (plan->n_bases > 1)
        bytes +=
            product(area(source->loaded) * source->frames, (guint64)source->bands * source->sample_bytes);
    for (guint i = 0; i < plan->n_bases; i++) {
        const PlanBase *base = &plan->bases[i];
        const guint64 copies = source->is_turned || base->key.frames > 1 ? 2 : 1;

        bytes += product(area(base->size) * base->key.frames, base_bands(source) * copies);
    }
    return bytes;
}

/* The outputs */

static guint64 jpeg_encoder(const Recipe *recipe)
{
    return recipe->progressive ? 6 : 0;
}

static guint64 png_encoder(const Recipe *recipe)
{
    return recipe->progressive && !recipe->palette ? 8 : 0;
}

/* Alpha is always coded losslessly, even if the colours are not. */
static guint64 webp_encoder(const Recipe *recipe, gboolean has_alpha)
{
    return recipe->lossless ? 24 : has_alpha ? 32 : 14;
}

static guint64 avif_encoder(const Recipe *recipe, gboolean has_alpha)
{
    if (recipe->encoder == ENCODER_SVT) /* SVT-AV1 keeps pictures as for a video, and codes alpha as a second
                                         * picture. */
        return has_alpha ? 320 : 176;
    return recipe->lossless ? 48 : 36;
}

/* Bytes per pixel of a frame that the encoder needs. */
static guint64 encoder_rate(const PlanOutput *output, const Recipe *recipe, gboolean has_alpha)
{
    switch (output->format) {
    case FORMAT_JPEG: return jpeg_encoder(recipe);
    case FORMAT_PNG: return png_encoder(recipe);
    case FORMAT_WEBP: return webp_encoder(recipe, has_alpha);
    case FORMAT_AVIF: return avif_encoder(recipe, has_alpha);
    case FORMAT_GIF: return 4;
    case FORMAT_TIFF: return 8;
    case FORMAT_HEIC:
    case FORMAT_SOURCE: break;
    }
    return 0;
}

static guint64 webp_fixed(const PlanOutput *output, const Recipe *recipe)
{
    if (!recipe->lossless)
        return 0;
    return MIN(WEBP_HISTOGRAM_BYTES, product(area(output->size), WEBP_HISTOGRAM_RATE));
}

static guint64 palette_bytes(const PlanOutput *output)
{
    return MIN(PALETTE_COLOURS_BYTES, product(area(output->size), PALETTE_COLOURS_RATE));
}

static guint64 encoder_fixed(const PlanOutput *output, const Recipe *recipe)
{
    switch (output->format) {
    case FORMAT_PNG: return recipe->palette ? palette_bytes(output) : 0;
    case FORMAT_WEBP: return webp_fixed(output, recipe);
    case FORMAT_AVIF: return recipe->encoder == ENCODER_SVT ? SVT_FIXED_BYTES : AVIF_FIXED_BYTES;
    case FORMAT_GIF: return GIF_FIXED_BYTES + palette_bytes(output);
    default: return 0;
    }
}

/* Memory of an output while it is encoded. *kept receives the part that remains afterwards: pixels for its
 * children, and the result, which rarely exceeds a byte per pixel. */
static guint64 output_bytes(const FootprintSource *source, const Plan *plan, const PlanOutput *output,
                            const Recipe *recipe, guint64 *kept)
{
    const guint64 frames = plan->bases[output->base].key.frames;
    const guint64 pixels = area(output->size);
    const gboolean is_searched = recipe->max_bytes != 0;
    guint64 bytes =
        product(pixels, encoder_rate(output, recipe, source->has_alpha)) + encoder_fixed(output, recipe);

    if (!source->is_streamed)
        bytes +=
            product(MIN(OUTPUT_LINES, output->size.height * frames) * output->size.width, base_bands(source));
    if (is_searched)
        bytes += product(pixels * frames, base_bands(source));
    if (output->is_parent)
        *kept += product(area(output->scaled) * frames, base_bands(source));
    *kept += format_has_option(output->format, OPTION_QUALITY) ? pixels * frames / 2 : pixels * frames * 2;
    return bytes;
}

static guint64 outputs_bytes(const FootprintSource *source, const Plan *plan, const Recipe *recipes)
{
    guint64 largest = 0;
    guint64 kept = 0;

    for (guint i = 0; i < plan->n_made; i++) {
        const guint output = plan->order[i];

        largest = MAX(largest, output_bytes(source, plan, &plan->outputs[output], &recipes[output], &kept));
    }
    return largest + kept;
}

guint64 footprint_predict(const FootprintSource *source, const Plan *plan, const Recipe *recipes)
{
    return FIXED_BYTES + source->size_bytes + decoder_bytes(source) + pipeline_bytes(source, plan) +
           bases_bytes(source, plan) + outputs_bytes(source, plan, recipes);
}

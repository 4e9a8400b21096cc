/* A recipe: the part of an output's configuration that decides its pixels and bytes.
 *
 * The configuration fills it, the supervisor sends it with a task, the imager follows it; it lives below all
 * three. A plain value: 0 is the default of each field except the box and the background. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* How the image is fitted to the box of width x height; the formulas are in imaging/planning/planner.h. */
typedef enum {
    FIT_INSIDE,  /* the largest size that fits into the box: whole image, aspect ratio kept */
    FIT_OUTSIDE, /* the smallest size that covers the box: whole image, aspect ratio kept */
    FIT_COVER,   /* fills the box, aspect ratio kept; the excess is cropped */
    FIT_CONTAIN, /* as FIT_INSIDE, with background around it: the output has the box's size */
    FIT_FILL,    /* stretched to the box, whatever its aspect ratio */
} Fit;

#define FIT_LAST FIT_FILL

/* The part that FIT_COVER keeps. */
typedef enum {
    CROP_CENTRE,
    CROP_NORTH,
    CROP_NORTH_EAST,
    CROP_EAST,
    CROP_SOUTH_EAST,
    CROP_SOUTH,
    CROP_SOUTH_WEST,
    CROP_WEST,
    CROP_NORTH_WEST,
    CROP_ATTENTION, /* the part most likely to draw attention, computed from the pixels */
    CROP_ENTROPY,   /* the part with the most detail, computed from the pixels */
} Crop;

#define CROP_LAST CROP_ENTROPY

typedef enum {
    PROFILE_SRGB, /* converted to sRGB; no profile is written, since sRGB is assumed without one */
    PROFILE_KEEP, /* not converted; the source's profile is written */
    PROFILE_P3,   /* converted to Display P3, whose profile is written */
} Profile;

#define PROFILE_LAST PROFILE_P3

typedef enum {
    METADATA_STRIP,
    METADATA_KEEP,
    METADATA_COPYRIGHT, /* copyright and artist of EXIF and IPTC, nothing else */
} Metadata;

#define METADATA_LAST METADATA_COPYRIGHT

/* Subsampling of the colour channels. */
typedef enum {
    SUBSAMPLING_AUTO, /* 4:2:0 below quality 90, else 4:4:4 */
    SUBSAMPLING_420,
    SUBSAMPLING_444,
} Subsampling;

#define SUBSAMPLING_LAST SUBSAMPLING_444

/* The encoder for AV1. */
typedef enum {
    ENCODER_AUTO, /* libheif's preferred encoder */
    ENCODER_AOM,
    ENCODER_SVT,
} Encoder;

#define ENCODER_LAST ENCODER_SVT

/* The largest side of a box. An output's limit is that of its format (FormatInfo.max_side), which is never
 * smaller. */
#define RECIPE_MAX_SIDE    16383u

#define RECIPE_MAX_EFFORT  10u
#define RECIPE_MAX_SHARPEN 100u

/* More frames than any animation of which one wants a thumbnail. */
#define RECIPE_MAX_FRAMES 100000u

#define RECIPE_WHITE      0xffffffu

typedef struct {
    guint32 width;  /* of the box, in pixels, up to RECIPE_MAX_SIDE; one of width and height may be 0: it */
    guint32 height; /* follows from the other one and the image's aspect ratio */
    Fit fit;
    gboolean enlarge;     /* also enlarge images that are smaller than the box */
    Crop crop;            /* for FIT_COVER */
    guint32 background;   /* 0xRRGGBB: below transparency if the format has none, and around FIT_CONTAIN */
    ImageFormat format;   /* one that can be encoded, or FORMAT_SOURCE */
    guint32 quality;      /* 1 .. 100, or 0 for the format's default (recipe_quality()) */
    guint32 effort;       /* 1 .. RECIPE_MAX_EFFORT, mapped to the encoder's scale; or 0 for the default */
    gboolean lossless;    /* WebP, AVIF */
    gboolean progressive; /* JPEG; PNG: interlaced. Not the default for JPEG: it saves a few percent of size,
                           * but takes twice the CPU here, and more wherever it is decoded */
    Subsampling subsampling; /* JPEG, AVIF */
    gboolean palette;        /* PNG: at most 256 colours */
    guint64 max_bytes;       /* encode with the highest quality that stays below this size; 0 for no limit */
    Profile profile;
    Metadata metadata;
    gboolean linear;    /* resize in linear light instead of the encoded values */
    guint32 sharpen;    /* 1 .. RECIPE_MAX_SHARPEN, after resizing; 0 for none */
    guint32 max_frames; /* of an animation, if the format can hold one; 1 for a still image; 0 for all */
    Encoder encoder;    /* AVIF */
} Recipe;

/* The 32-bit fields in the order of the table in recipe.c, and max_bytes. */
#define RECIPE_VARIANT_TYPE "(aut)"

/* Returns a floating variant of RECIPE_VARIANT_TYPE. */
GVariant *recipe_to_variant(const Recipe *recipe);

/* The same without fields that were added after the first release and have their default. Outputs are
 * identified by this form, so that a new option changes nothing for outputs that do not use it. */
GVariant *recipe_to_identity(const Recipe *recipe);

/* Checks every field's range. Class ERROR_INTERNAL, naming the field, if one is out of range: only our own
 * processes send these. */
gboolean recipe_from_variant(GVariant *variant, Recipe *ret_recipe, GError **error);

/* The quality to encode with, or 0 for a format without one. format is the resolved one. */
guint32 recipe_quality(const Recipe *recipe, ImageFormat format);

/* Whether the recipe can make an output of this size and resolved format from any source. For receivers of an
 * output that do not know its source. */
gboolean recipe_allows_size(const Recipe *recipe, ImageFormat format, guint32 width, guint32 height);

/* Whether the recipe can make an output of this format: an ImageFormat, or an unchecked number. */
gboolean recipe_allows_format(const Recipe *recipe, guint32 format);

/* The names used in the configuration ("north-east"), for values up to the enum's last. */
const char *recipe_fit_name(Fit fit);
const char *recipe_crop_name(Crop crop);
const char *recipe_profile_name(Profile profile);
const char *recipe_metadata_name(Metadata metadata);
const char *recipe_encoder_name(Encoder encoder);
const char *recipe_subsampling_name(Subsampling subsampling);

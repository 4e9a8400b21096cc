/* A recipe: the pixel part of an output, what decides its bytes.
 *
 * The configuration fills it, the supervisor sends it with a task, the imager obeys it: so it lives below all
 * three. A plain value, of which 0 is the default of each field but the box and the background. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* How the image meets the box of width x height; the formulas are in imaging/planning/planner.h. */
typedef enum {
    FIT_INSIDE,  /* as large as fits into the box: whole image, aspect ratio kept */
    FIT_OUTSIDE, /* as small as covers the box: whole image, aspect ratio kept */
    FIT_COVER,   /* fills the box, aspect ratio kept; what sticks out is cropped */
    FIT_CONTAIN, /* inside, with background around it: the output is the box */
    FIT_FILL,    /* stretched to the box, whatever its aspect ratio */
} Fit;

#define FIT_LAST FIT_FILL

/* Which part FIT_COVER keeps. */
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
    CROP_ATTENTION, /* where the eye goes: decided from the pixels */
    CROP_ENTROPY,   /* where most happens: the same */
} Crop;

#define CROP_LAST CROP_ENTROPY

typedef enum {
    PROFILE_SRGB, /* converted to it; no profile is written, since it is what is assumed without */
    PROFILE_KEEP, /* not converted; the source's profile is written */
    PROFILE_P3,   /* converted to Display P3, whose profile is written */
} Profile;

#define PROFILE_LAST PROFILE_P3

typedef enum {
    METADATA_STRIP,
    METADATA_KEEP,
    METADATA_COPYRIGHT, /* copyright and artist, of EXIF and IPTC, and nothing else */
} Metadata;

#define METADATA_LAST METADATA_COPYRIGHT

/* Of the colour channels. */
typedef enum {
    SUBSAMPLING_AUTO, /* 4:2:0 below quality 90, else 4:4:4 */
    SUBSAMPLING_420,
    SUBSAMPLING_444,
} Subsampling;

#define SUBSAMPLING_LAST SUBSAMPLING_444

/* What writes AV1. */
typedef enum {
    ENCODER_AUTO, /* the one that libheif prefers */
    ENCODER_AOM,
    ENCODER_SVT,
} Encoder;

#define ENCODER_LAST ENCODER_SVT

/* The largest side of a box. What an output may have is its format's own limit (FormatInfo.max_side), none of
 * which is less. */
#define RECIPE_MAX_SIDE    16383u

#define RECIPE_MAX_EFFORT  10u
#define RECIPE_MAX_SHARPEN 100u

/* More frames than any animation that is worth a thumbnail has. */
#define RECIPE_MAX_FRAMES 100000u

#define RECIPE_WHITE      0xffffffu

typedef struct {
    guint32 width;  /* of the box, in pixels, up to RECIPE_MAX_SIDE; one of both may be 0: it follows */
    guint32 height; /* from the other and the image's aspect ratio */
    Fit fit;
    gboolean enlarge;     /* images smaller than the box too are fitted to it */
    Crop crop;            /* of FIT_COVER */
    guint32 background;   /* 0xRRGGBB: under transparency where the format has none, and around FIT_CONTAIN */
    ImageFormat format;   /* one that can be encoded, or FORMAT_SOURCE */
    guint32 quality;      /* 1 .. 100; 0: the format's own default (recipe_quality()) */
    guint32 effort;       /* 1 .. RECIPE_MAX_EFFORT, mapped to the encoder's scale; 0: the default */
    gboolean lossless;    /* WebP, AVIF */
    gboolean progressive; /* JPEG; PNG: interlaced. Not the default of JPEG: a few percent smaller, but it
                           * costs twice the CPU here, and more wherever it is shown */
    Subsampling subsampling; /* JPEG, AVIF */
    gboolean palette;        /* PNG: at most 256 colours */
    guint64 max_bytes;       /* the highest quality that fits into it is searched; 0: no limit */
    Profile profile;
    Metadata metadata;
    gboolean linear;    /* averaged as light adds up, not as it is stored */
    guint32 sharpen;    /* 1 .. RECIPE_MAX_SHARPEN: of the finished size; 0: not at all */
    guint32 max_frames; /* of an animation, where the format can hold one; 1: a still image; 0: all */
    Encoder encoder;    /* AVIF */
} Recipe;

/* The fields of 32 bits in the order of the table in recipe.c, and max_bytes. */
#define RECIPE_VARIANT_TYPE "(aut)"

/* A floating variant of RECIPE_VARIANT_TYPE. */
GVariant *recipe_to_variant(const Recipe *recipe);

/* The same without the fields that were added after the first release and have their default: what outputs
 * are remembered by, so that a new option changes nothing for those that do not use it. */
GVariant *recipe_to_identity(const Recipe *recipe);

/* Checks every field's range: class ERROR_INTERNAL, naming the field, if one is out of it, since only our own
 * processes send these. */
gboolean recipe_from_variant(GVariant *variant, Recipe *ret_recipe, GError **error);

/* The quality to encode with; 0 for a format without. format is the resolved one. */
guint32 recipe_quality(const Recipe *recipe, ImageFormat format);

/* Whether the recipe can make an output of this size and format, which is resolved, from some source: for who
 * receives an output and does not know its source. */
gboolean recipe_allows_size(const Recipe *recipe, ImageFormat format, guint32 width, guint32 height);

/* The same for its format: an ImageFormat, or any number that claims to be one. */
gboolean recipe_allows_format(const Recipe *recipe, guint32 format);

/* The names in the configuration ("north-east"), of values up to the enum's last. */
const char *recipe_fit_name(Fit fit);
const char *recipe_crop_name(Crop crop);
const char *recipe_profile_name(Profile profile);
const char *recipe_metadata_name(Metadata metadata);
const char *recipe_encoder_name(Encoder encoder);
const char *recipe_subsampling_name(Subsampling subsampling);

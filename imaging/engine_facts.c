#include "imaging/engine_facts.h"

#include <vips/vips.h>

/* major * 10000 + minor * 100 + micro */
#define VERSION(major, minor, micro) (10000 * (major) + 100 * (minor) + (micro))

/* The first version with each fact and the first one without it; 0 if all earlier or all later versions have
 * it. */
static const struct {
    int since, until;
} facts[ENGINE_N_FACTS] = {
    [ENGINE_CUTS_DEEP_ALPHA] = {0, VERSION(8, 16, 1)},
    [ENGINE_KEEPS_ALL_OR_NOTHING] = {0, VERSION(8, 15, 0)},
    [ENGINE_WEBP_IGNORES_STRIP] = {0, VERSION(8, 15, 0)},
    [ENGINE_HEIF_BLOBS_DANGLE] = {0, VERSION(8, 15, 0)},
    [ENGINE_THUMBNAIL_TAKES_HALF] = {0, VERSION(8, 15, 0)},
    [ENGINE_PROFILES_OF_VERSION_4] = {VERSION(8, 15, 0), 0},
    [ENGINE_LIGHT_HAS_ALPHA_OF_255] = {0, VERSION(8, 15, 0)},
    [ENGINE_DROPS_UNFIT_PROFILES] = {VERSION(8, 15, 0), 0},
    [ENGINE_SPACE_DROPS_PROFILE] = {VERSION(8, 15, 0), 0},
};

gboolean engine_fact(EngineFact fact)
{
    const int version = VERSION(vips_version(0), vips_version(1), vips_version(2));

    return facts[fact].since <= version && (facts[fact].until == 0 || version < facts[fact].until);
}

/* Facts about versions of the libraries that thumbmill uses: a name for each peculiarity that it works
 * around. No other C file names such a version (tools/check-layers enforces that). Workarounds, and tests
 * that depend on a peculiarity, mention its name, so that `grep ENGINE_NAME` finds them all.
 *
 * Used by the imager. A workaround that is needless or harmful once the peculiarity has ended asks
 * engine_fact(). All other workarounds are harmless then, and stay until no supported release needs them. The
 * peculiarities that can be provoked are provoked with the installed library
 * (tests/imaging/test_engine_facts.c): a release in which one has ended fails that test until the table here
 * says so. Tested with the libvips of Debian 12 (8.14.1) and of Debian 13 (8.16.1).
 */
#pragma once

#include <glib.h>

/* Peculiarities of libvips and of the code built into it. */
typedef enum {
    /* An ICC transform to 8 bits clips a 16-bit alpha band at 255. */
    ENGINE_CUTS_DEEP_ALPHA,
    /* Writers either keep all metadata and add an EXIF block of their own, or write none, not even the
     * profile. */
    ENGINE_KEEPS_ALL_OR_NOTHING,
    /* The WebP writer adds its EXIF block even when it is told to strip metadata. */
    ENGINE_WEBP_IGNORES_STRIP,
    /* The blobs (colour profile, EXIF, XMP) of a HEIC or AVIF image lie in memory that is freed with that
     * image, although copies of the image still point to them. The test does not provoke it: it is a use
     * after free. */
    ENGINE_HEIF_BLOBS_DANGLE,
    /* The frames of a truncated animated GIF are taken for all there are, the last one half-empty. */
    ENGINE_GIF_CUT_OFF_IS_WHOLE,
    /* A GIF gets no alpha band if no frame names a transparent colour, even if its frames leave parts of the
     * canvas clear. */
    ENGINE_GIF_DROPS_ALPHA,
    /* TIFF samples are passed on with little regard to their meaning: unspecified samples as alpha, 32-bit
     * integers and floating-point numbers as levels of 0 to 255, YCbCr and ICCLab as RGB. */
    ENGINE_TIFF_IGNORES_MEANING,
    /* With separate TIFF planes in strips, lines are mixed up if the samples have to be converted. */
    ENGINE_TIFF_MIXES_BANDS,
    /* vips_thumbnail_buffer() accepts a truncated PNG as complete, whatever fail_on says. */
    ENGINE_THUMBNAIL_TAKES_HALF,
    /* Colours described by other means than an ICC profile are ignored: gAMA, cHRM and cICP of a PNG, nclx of
     * an AVIF. */
    ENGINE_IGNORES_COLOUR_TAGS,
    /* libvips' own profiles for sRGB and Display P3 are of version 4, for which lcms applies black point
     * compensation with the perceptual intent. */
    ENGINE_PROFILES_OF_VERSION_4,
    /* In linear light (scRGB) alpha ranges from 0 to 255 instead of from 0 to 1. */
    ENGINE_LIGHT_HAS_ALPHA_OF_255,
    /* Writers omit a profile that is for another number of bands. */
    ENGINE_DROPS_UNFIT_PROFILES,
    /* vips_colourspace() to linear light removes the profile, although the colours survive the way there and
     * back. */
    ENGINE_SPACE_DROPS_PROFILE,
    ENGINE_N_FACTS
} EngineFact;

/* Peculiarities of other libraries. Their version is never asked for, since the workarounds always do no
 * harm:
 *
 *   ENGINE_HEIF_LARGEST_SIDE       libheif 1.15 opens no picture of more than 16384 pixels a side.
 *   ENGINE_HEIF_SIZE_UNCHECKED     libheif 1.23 announces sides of any length, on which libvips asserts.
 *   ENGINE_HEIF_IROT_FIRST         libheif 1.15 decodes no picture whose property irot comes before ispe.
 *   ENGINE_HEIF_10_BITS_ABORTS     libheif 1.15.1 with libaom 3.6.0 aborts while it writes 10-bit AVIF.
 *   ENGINE_CURL_EXPECTS_CONTINUE   libcurl 7.88 and 8.14 wait for "100 Continue" before a PUT.
 *   ENGINE_CURL_MISSES_DEAD        libcurl 7.88 does not detect all dead connections.
 *   ENGINE_CURL_FAMILIES           libcurl 8.14 tries all IPv6 addresses of a name before its IPv4 ones.
 *   ENGINE_CURL_COUNTS_HEADERS     libcurl 8.14 aborts a response of more than 5000 headers.
 */

/* Whether the loaded libvips has this peculiarity. */
gboolean engine_fact(EngineFact fact);

/* What thumbmill knows about versions of the libraries that it uses: each peculiarity that it works around,
 * by name. No other C file names such a version (tools/check-layers sees to that); where one is worked
 * around, and where a test depends on one, its name stands instead, so that `grep ENGINE_NAME` finds all of
 * it.
 *
 * Used by the imager. What is needless or in the way once a peculiarity has ended asks engine_fact(). Any
 * other workaround is harmless then, and stays until no supported release needs it. Those that can be
 * provoked are, with the library that is installed (tests/imaging/test_engine_facts.c): a release in which
 * one has ended fails that test until the table here says so. Both libvips of Debian 12 (8.14.1) and of
 * Debian 13 (8.16.1) were tried.
 */
#pragma once

#include <glib.h>

/* Of libvips, and of what is built into it. */
typedef enum {
    /* An ICC transform to 8 bits cuts off what is above 255 in an alpha band of 16 bits. */
    ENGINE_CUTS_DEEP_ALPHA,
    /* Writers keep all metadata, and add an EXIF block of their own, or none, not even the profile. */
    ENGINE_KEEPS_ALL_OR_NOTHING,
    /* The writer of WebP adds its EXIF block even when it is to strip metadata. */
    ENGINE_WEBP_IGNORES_STRIP,
    /* The blobs (colour profile, EXIF, XMP) of a HEIC or AVIF image lie in memory that ends with that image,
     * while its copies go on pointing there. Not provoked: it is a use after free. */
    ENGINE_HEIF_BLOBS_DANGLE,
    /* The frames of an animated GIF that was cut off are taken for all there are, the last one half-empty. */
    ENGINE_GIF_CUT_OFF_IS_WHOLE,
    /* A GIF has no alpha band if no frame names a transparent colour, though frames leave parts of it clear.
     */
    ENGINE_GIF_DROPS_ALPHA,
    /* TIFF samples are handed over with little regard to what they mean: unspecified ones as alpha, numbers
     * of 32 bits and floating-point ones as levels of 0 to 255, YCbCr and ICCLab as RGB. */
    ENGINE_TIFF_IGNORES_MEANING,
    /* Lines of strips of separate TIFF bands are mixed up where the samples have to be changed. */
    ENGINE_TIFF_MIXES_BANDS,
    /* vips_thumbnail_buffer() takes half a PNG for a whole one, whatever fail_on says. */
    ENGINE_THUMBNAIL_TAKES_HALF,
    /* Colours that a file names otherwise than by an ICC profile are not read: gAMA, cHRM and cICP of a PNG,
     * nclx of an AVIF. */
    ENGINE_IGNORES_COLOUR_TAGS,
    /* Its own profiles of sRGB and Display P3 are of version 4, for which lcms compensates the black point
     * with the perceptual intent. */
    ENGINE_PROFILES_OF_VERSION_4,
    /* Beside linear light (scRGB) alpha goes from 0 to 255, and not to 1. */
    ENGINE_LIGHT_HAS_ALPHA_OF_255,
    /* Writers leave a profile out that is for another number of bands. */
    ENGINE_DROPS_UNFIT_PROFILES,
    /* vips_colourspace() to linear light takes the profile off, though colours keep their meaning on the way
     * there and back. */
    ENGINE_SPACE_DROPS_PROFILE,
    ENGINE_N_FACTS
} EngineFact;

/* Of other libraries, which nobody asks for their version, since what is done about them never does harm:
 *
 *   ENGINE_HEIF_LARGEST_SIDE       libheif 1.15 opens no picture of more than 16384 pixels a side.
 *   ENGINE_HEIF_SIZE_UNCHECKED     libheif 1.23 announces sides of any length, which libvips asserts on.
 *   ENGINE_HEIF_IROT_FIRST         libheif 1.15 decodes no picture whose property irot comes before ispe.
 *   ENGINE_HEIF_10_BITS_ABORTS     libheif 1.15.1 with libaom 3.6.0 aborts while it writes AVIF of 10 bits.
 *   ENGINE_CURL_EXPECTS_CONTINUE   libcurl 7.88 and 8.14 wait for "100 Continue" before a PUT.
 *   ENGINE_CURL_MISSES_DEAD        libcurl 7.88 does not see of every connection that it is dead.
 *   ENGINE_CURL_FAMILIES           libcurl 8.14 tries all IPv6 addresses of a name before its IPv4 ones.
 *   ENGINE_CURL_COUNTS_HEADERS     libcurl 8.14 itself ends an answer of more than 5000 headers.
 */

/* Whether the libvips that is loaded is like that. */
gboolean engine_fact(EngineFact fact);

#include <criterion/criterion.h>
#include <string.h>

#include "imaging/formats/xmp.h"

#define SPACES                                                                                               \
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
#define END "</r:RDF></x:xmpmeta>"

/* The text is not terminated, so that AddressSanitizer detects a read past its end. */
static char *clean(const char *text)
{
    const gsize size = strlen(text);
    g_autofree char *copy = g_memdup2(text, size);
    g_autoptr(GBytes) bytes = xmp_clean(copy, size);

    return bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

static void expect(const char *before, const char *after)
{
    g_autofree char *text = clean(before);

    cr_assert_not_null(text, "%s", before);
    cr_expect_str_eq(text, after);
}

/* The prefix is the writer's choice; the namespace decides. */
Test(xmp, properties_as_attributes)
{
    expect(SPACES "<r:Description r:about=\"\" xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" t:Orientation=\"6\" "
                  "t:Make=\"Cam\"/>" END,
           SPACES
           "<r:Description xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" r:about=\"\" t:Make=\"Cam\"/>" END);
    expect(SPACES "<r:Description xmlns:tiff=\"http://example.com/\" tiff:Orientation=\"6\"/>" END,
           SPACES "<r:Description xmlns:tiff=\"http://example.com/\" tiff:Orientation=\"6\"/>" END);
}

Test(xmp, properties_as_elements_with_all_below_them)
{
    expect(SPACES "<r:Description xmlns:c=\"http://ns.google.com/photos/1.0/container/\" "
                  "xmlns:i=\"http://ns.google.com/photos/1.0/container/item/\"><c:Directory><r:Seq><r:li>"
                  "<c:Item i:Mime=\"image/jpeg\"/></r:li></r:Seq></c:Directory>"
                  "<d:title xmlns:d=\"http://purl.org/dc/elements/1.1/\">T</d:title></r:Description>" END,
           SPACES "<r:Description xmlns:c=\"http://ns.google.com/photos/1.0/container/\" "
                  "xmlns:i=\"http://ns.google.com/photos/1.0/container/item/\">"
                  "<d:title xmlns:d=\"http://purl.org/dc/elements/1.1/\">T</d:title></r:Description>" END);
}

/* Each namespace and name, as an attribute and as an element. */
Test(xmp, every_untrue_property)
{
    static const struct {
        const char *space;
        const char *names[8];
    } properties[] = {
        {"http://ns.adobe.com/tiff/1.0/",
         {"Orientation", "ImageWidth", "ImageLength", "BitsPerSample", "YCbCrSubSampling", "WhitePoint"}},
        {"http://ns.adobe.com/exif/1.0/",
         {"PixelXDimension", "PixelYDimension", "ColorSpace", "SubjectArea", "SubjectLocation",
          "FocalPlaneXResolution", "NativeDigest"}},
        {"http://ns.adobe.com/photoshop/1.0/", {"ICCProfile", "ColorMode"}},
        {"http://purl.org/dc/elements/1.1/", {"format"}},
        {"http://ns.adobe.com/xap/1.0/", {"Thumbnails"}},
        {"http://ns.adobe.com/camera-raw-settings/1.0/", {"CropTop", "CropAngle", "HasCrop"}},
        {"http://ns.google.com/photos/1.0/camera/",
         {"MotionPhoto", "MotionPhotoVersion", "MotionPhotoPresentationTimestampUs", "MicroVideo",
          "MicroVideoOffset"}},
        {"http://ns.google.com/photos/1.0/container/", {"Directory"}},
        {"http://ns.google.com/photos/1.0/depthmap/", {"Data", "Near"}},
        {"http://ns.google.com/photos/1.0/image/", {"Data"}},
        {"http://ns.google.com/photos/1.0/panorama/", {"CroppedAreaImageWidthPixels"}},
        {"http://ns.adobe.com/hdr-gain-map/1.0/", {"Version", "GainMapMax"}},
        {"http://ns.apple.com/HDRGainMap/1.0/", {"HDRGainMapVersion"}},
        {"http://ns.adobe.com/xmp/note/", {"HasExtendedXMP"}},
        {"http://www.metadataworkinggroup.com/schemas/regions/", {"Regions"}},
        {"http://ns.microsoft.com/photo/1.2/", {"RegionInfo"}},
        {"http://purl.org/dc/terms/", {"provenance"}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(properties); i++) {
        for (guint k = 0; k < 8 && properties[i].names[k] != NULL; k++) {
            g_autofree char *both = g_strdup_printf(
                SPACES "<r:Description xmlns:n=\"%s\" n:%s=\"gone\"><n:%s>gone</n:%s></r:Description>" END,
                properties[i].space, properties[i].names[k], properties[i].names[k], properties[i].names[k]);
            g_autofree char *neither =
                g_strdup_printf(SPACES "<r:Description xmlns:n=\"%s\"/>" END, properties[i].space);

            expect(both, neither);
        }
    }
}

Test(xmp, names_that_only_begin_alike_are_kept)
{
    expect("<a xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" t:OrientationX=\"1\" t:Orient=\"1\" "
           "Orientation=\"1\"/>",
           "<a xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" t:OrientationX=\"1\" t:Orient=\"1\" "
           "Orientation=\"1\"/>");
}

/* Their names begin like those of sizes and places, but they remain true. */
Test(xmp, regression_descriptions_and_distances_are_kept)
{
    static const char *const texts[] = {
        "<a xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" t:ImageDescription=\"A tree\"/>",
        "<a xmlns:e=\"http://ns.adobe.com/exif/1.0/\" e:SubjectDistance=\"3/1\" "
        "e:SubjectDistanceRange=\"2\"/>",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        expect(texts[i], texts[i]);
}

Test(xmp, packet_and_texts)
{
    expect("<?xpacket begin=\"\" id=\"W5M0\"?><a b=\"&lt;&amp;&quot;'&#10;&#9;\">x &lt; &amp; &#13; "
           "<![CDATA[<y>]]></a>\n\n"
           "   <?xpacket end=\"w\"?>",
           "<a b=\"&lt;&amp;&#34;'&#10;&#9;\">x &lt; &amp; &#13; &lt;y&gt;</a>");
    expect("<a xml:lang=\"x-default\" xmlns=\"urn:1\"><b xmlns=\"\"/></a>",
           "<a xmlns=\"urn:1\" xml:lang=\"x-default\"><b xmlns=\"\"/></a>");
}

Test(xmp, of_another_encoding_becomes_utf_8)
{
    gsize size;
    g_autofree char *wide =
        g_convert("\xef\xbb\xbf<a>\xc3\xb6</a>", -1, "UTF-16LE", "UTF-8", NULL, &size, NULL);
    g_autoptr(GBytes) bytes = xmp_clean(wide, size);

    cr_assert_not_null(bytes);
    cr_expect_eq(g_bytes_get_size(bytes), strlen("<a>\xc3\xb6</a>"));
    cr_expect_arr_eq(g_bytes_get_data(bytes, NULL), "<a>\xc3\xb6</a>", strlen("<a>\xc3\xb6</a>"));
}

Test(xmp, nuls_at_the_end)
{
    g_autoptr(GBytes) bytes = xmp_clean("<a/>\0\0", 6);

    cr_assert_not_null(bytes);
    cr_expect_eq(g_bytes_get_size(bytes), 4);
}

Test(xmp, what_is_refused)
{
    static const char *const texts[] = {
        "",
        "hello",
        "<a>",
        "<a></b>",
        "<x:a/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>\xff</a>",
        "<a/><b/>",
        "<!DOCTYPE a [<!ENTITY e \"eeeeeeeeee\">]><a>&e;</a>",
        "<!DOCTYPE a><a/>",
        "<a>&e;</a>",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *text = clean(texts[i]);

        cr_expect_null(text, "%s", texts[i]);
    }
}

static char *nested(guint depth)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < depth; i++)
        g_string_append(text, "<a>");
    for (guint i = 0; i < depth; i++)
        g_string_append(text, "</a>");
    return g_string_free(text, FALSE);
}

/* Text with n such characters, each of which is written as a reference of four or five characters. */
static char *with_references(const char *before, char character, gsize n, const char *after)
{
    GString *text = g_string_new(before);

    for (gsize i = 0; i < n; i++)
        g_string_append_c(text, character);
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

/* The output's size is limited because its memory is predicted. */
Test(xmp, regression_what_gets_too_large_is_dropped)
{
    static const struct {
        const char *before;
        char character;
        const char *after;
    } places[] = {{"<a b='", '"', "'/>"}, {"<a>", '>', "</a>"}, {"<a xmlns:b='", '"', "'/>"}};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *some =
            with_references(places[i].before, places[i].character, XMP_MAX_BYTES / 6, places[i].after);
        g_autofree char *many =
            with_references(places[i].before, places[i].character, XMP_MAX_BYTES / 2, places[i].after);
        g_autofree char *kept = clean(some);
        g_autofree char *dropped = clean(many);

        cr_expect_not_null(kept, "%u", i);
        cr_expect_null(dropped, "%u", i);
    }
}

Test(xmp, limits)
{
    g_autofree char *deep = nested(XMP_MAX_DEPTH);
    g_autofree char *too_deep = nested(XMP_MAX_DEPTH + 1);
    g_autofree char *kept = clean(deep);
    g_autofree char *refused = clean(too_deep);
    g_autofree char *large = g_malloc(XMP_MAX_BYTES + 2);
    g_autoptr(GBytes) fits = NULL;
    g_autoptr(GBytes) too_large = NULL;

    cr_expect_not_null(kept);
    cr_expect_null(refused);
    memset(large, ' ', XMP_MAX_BYTES + 1);
    memcpy(large, "<a/>", 4);
    fits = xmp_clean(large, XMP_MAX_BYTES);
    too_large = xmp_clean(large, XMP_MAX_BYTES + 1);
    cr_expect_not_null(fits);
    cr_expect_null(too_large);
}

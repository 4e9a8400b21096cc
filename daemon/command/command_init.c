/* thumbmill init: prints a configuration to begin with. */
#include <glib.h>
#include <string.h>

#include "base/quote.h"
#include "config/config.h"
#include "config/location.h"
#include "daemon/command/commands.h"

/* Lines for stores that are buckets. */
static const char buckets[] =
    "\n"
    "s3:                        # for both buckets; omit it for AWS\n"
    "  # endpoint: https://s3.example.com\n"
    "  # region: eu-west-1      # if omitted: asked for\n"
    "  # credentials_file: /etc/thumbmill/credentials   # if omitted: as the AWS tools find them\n"
    "  list_ranges: 8           # parallel requests to list a large bucket\n";

static const char outputs[] =
    "\n"
    "outputs:                   # `thumbmill preview -c FILE IMAGE` shows them\n"
    "  - name: thumb\n"
    "    width: 300             # size of the box, in pixels\n"
    "    height: 300\n"
    "    fit: cover             # inside | outside | cover | contain | fill\n"
    "    format: webp           # jpeg | png | webp | gif | tiff | avif | source\n"
    "    # key: \"{output}/{dir}{stem}.{ext}\"   # the default: thumb/FOLDER/PHOTO.webp\n"
    "  - name: large\n"
    "    width: 1600\n"
    "    height: 1600\n"
    "\n"
    "# schedule: \"*/10 * * * *\"  # when `thumbmill daemon` starts passes\n"
    "# All keys, and their defaults: man thumbmill.yaml, and `thumbmill check --show -c FILE`.\n";

static char *text_of(const char *source, const char *destination)
{
    g_autofree char *from = config_quote(source);
    g_autofree char *to = config_quote(destination);
    const gboolean has_bucket = location_is_bucket(source) || location_is_bucket(destination);

    return g_strconcat(
        "# A configuration of thumbmill. Check it: thumbmill check -c FILE; test the stores: thumbmill "
        "doctor -c FILE;\n# see what a run would do: thumbmill plan -c FILE; do it: thumbmill run -c "
        "FILE.\n\nsource:\n  url: ",
        from, "\n  # exclude: [\"drafts/*\"]   # patterns of keys\n\ndestination:\n  url: ", to, "\n",
        has_bucket ? buckets : "", outputs, NULL);
}

/* FALSE after printing the error. */
static gboolean check_url(const char *url)
{
    g_auto(Location) location = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *quoted = quote_key(url);

    if (location_parse(url, &location, &error))
        return TRUE;
    g_printerr("thumbmill init: '%s': %s\n", quoted, error->message);
    return FALSE;
}

/* Whether the text is a valid configuration. Otherwise the reason is printed: the URLs do not go together. */
static gboolean check(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(text, strlen(text), "thumbmill init", &error);

    if (config == NULL)
        g_printerr("%s\n", error->message);
    return config != NULL;
}

ExitCode command_init(int argc, char **argv)
{
    g_auto(GStrv) urls = NULL;
    const GOptionEntry entries[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &urls, NULL, "SOURCE DESTINATION"},
        G_OPTION_ENTRY_NULL,
    };
    g_autofree char *text = NULL;

    if (!command_parse(
            &argc, &argv, entries,
            "Prints a configuration to begin with. SOURCE and DESTINATION are s3://BUCKET/PREFIX/ or "
            "file:///DIRECTORY/."))
        return EXIT_CODE_USAGE;
    if (urls == NULL || g_strv_length(urls) != 2) {
        g_printerr("thumbmill init: SOURCE and DESTINATION are missing: see thumbmill init --help\n");
        return EXIT_CODE_USAGE;
    }
    if (!check_url(urls[0]) || !check_url(urls[1]))
        return EXIT_CODE_USAGE;
    text = text_of(urls[0], urls[1]);
    if (!check(text))
        return EXIT_CODE_USAGE;
    g_print("%s", text);
    return EXIT_CODE_DONE;
}

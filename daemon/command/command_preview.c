/* thumbmill preview: renders local images as configured, and shows them on one page. */
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/output_file.h"
#include "base/size_text.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/console/confinement.h"
#include "daemon/options/job_options.h"
#include "daemon/preview/preview.h"

#define DEFAULT_OUTPUT "preview.html"

typedef struct {
    char *config_path;
    GStrv jobs; /* the name of one, or NULL */
    char *output_path;
    char **images;
} CommandOptions;

static ExitCode preview_config(const Config *config, const CommandOptions *options, const char *output)
{
    g_autofree char *title = g_path_get_basename(options->config_path);
    g_autofree char *shown = g_filename_display_name(title);
    const PreviewOptions what = {.config = config, .title = shown, .paths = options->images};
    g_autoptr(GError) error = NULL;
    g_autoptr(Preview) preview = preview_make(&what, &error);
    const gboolean is_shown = output_file_is_stdout(output); /* read first: the file may be replaced */
    g_autofree char *size = NULL;

    if (preview == NULL) {
        g_printerr("thumbmill preview: %s\n", error->message);
        return EXIT_CODE_USAGE;
    }
    if (!output_file_write(output, blob_data(preview->page), blob_size(preview->page), &error)) {
        g_printerr("thumbmill preview: %s\n", error->message);
        return EXIT_CODE_FAILED;
    }
    size = size_text(blob_size(preview->page));
    if (!is_shown)
        g_print("%s: %u image%s, %u failed, %s\n", output, preview->n_images,
                preview->n_images == 1 ? "" : "s", preview->n_failed, size);
    return preview->n_failed > 0 ? EXIT_CODE_FAILED : EXIT_CODE_DONE;
}

static ExitCode preview_with(const CommandOptions *options)
{
    const char *output = options->output_path != NULL ? options->output_path : DEFAULT_OUTPUT;
    g_autoptr(Config) config = NULL;

    if (options->images == NULL) {
        g_printerr("thumbmill preview: IMAGE is missing\n");
        return EXIT_CODE_USAGE;
    }
    config = job_options_load_one(options->config_path, options->jobs);
    if (config == NULL || !command_can_make("-o", output))
        return EXIT_CODE_USAGE;
    confinement_tell(config);
    return preview_config(config, options, output);
}

ExitCode command_preview(int argc, char **argv)
{
    CommandOptions o = {0};
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config_path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(o.jobs),
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output_path,
         "The page to write (default: " DEFAULT_OUTPUT "); - for standard output", "FILE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.images, NULL, "IMAGE..."},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;

    if (command_parse(&argc, &argv, entries,
                      "Makes the outputs of local images, and one HTML page that shows them. Accesses "
                      "neither the stores nor the network."))
        code = preview_with(&o);
    g_free(o.config_path);
    g_strfreev(o.jobs);
    g_free(o.output_path);
    g_strfreev(o.images);
    return code;
}

#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "config/config.h"
#include "config/config_check.h"
#include "config/document.h"
#include "config/presets.h"
#include "config/schema.h"
#include "config/section_yaml.h"
#include "config/variables.h"

Config *config_parse(const char *text, gsize size_bytes, const char *name, GError **error)
{
    g_autoptr(Problems) problems = problems_new(name);
    g_autoptr(Config) config = config_new();
    g_autoptr(Node) root = NULL;

    if (size_bytes > LIMIT_CONFIG_BYTES)
        problems_add(problems, (Mark){0, 0}, "larger than %u bytes", LIMIT_CONFIG_BYTES);
    else
        root = document_parse(text, size_bytes, problems);
    if (root != NULL) {
        variables_expand(root, g_getenv, problems);
        presets_apply(root, problems);
        section_read_yaml(&schema_config, root, config, problems);
    }
    if (problems_is_empty(problems))
        config_finish(config, problems);
    if (problems_is_empty(problems))
        return g_steal_pointer(&config);
    problems_set_error(problems, ERROR_CONFIG, error);
    return NULL;
}

Config *config_load(const char *path, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autofree char *text = NULL;
    gsize size;

    text = fd_read_file(path, LIMIT_CONFIG_BYTES, &size, &reason);
    if (text != NULL)
        return config_parse(text, size, path, error);
    /* The class does not depend on what is wrong with the file: the program cannot start. */
    error_set(error, ERROR_CONFIG, "%s", reason->message);
    return NULL;
}

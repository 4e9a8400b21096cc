#include "config/include.h"

#include <glob.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"

typedef struct {
    const char *beside;
    VariableLookup lookup;
    GPtrArray *trees;
    guint n_files;
    Problems *problems;
} Includer;

Node *include_parse(const char *text, gsize size_bytes, guint32 file, VariableLookup lookup,
                    Problems *problems)
{
    Node *root = NULL;

    if (size_bytes > LIMIT_CONFIG_BYTES)
        problems_add(problems, (Mark){.file = file}, "larger than %u bytes", LIMIT_CONFIG_BYTES);
    else
        root = document_parse(text, size_bytes, file, problems);
    if (root != NULL)
        variables_expand(root, lookup, problems);
    return root;
}

static void read_file(Includer *includer, const Node *item, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    Node *root;
    gsize size;

    if (includer->n_files++ >= INCLUDE_MAX_FILES) {
        problems_add(includer->problems, item->mark, "include: more than %u files", INCLUDE_MAX_FILES);
        return;
    }
    text = fd_read_file(path, LIMIT_CONFIG_BYTES, &size, &error);
    if (text == NULL) {
        problems_add(includer->problems, item->mark, "include: %s", error->message);
        return;
    }
    root = include_parse(text, size, problems_add_file(includer->problems, path), includer->lookup,
                         includer->problems);
    if (root != NULL)
        g_ptr_array_add(includer->trees, root);
}

/* The path of an included file or of a pattern, relative to where the program runs. Owned by the caller. */
static char *path_of(const Includer *includer, const char *text)
{
    const char *slash = strrchr(includer->beside, '/');
    g_autofree char *folder =
        slash != NULL ? g_strndup(includer->beside, (gsize)(slash - includer->beside) + 1) : g_strdup("");

    return *text == '/' ? g_strdup(text) : g_strconcat(folder, text, NULL);
}

/* A folder without matching files is no mistake. One that does not exist, or that cannot be read, is. */
static void check_folder(const Includer *includer, const Node *item, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *quoted = problems_quote(folder);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = NULL;

    if (strpbrk(folder, "*?") != NULL)
        return;
    dir = g_dir_open(folder, 0, &error);
    if (dir == NULL)
        problems_add(includer->problems, item->mark, "include: the folder %s cannot be read", quoted);
}

static void read_item(Includer *includer, const Node *item)
{
    g_autofree char *path = NULL;
    glob_t found = {0};

    if (item->kind != NODE_SCALAR || node_is_null(item) || *item->text == '\0') {
        g_autofree char *described = node_describe(item);

        problems_add(includer->problems, item->mark, "include: must be a path or a list of paths, not %s",
                     described);
        return;
    }
    path = path_of(includer, item->text);
    if (strpbrk(item->text, "*?") == NULL) {
        read_file(includer, item, path);
        return;
    }
    check_folder(includer, item, path);
    (void)glob(path, 0, NULL, &found);
    for (gsize i = 0; i < found.gl_pathc && includer->n_files <= INCLUDE_MAX_FILES; i++)
        read_file(includer, item, found.gl_pathv[i]);
    globfree(&found);
}

void include_read(const Node *value, const char *beside, VariableLookup lookup, GPtrArray *trees,
                  Problems *problems)
{
    Includer includer = {beside, lookup, trees, 0, problems};

    if (value->kind != NODE_LIST)
        read_item(&includer, value);
    for (guint i = 0; value->kind == NODE_LIST && i < value->children->len; i++)
        read_item(&includer, value->children->pdata[i]);
}

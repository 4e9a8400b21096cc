#include "daemon/session/inventory_source.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/quote.h"

/* The manifest of 50,000 files, which have some hundred thousand keys each. */
#define MAX_MANIFEST_BYTES ((gsize)16 << 20)

/* manifest.checksum has the MD5 in hex. */
#define MAX_CHECKSUM_BYTES 256u

#define BLOCK_BYTES        65536u

typedef struct {
    char *path;
    char *md5; /* hex */
} DataFile;

typedef struct {
    KeySource base;
    GArray *files; /* of DataFile */
    guint next;    /* the first of files that has not been opened */
    gzFile gz;     /* of the one before, or NULL */
} InventorySource;

gboolean inventory_source_is_named(const char *path)
{
    return g_str_has_suffix(path, ".json");
}

/* Reading */

/* Compares the content with its MD5, and goes back to the beginning. */
static gboolean verify(int fd, const DataFile *file, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_MD5);
    g_autofree guchar *block = g_malloc(BLOCK_BYTES);
    gssize n;

    while ((n = read(fd, block, BLOCK_BYTES)) > 0)
        g_checksum_update(checksum, block, n);
    if (n < 0 || lseek(fd, 0, SEEK_SET) < 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "%s", file->path);
        return FALSE;
    }
    if (g_ascii_strcasecmp(g_checksum_get_string(checksum), file->md5) != 0) {
        error_set(error, ERROR_INPUT, "%s: its MD5 is not the one in the manifest", file->path);
        return FALSE;
    }
    return TRUE;
}

static gboolean open_next(InventorySource *source, GError **error)
{
    const DataFile *file = &g_array_index(source->files, DataFile, source->next++);
    autofd int fd = open(file->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "%s", file->path);
        return FALSE;
    }
    if (!verify(fd, file, error))
        return FALSE;
    source->gz = gzdopen(fd, "rb");
    if (source->gz == NULL) {
        error_set(error, ERROR_INTERNAL, "%s: out of memory", file->path);
        return FALSE;
    }
    (void)fd_steal(&fd); /* gzclose() closes it */
    return TRUE;
}

/* Reads from the open file, which is closed at its end. */
static gssize read_open(InventorySource *source, char *buffer, guint n_bytes, GError **error)
{
    const int n = gzread(source->gz, buffer, n_bytes);
    int code = Z_OK;

    if (n > 0)
        return n;
    (void)gzerror(source->gz, &code);
    gzclose_r(source->gz);
    source->gz = NULL;
    if (n == 0 && code == Z_OK)
        return 0;
    error_set(error, ERROR_INPUT, "%s: damaged",
              g_array_index(source->files, DataFile, source->next - 1).path);
    return -1;
}

static gssize inventory_read(KeySource *base, char *buffer, gsize n_bytes, GError **error)
{
    InventorySource *source = (InventorySource *)base;

    while (source->gz != NULL || source->next < source->files->len) {
        gssize n;

        if (source->gz == NULL && !open_next(source, error))
            return -1;
        n = read_open(source, buffer, (guint)MIN(n_bytes, BLOCK_BYTES), error);
        if (n != 0)
            return n;
    }
    return 0;
}

static void inventory_free(KeySource *base)
{
    InventorySource *source = (InventorySource *)base;

    if (source->gz != NULL)
        gzclose_r(source->gz);
    g_array_unref(source->files);
    g_free(base->name);
    g_free(base);
}

/* The manifest */

static void data_file_clear(void *data)
{
    DataFile *file = data;

    g_free(file->path);
    g_free(file->md5);
}

/* manifest.checksum may be missing. */
static gboolean verify_manifest(const char *path, const char *text, gsize size, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *beside = g_build_filename(folder, "manifest.checksum", NULL);
    g_autofree char *expected = fd_read_file(beside, MAX_CHECKSUM_BYTES, NULL, NULL);
    g_autofree char *md5 = g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)text, size);

    if (expected == NULL || g_ascii_strcasecmp(g_strstrip(expected), md5) == 0)
        return TRUE;
    error_set(error, ERROR_CONFIG, "%s: its MD5 is not the one in manifest.checksum", path);
    return FALSE;
}

/* The columns of "Bucket, Key, ...". */
static KeyListColumns columns_of(const char *schema)
{
    g_auto(GStrv) names = g_strsplit(schema, ",", -1);
    KeyListColumns columns = {-1, -1, -1, -1};

    for (int i = 0; names[i] != NULL; i++) {
        const char *name = g_strstrip(names[i]);

        if (strcmp(name, "Bucket") == 0)
            columns.bucket = i;
        else if (strcmp(name, "Key") == 0)
            columns.key = i;
        else if (strcmp(name, "IsLatest") == 0)
            columns.is_latest = i;
        else if (strcmp(name, "IsDeleteMarker") == 0)
            columns.is_delete_marker = i;
    }
    return columns;
}

/* The path of a file of data on this machine; NULL if it is missing. Only the last part of the key counts,
 * which cannot lead out of the folders. */
static char *find_data(const char *path, const char *key)
{
    static const char *const folders[] = {"../data", "data", "."};
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(key);

    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *found = g_build_filename(folder, folders[i], name, NULL);

        if (g_file_test(found, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&found);
    }
    return NULL;
}

static gboolean read_files(const char *path, json_t *list, GArray *files, GError **error)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *key = json_string_value(json_object_get(item, "key"));
        const char *md5 = json_string_value(json_object_get(item, "MD5checksum"));
        DataFile file = {0};

        if (key == NULL || md5 == NULL) {
            error_set(error, ERROR_CONFIG, "%s: a file without key or MD5checksum", path);
            return FALSE;
        }
        file.path = find_data(path, key);
        if (file.path == NULL) {
            g_autofree char *quoted = quote_key(key);

            error_set(error, ERROR_CONFIG, "%s: its file '%s' is neither in ../data nor in data", path,
                      quoted);
            return FALSE;
        }
        file.md5 = g_strdup(md5);
        g_array_append_val(files, file);
    }
    return TRUE;
}

static gboolean read_manifest(InventorySource *source, const char *path, json_t *root, GError **error)
{
    const char *format = json_string_value(json_object_get(root, "fileFormat"));
    const char *schema = json_string_value(json_object_get(root, "fileSchema"));
    json_t *files = json_object_get(root, "files");

    if (format == NULL || schema == NULL || !json_is_array(files)) {
        error_set(error, ERROR_CONFIG, "%s: no manifest of an Inventory", path);
        return FALSE;
    }
    if (strcmp(format, "CSV") != 0) {
        g_autofree char *quoted = quote_key(format);

        error_set(error, ERROR_CONFIG, "%s: an Inventory in CSV is needed, this one is in '%s'", path,
                  quoted);
        return FALSE;
    }
    source->base.columns = columns_of(schema);
    if (source->base.columns.key < 0) {
        error_set(error, ERROR_CONFIG, "%s: no column Key in fileSchema", path);
        return FALSE;
    }
    return read_files(path, files, source->files, error);
}

KeySource *inventory_source_new(const char *path, GError **error)
{
    gsize size = 0;
    g_autofree char *text = fd_read_file(path, MAX_MANIFEST_BYTES, &size, error);
    InventorySource *source;
    json_t *root;
    gboolean is_read;

    if (text == NULL || !verify_manifest(path, text, size, error))
        return NULL;
    source = g_new0(InventorySource, 1);
    source->base = (KeySource){.name = key_source_name("the Inventory", path),
                               .form = KEY_LIST_CSV,
                               .fd = -1,
                               .read = inventory_read,
                               .free = inventory_free};
    source->files = g_array_new(FALSE, FALSE, sizeof(DataFile));
    g_array_set_clear_func(source->files, data_file_clear);
    root = json_loadb(text, size, 0, NULL);
    is_read = read_manifest(source, path, root, error);
    json_decref(root);
    if (is_read)
        return &source->base;
    key_source_free(&source->base);
    return NULL;
}

#include "store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/quote.h"

/* One directory that is open: what is left of its names, sorted. Directories have a '/' at the end, with
 * which they sort among the files as the keys below them do. */
typedef struct {
    DIR *dir;
    GPtrArray *names; /* of char */
    guint next;
    gsize path_bytes; /* of the walk's path, up to and with this directory's '/' */
} Level;

struct DirectoryWalk {
    char *root;
    gboolean is_destination;
    gboolean is_started;
    GArray *levels; /* of Level, the deepest last */
    GString *path;  /* relative to the root */
};

static void level_clear(void *data)
{
    Level *level = data;

    closedir(level->dir);
    g_ptr_array_unref(level->names);
}

void directory_entry_clear(DirectoryEntry *entry)
{
    g_clear_pointer(&entry->key, g_free);
}

gboolean directory_is_temporary(const char *name)
{
    return g_str_has_prefix(name, DIRECTORY_TEMPORARY_PREFIX) &&
           g_str_has_suffix(name, DIRECTORY_TEMPORARY_SUFFIX);
}

DirectoryWalk *directory_walk_new(const char *root, gboolean is_destination)
{
    DirectoryWalk *walk = g_new0(DirectoryWalk, 1);

    walk->root = g_strdup(root);
    walk->is_destination = is_destination;
    walk->levels = g_array_new(FALSE, FALSE, sizeof(Level));
    g_array_set_clear_func(walk->levels, level_clear);
    walk->path = g_string_new(NULL);
    return walk;
}

void directory_walk_free(DirectoryWalk *walk)
{
    if (walk == NULL)
        return;
    g_free(walk->root);
    g_array_unref(walk->levels);
    g_string_free(walk->path, TRUE);
    g_free(walk);
}

static gboolean path_error(int errno_value, const char *path, GError **error)
{
    gboolean is_shortage = errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM;
    g_autofree char *quoted = quote_key(path);

    error_set_errno(error, is_shortage ? ERROR_TRANSIENT : ERROR_PERMANENT, errno_value, "%s", quoted);
    return FALSE;
}

/* An error about root/path[name]. */
static gboolean set_error(const DirectoryWalk *walk, int errno_value, const char *name, GError **error)
{
    g_autofree char *full = g_strconcat(walk->root, walk->path->str, name, NULL);

    return path_error(errno_value, full, error);
}

static gboolean is_gone(int errno_value)
{
    return errno_value == ENOENT || errno_value == ELOOP;
}

/* A file that an upload left behind when its process died. Never an error: whoever cannot remove it will not
 * be able to write either, and be told so then. */
static void remove_if_stale(int dir_fd, const char *name)
{
    struct stat st;
    gint64 now_s = clock_wall_us() / CLOCK_US_PER_S;

    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
        st.st_mtime < now_s - DIRECTORY_STALE_S)
        (void)unlinkat(dir_fd, name, 0);
}

/* DT_REG for what is to be looked at as a file later, DT_DIR, or DT_UNKNOWN for what is skipped. */
static unsigned char kind_of(int dir_fd, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type == DT_REG || entry->d_type == DT_LNK)
        return DT_REG;
    if (entry->d_type == DT_DIR)
        return DT_DIR;
    /* Some file systems do not tell. */
    if (entry->d_type != DT_UNKNOWN || fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return DT_UNKNOWN;
    if (S_ISDIR(st.st_mode))
        return DT_DIR;
    return S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ? DT_REG : DT_UNKNOWN;
}

static void add_name(DirectoryWalk *walk, Level *level, const struct dirent *entry)
{
    const char *name = entry->d_name;
    unsigned char kind;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    if (directory_is_temporary(name)) {
        if (walk->is_destination)
            remove_if_stale(dirfd(level->dir), name);
        return;
    }
    kind = kind_of(dirfd(level->dir), entry);
    if (kind == DT_DIR)
        g_ptr_array_add(level->names, g_strconcat(name, "/", NULL));
    else if (kind == DT_REG)
        g_ptr_array_add(level->names, g_strdup(name));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gboolean read_level(DirectoryWalk *walk, Level *level, GError **error)
{
    const struct dirent *entry;

    while (errno = 0, (entry = readdir(level->dir)) != NULL)
        add_name(walk, level, entry);
    if (errno != 0)
        return set_error(walk, errno, "", error);
    g_ptr_array_sort(level->names, compare_names);
    return TRUE;
}

/* Opens the directory name (with its '/') below the deepest level, or the root for "", and goes into it. */
static gboolean push_level(DirectoryWalk *walk, const char *name, GError **error)
{
    Level *parent = walk->levels->len > 0 ? &g_array_index(walk->levels, Level, walk->levels->len - 1) : NULL;
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (parent != NULL ? O_NOFOLLOW : 0);
    g_autofree char *bare = g_strndup(name, *name != '\0' ? strlen(name) - 1 : 0);
    autofd int fd = parent != NULL ? openat(dirfd(parent->dir), bare, flags) : open(walk->root, flags);
    Level level = {0};

    if (fd < 0) {
        gboolean may_miss = parent != NULL || walk->is_destination;

        return (may_miss && is_gone(errno)) ? TRUE : set_error(walk, errno, name, error);
    }
    if (walk->levels->len >= DIRECTORY_MAX_DEPTH)
        return set_error(walk, ENAMETOOLONG, name, error);
    level.dir = fdopendir(fd);
    if (level.dir == NULL)
        return set_error(walk, errno, name, error);
    (void)fd_steal(&fd);
    g_string_append(walk->path, name);
    level.path_bytes = walk->path->len;
    level.names = g_ptr_array_new_with_free_func(g_free);
    g_array_append_val(walk->levels, level);
    return read_level(walk, &g_array_index(walk->levels, Level, walk->levels->len - 1), error);
}

static DirectoryEntry entry_of(const struct stat *st, char *key)
{
    return (DirectoryEntry){key, (guint64)st->st_size, st->st_mtime, (guint32)st->st_mtim.tv_nsec};
}

/* A file's entry; *ret_found is FALSE for what is to be skipped after all. */
static gboolean stat_file(DirectoryWalk *walk, const Level *level, const char *name,
                          DirectoryEntry *ret_entry, gboolean *ret_found, GError **error)
{
    struct stat st;

    if (fstatat(dirfd(level->dir), name, &st, 0) != 0) {
        *ret_found = FALSE;
        return is_gone(errno) ? TRUE : set_error(walk, errno, name, error);
    }
    if (!S_ISREG(st.st_mode)) {
        *ret_found = FALSE;
        return TRUE;
    }
    if (walk->path->len + strlen(name) > LIMIT_KEY_BYTES)
        return set_error(walk, ENAMETOOLONG, name, error);
    *ret_entry = entry_of(&st, g_strconcat(walk->path->str, name, NULL));
    *ret_found = TRUE;
    return TRUE;
}

gboolean directory_walk_next(DirectoryWalk *walk, DirectoryEntry *ret_entry, gboolean *ret_found,
                             GError **error)
{
    if (!walk->is_started) {
        walk->is_started = TRUE;
        if (!push_level(walk, "", error))
            return FALSE;
    }
    while (walk->levels->len > 0) {
        Level *level = &g_array_index(walk->levels, Level, walk->levels->len - 1);
        const char *name;
        gboolean found = FALSE;

        g_string_truncate(walk->path, level->path_bytes);
        if (level->next >= level->names->len) {
            g_array_set_size(walk->levels, walk->levels->len - 1);
            continue;
        }
        name = g_ptr_array_index(level->names, level->next++);
        if (g_str_has_suffix(name, "/")) {
            if (!push_level(walk, name, error))
                return FALSE;
            continue;
        }
        if (!stat_file(walk, level, name, ret_entry, &found, error))
            return FALSE;
        if (found) {
            *ret_found = TRUE;
            return TRUE;
        }
    }
    *ret_found = FALSE;
    return TRUE;
}

gboolean directory_find(const char *root, const char *key, DirectoryEntry *ret_entry, gboolean *ret_found,
                        GError **error)
{
    g_autofree char *path = g_strconcat(root, key, NULL);
    struct stat st;

    *ret_found = FALSE;
    if (stat(path, &st) != 0)
        return is_gone(errno) || errno == ENOTDIR ? TRUE : path_error(errno, path, error);
    if (!S_ISREG(st.st_mode))
        return TRUE;
    *ret_entry = entry_of(&st, g_strdup(key));
    *ret_found = TRUE;
    return TRUE;
}

#include "store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/quote.h"
#include "store/beneath.h"

/* An open directory: the names still to be visited, sorted. Directories end with '/', so that they sort among
 * the files as their keys do. */
typedef struct {
    DIR *dir;
    GPtrArray *names; /* of char */
    guint next;
    gsize path_bytes; /* of the walk's path, up to and including this directory's '/' */
    dev_t device;
    ino_t inode;
    guint n_links;         /* links on the way from the root to here */
    struct timespec since; /* ctime of the newest of these links */
} Level;

struct DirectoryWalk {
    DirectoryWalkOptions options; /* its strings are copies */
    gboolean is_started;
    gint64 now_s;
    char *real_root;  /* without symbolic links, ends with '/'; NULL until it is needed */
    GArray *levels;   /* of Level, the deepest last */
    GString *path;    /* relative to the root */
    GPtrArray *skips; /* of DirectorySkip */
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

void directory_skip_free(DirectorySkip *skip)
{
    if (skip == NULL)
        return;
    g_free(skip->part);
    g_free(skip->reason);
    g_free(skip);
}

gboolean directory_is_temporary(const char *name)
{
    return g_str_has_prefix(name, DIRECTORY_TEMPORARY_PREFIX) &&
           g_str_has_suffix(name, DIRECTORY_TEMPORARY_SUFFIX);
}

static GPtrArray *skips_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)directory_skip_free);
}

DirectoryWalk *directory_walk_new(const DirectoryWalkOptions *options)
{
    DirectoryWalk *walk = g_new0(DirectoryWalk, 1);

    walk->options = *options;
    walk->options.root = g_strdup(options->root);
    walk->options.never_by_link = g_strdup(options->never_by_link);
    walk->options.prefix = g_strdup(options->prefix);
    walk->options.after = g_strdup(options->after);
    walk->now_s = clock_wall_us() / CLOCK_US_PER_S;
    walk->levels = g_array_new(FALSE, FALSE, sizeof(Level));
    g_array_set_clear_func(walk->levels, level_clear);
    walk->path = g_string_new(NULL);
    walk->skips = skips_new();
    return walk;
}

void directory_walk_free(DirectoryWalk *walk)
{
    if (walk == NULL)
        return;
    g_free((char *)walk->options.root);
    g_free((char *)walk->options.never_by_link);
    g_free((char *)walk->options.prefix);
    g_free((char *)walk->options.after);
    g_free(walk->real_root);
    g_array_unref(walk->levels);
    g_string_free(walk->path, TRUE);
    g_ptr_array_unref(walk->skips);
    g_free(walk);
}

GPtrArray *directory_walk_take_skips(DirectoryWalk *walk)
{
    GPtrArray *skips = walk->skips;

    walk->skips = skips_new();
    return skips;
}

guint directory_walk_n_skips(const DirectoryWalk *walk)
{
    return walk->skips->len;
}

double directory_walk_share(const DirectoryWalk *walk)
{
    double share = 0, part = 1;

    if (walk->is_started && walk->levels->len == 0)
        return 1;
    for (guint i = 0; i < walk->levels->len; i++) {
        const Level *level = &g_array_index(walk->levels, Level, i);
        /* The current name is the folder that the next level is walking. */
        const guint done = i + 1 < walk->levels->len ? level->next - 1 : level->next;

        if (level->names->len == 0)
            break;
        share += part * done / level->names->len;
        part /= level->names->len;
    }
    return share;
}

static gboolean path_error(int errno_value, const char *path, GError **error)
{
    g_autofree char *quoted = quote_key(path);

    error_set_errno(error, ERROR_PERMANENT, errno_value, "%s", quoted);
    return FALSE;
}

static gboolean is_gone(int errno_value)
{
    return errno_value == ENOENT || errno_value == ELOOP;
}

/* Leaves root/path[name] out of the listing. */
static void skip(DirectoryWalk *walk, DirectorySkipKind kind, const char *name, const char *reason)
{
    DirectorySkip *skipped = g_new0(DirectorySkip, 1);

    *skipped = (DirectorySkip){kind, g_strconcat(walk->path->str, name, NULL), g_strdup(reason)};
    g_ptr_array_add(walk->skips, skipped);
}

/* Handles an error about root/path[name]: leaves it out of the listing and returns TRUE. Sets *error instead
 * if it is the root, or if this process is out of descriptors or memory, since the next names would fail,
 * too. */
static gboolean skip_or_fail(DirectoryWalk *walk, int errno_value, const char *name, GError **error)
{
    g_autofree char *full = NULL;

    if ((walk->path->len > 0 || *name != '\0') && errno_value != EMFILE && errno_value != ENFILE &&
        errno_value != ENOMEM) {
        skip(walk, DIRECTORY_SKIP_UNREADABLE, name, g_strerror(errno_value));
        return TRUE;
    }
    full = g_strconcat(walk->options.root, walk->path->str, name, NULL);
    return path_error(errno_value, full, error);
}

/* Removes a file that an upload left behind when its process died. Errors are ignored: a process that cannot
 * remove it cannot write either, and gets an error then. */
static void remove_if_stale(const DirectoryWalk *walk, int dir_fd, const char *name)
{
    struct stat st;

    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
        st.st_mtime < walk->now_s - DIRECTORY_STALE_S)
        (void)unlinkat(dir_fd, name, 0);
}

/* DT_REG for files, to be checked further later; DT_DIR for directories and links to them; DT_UNKNOWN for
 * everything that is skipped. */
static unsigned char kind_of(int dir_fd, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type == DT_REG || entry->d_type == DT_DIR)
        return entry->d_type;
    /* Some file systems do not return a type. */
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return DT_UNKNOWN;
    if (fstatat(dir_fd, entry->d_name, &st, 0) != 0)
        return is_gone(errno) ? DT_UNKNOWN : DT_REG;
    if (S_ISDIR(st.st_mode))
        return DT_DIR;
    return S_ISREG(st.st_mode) ? DT_REG : DT_UNKNOWN;
}

static void add_name(const DirectoryWalk *walk, const Level *level, const struct dirent *entry)
{
    const char *name = entry->d_name;
    unsigned char kind;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    if (directory_is_temporary(name)) {
        if (walk->options.is_destination)
            remove_if_stale(walk, dirfd(level->dir), name);
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

/* Reads and sorts all names. Returns 0 or an errno. A directory that fails halfway is left out as a whole:
 * outputs in the half that was not read would be made again. */
static int read_names(const DirectoryWalk *walk, Level *level)
{
    const struct dirent *entry;

    level->names = g_ptr_array_new_with_free_func(g_free);
    while (errno = 0, (entry = readdir(level->dir)) != NULL)
        add_name(walk, level, entry);
    g_ptr_array_sort(level->names, compare_names);
    return errno;
}

/* Links to directories */

static gboolean is_later(struct timespec a, struct timespec b)
{
    return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static struct timespec later_of(struct timespec a, struct timespec b)
{
    return is_later(a, b) ? a : b;
}

/* The path without symbolic links and with a '/' at the end, or NULL on an error. */
static char *real_path(const char *path)
{
    char *real = realpath(path, NULL);
    char *slashed = real != NULL ? g_strconcat(real, strcmp(real, "/") != 0 ? "/" : "", NULL) : NULL;

    free(real);
    return slashed;
}

static gboolean is_open(const DirectoryWalk *walk, const struct stat *st)
{
    for (guint i = 0; i < walk->levels->len; i++) {
        const Level *level = &g_array_index(walk->levels, Level, i);

        if (level->device == st->st_dev && level->inode == st->st_ino)
            return TRUE;
    }
    return FALSE;
}

/* Whether a directory that was reached by a link is the one that no link may lead into, or (if its path real
 * is not NULL) is below it. */
static gboolean is_forbidden(const DirectoryWalk *walk, const struct stat *st, const char *real)
{
    struct stat forbidden;
    g_autofree char *root = NULL;

    if (walk->options.never_by_link == NULL || stat(walk->options.never_by_link, &forbidden) != 0)
        return FALSE;
    root = real != NULL ? real_path(walk->options.never_by_link) : NULL;
    return (forbidden.st_dev == st->st_dev && forbidden.st_ino == st->st_ino) ||
           (root != NULL && g_str_has_prefix(real, root));
}

/* Whether the path real is outside of the root; TRUE if it is NULL. */
static gboolean leads_out(DirectoryWalk *walk, const char *real)
{
    if (walk->real_root == NULL)
        walk->real_root = real_path(walk->options.root);
    return real == NULL || walk->real_root == NULL || !g_str_has_prefix(real, walk->real_root);
}

/* Whether to enter the directory behind the symbolic link `name`, whose owner is link_uid; if not, records a
 * skip. */
static gboolean may_follow(DirectoryWalk *walk, const char *name, guint link_uid, const struct stat *st)
{
    g_autofree char *full = g_strconcat(walk->options.root, walk->path->str, name, NULL);
    g_autofree char *real = real_path(full);
    const char *reason = NULL;

    if (is_open(walk, st)) {
        skip(walk, DIRECTORY_SKIP_LOOP, name, "a symbolic link to one of its parent folders");
        return FALSE;
    }
    if (is_forbidden(walk, st, real))
        reason = "a symbolic link into the destination";
    else if (walk->options.is_destination && (walk->levels->len > 1 || !beneath_is_trusted_link(link_uid)))
        reason = "a symbolic link that is not in the store's top folder, or not owned by root or this user; "
                 "use a bind mount instead";
    else if (!walk->options.is_destination && !walk->options.links_lead_out && leads_out(walk, real))
        reason = "a symbolic link to a folder outside of the source; use a bind mount, or set "
                 "source.follow_links: any";
    if (reason != NULL)
        skip(walk, DIRECTORY_SKIP_LINK, name, reason);
    return reason == NULL;
}

/* Entering a directory */

/* Opens the directory `name` (with its '/') below parent. -1 with errno. If name is a symbolic link, sets
 * *ret_is_link and *ret_link. */
static int open_below(const Level *parent, const char *name, gboolean *ret_is_link, struct stat *ret_link)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    g_autofree char *bare = g_strndup(name, strlen(name) - 1);
    int fd = openat(dirfd(parent->dir), bare, flags | O_NOFOLLOW);

    if (fd >= 0 || (errno != ENOTDIR && errno != ELOOP))
        return fd;
    if (fstatat(dirfd(parent->dir), bare, ret_link, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    *ret_is_link = TRUE;
    return openat(dirfd(parent->dir), bare, flags);
}

/* The reason to leave the directory `name` out without opening it, or NULL. */
static const char *excess_of(const DirectoryWalk *walk, const char *name)
{
    if (walk->levels->len >= DIRECTORY_MAX_DEPTH)
        return "more than " G_STRINGIFY(DIRECTORY_MAX_DEPTH) " folders deep";
    if (walk->path->len + strlen(name) >= LIMIT_KEY_BYTES)
        return "its keys are longer than 1024 bytes";
    return NULL;
}

/* Whether the directory that was opened as name may be entered; if not, records a skip. link is that of a
 * symbolic link, or NULL. */
static gboolean check_entry(DirectoryWalk *walk, const Level *level, const char *name,
                            const struct stat *link, const struct stat *st)
{
    const gboolean is_link = link != NULL;

    if (is_link && !may_follow(walk, name, link->st_uid, st))
        return FALSE;
    if (level->n_links > DIRECTORY_MAX_LINKS) {
        skip(walk, walk->options.is_destination ? DIRECTORY_SKIP_UNREADABLE : DIRECTORY_SKIP_LINK, name,
             "a symbolic link below " G_STRINGIFY(DIRECTORY_MAX_LINKS) " others");
        return FALSE;
    }
    if (!is_link && level->n_links > 0 && is_forbidden(walk, st, NULL)) {
        skip(walk, DIRECTORY_SKIP_LINK, name, "the destination, reached through a symbolic link");
        return FALSE;
    }
    return TRUE;
}

/* Reads the directory, which becomes the deepest level. Takes ownership of fd. */
static gboolean enter(DirectoryWalk *walk, int fd, const char *name, Level *level, GError **error)
{
    int failure = 0;

    level->dir = fdopendir(fd);
    if (level->dir == NULL) {
        failure = errno;
        close(fd);
        return skip_or_fail(walk, failure, name, error);
    }
    failure = read_names(walk, level);
    if (failure != 0) {
        level_clear(level);
        return skip_or_fail(walk, failure, name, error);
    }
    g_string_append(walk->path, name);
    level->path_bytes = walk->path->len;
    g_array_append_val(walk->levels, *level);
    return TRUE;
}

/* Enters the directory name (with its '/') below the deepest level, or the root for "". */
static gboolean push_level(DirectoryWalk *walk, const char *name, GError **error)
{
    const Level *parent =
        walk->levels->len > 0 ? &g_array_index(walk->levels, Level, walk->levels->len - 1) : NULL;
    const char *excess = parent != NULL ? excess_of(walk, name) : NULL;
    gboolean is_link = FALSE;
    struct stat link = {0};
    Level level = {0};
    struct stat st;
    autofd int fd = -1;

    if (excess != NULL) {
        skip(walk, DIRECTORY_SKIP_UNREADABLE, name, excess);
        return TRUE;
    }
    fd = parent != NULL ? open_below(parent, name, &is_link, &link)
                        : open(walk->options.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && parent != NULL && (is_gone(errno) || errno == ENOTDIR))
        return TRUE;
    /* fstatat() of "." also fails if the directory may be read but not searched (mode 0444). */
    if (fd < 0 || fstatat(fd, ".", &st, 0) != 0)
        return skip_or_fail(walk, errno, name, error);
    level.device = st.st_dev;
    level.inode = st.st_ino;
    level.n_links = (parent != NULL ? parent->n_links : 0) + (is_link ? 1 : 0);
    level.since = parent != NULL ? later_of(parent->since, link.st_ctim) : link.st_ctim;
    if (parent != NULL && !check_entry(walk, &level, name, is_link ? &link : NULL, &st))
        return TRUE;
    return enter(walk, fd_steal(&fd), name, &level, error);
}

/* Whether the root is missing. A missing destination counts as empty if it can be made; else sets *error. */
static gboolean is_missing_root(const DirectoryWalk *walk, gboolean *ret_missing, GError **error)
{
    g_autofree char *bare = g_strndup(walk->options.root, strlen(walk->options.root) - 1);
    g_autofree char *parent = g_path_get_dirname(bare);
    struct stat st;

    *ret_missing = walk->options.is_destination && stat(walk->options.root, &st) != 0 && is_gone(errno);
    if (!*ret_missing || !walk->options.needs_parent || stat(parent, &st) == 0)
        return TRUE;
    error_set(error, ERROR_PERMANENT,
              "%s: neither the directory nor its parent exists: is a file system not mounted? "
              "(destination.create: true creates both)",
              walk->options.root);
    return FALSE;
}

static gboolean start(DirectoryWalk *walk, GError **error)
{
    gboolean is_missing;

    walk->is_started = TRUE;
    if (!is_missing_root(walk, &is_missing, error))
        return FALSE;
    return is_missing || push_level(walk, "", error);
}

/* Files */

static DirectoryEntry entry_of(const struct stat *st, struct timespec time, char *key)
{
    return (DirectoryEntry){key, (guint64)st->st_size, time.tv_sec, (guint32)time.tv_nsec};
}

static struct timespec output_time(const struct stat *st, gint64 now_s)
{
    static const struct timespec never;
    const struct timespec time = is_later(st->st_mtim, st->st_ctim) ? st->st_ctim : st->st_mtim;

    return time.tv_sec > now_s + DIRECTORY_FUTURE_S ? never : time;
}

/* Whether to list the file behind the symbolic link `name`; if not, records a skip. In a destination such a
 * link is listed: an upload replaces it. */
static gboolean may_list(DirectoryWalk *walk, const char *name)
{
    g_autofree char *full = g_strconcat(walk->options.root, walk->path->str, name, NULL);
    char *real = NULL;
    gboolean is_out;

    if (walk->options.is_destination || walk->options.links_lead_out)
        return TRUE;
    real = realpath(full, NULL);
    is_out = leads_out(walk, real);
    free(real);
    if (is_out)
        skip(walk, DIRECTORY_SKIP_LINK, name,
             "a symbolic link to a file outside of the source; set source.follow_links: any to follow it");
    return !is_out;
}

/* A file's entry; *ret_found is FALSE if the file has to be skipped. */
static gboolean stat_file(DirectoryWalk *walk, const Level *level, const char *name,
                          DirectoryEntry *ret_entry, gboolean *ret_found, GError **error)
{
    struct stat st, link;
    struct timespec time;

    *ret_found = FALSE;
    if (fstatat(dirfd(level->dir), name, &link, AT_SYMLINK_NOFOLLOW) != 0 ||
        (S_ISLNK(link.st_mode) && fstatat(dirfd(level->dir), name, &st, 0) != 0))
        return is_gone(errno) ? TRUE : skip_or_fail(walk, errno, name, error);
    if (!S_ISLNK(link.st_mode))
        st = link;
    if (!S_ISREG(st.st_mode) || (S_ISLNK(link.st_mode) && !may_list(walk, name)))
        return TRUE;
    if (walk->path->len + strlen(name) > LIMIT_KEY_BYTES) {
        skip(walk, DIRECTORY_SKIP_UNREADABLE, name, "its key is longer than 1024 bytes");
        return TRUE;
    }
    time = walk->options.is_destination ? output_time(&st, walk->now_s)
                                        : later_of(later_of(st.st_ctim, link.st_ctim), level->since);
    *ret_entry = entry_of(&st, time, g_strconcat(walk->path->str, name, NULL));
    *ret_found = TRUE;
    return TRUE;
}

/* Enters a folder, whose name ends with '/', unless it is excluded. */
static gboolean take_folder(DirectoryWalk *walk, const char *name, GError **error)
{
    g_autofree char *folder = g_strconcat(walk->path->str, name, NULL);

    if (walk->options.may_enter != NULL && !walk->options.may_enter(folder, walk->options.data))
        return TRUE;
    return push_level(walk, name, error);
}

/* Whether the file, or anything in the folder (whose name ends with '/'), may be in the range to list. */
static gboolean is_in_range(const DirectoryWalk *walk, const char *name)
{
    const char *prefix = walk->options.prefix, *after = walk->options.after;
    const gboolean is_folder = g_str_has_suffix(name, "/");
    g_autofree char *key = NULL;

    if (prefix == NULL && after == NULL)
        return TRUE;
    key = g_strconcat(walk->path->str, name, NULL);
    return (prefix == NULL || g_str_has_prefix(key, prefix) ||
            (is_folder && g_str_has_prefix(prefix, key))) &&
           (after == NULL || strcmp(key, after) > 0 || (is_folder && g_str_has_prefix(after, key)));
}

gboolean directory_walk_next(DirectoryWalk *walk, DirectoryEntry *ret_entry, gboolean *ret_found,
                             GError **error)
{
    if (!walk->is_started && !start(walk, error))
        return FALSE;
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
        if (!is_in_range(walk, name))
            continue;
        if (g_str_has_suffix(name, "/") ? !take_folder(walk, name, error)
                                        : !stat_file(walk, level, name, ret_entry, &found, error))
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
    *ret_entry = entry_of(&st, output_time(&st, clock_wall_us() / CLOCK_US_PER_S), g_strdup(key));
    *ret_found = TRUE;
    return TRUE;
}

#include "tests/base/machine.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <glib/gstdio.h>

char *machine_root;

void machine_setup(void)
{
    machine_root = g_dir_make_tmp("thumbmill-machine-XXXXXX", NULL);
    if (machine_root == NULL)
        abort();
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

void machine_teardown(void)
{
    (void)nftw(machine_root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    g_clear_pointer(&machine_root, g_free);
}

void machine_put(const char *path, const char *text)
{
    g_autofree char *whole = g_build_filename(machine_root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(whole);

    cr_assert_eq(g_mkdir_with_parents(folder, 0700), 0);
    cr_assert(g_file_set_contents(whole, text, -1, NULL));
}

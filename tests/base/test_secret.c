#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

Test(secret, keeps_its_bytes)
{
    g_autoptr(Secret) secret = secret_new("hunter2 and more", 7);

    cr_assert_str_eq(secret_peek(secret), "hunter2");
    cr_assert_eq(secret_size(secret), 7u);
}

Test(secret, a_forked_child_sees_zeros)
{
    g_autoptr(Secret) secret = secret_new("hunter2", 7);
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(secret_peek(secret)[0] == '\0' ? 0 : 1);
    waitpid(pid, &status, 0);
    cr_assert_eq(status, 0);
}

Test(secret, wipe_overwrites)
{
    char text[] = "hunter2";

    secret_wipe(text, sizeof text);
    for (guint i = 0; i < sizeof text; i++)
        cr_assert_eq(text[i], 0);
    secret_wipe(NULL, 0);
}

Test(secret, an_allocator_for_libraries)
{
    char *block = wiping_malloc(8);

    memcpy(block, "hunter2", 8);
    block = wiping_realloc(block, 100000);
    cr_assert_str_eq(block, "hunter2");
    block = wiping_realloc(block, 10);
    cr_assert_str_eq(block, "hunter2");
    wiping_free(block);
    block = wiping_realloc(NULL, 1);
    cr_assert_not_null(block);
    wiping_free(block);
    wiping_free(NULL);
}

#include "config/deletion_limit.h"

#include <string.h>

#define MAX_DIGITS 15u

gboolean deletion_limit_parse(const char *text, DeletionLimit *ret_limit)
{
    const gsize digits = strspn(text, "0123456789");
    const gboolean is_percent = strcmp(text + digits, "%") == 0;

    if (digits == 0 || digits > MAX_DIGITS || (!is_percent && text[digits] != '\0'))
        return FALSE;
    *ret_limit = (DeletionLimit){g_ascii_strtoull(text, NULL, 10), is_percent};
    return !is_percent || ret_limit->number <= 100;
}

guint64 deletion_limit_of(const DeletionLimit *limit, guint64 total)
{
    if (!limit->is_percent)
        return limit->number;
    return total / 100 * limit->number + total % 100 * limit->number / 100;
}
